import Config
import Upstreams

/// What all workers have to say of their endpoints. Workers keep it to themselves until they are
/// asked, so that nothing that counts is shared; those who ask meanwhile share the answer.
struct EndpointSurvey {
  typealias Reports = [ClusterID: [EndpointReport]]

  private var outstanding = 0
  private var received: [Reports] = []
  private var waiting: [([Reports]) -> Void] = []

  /// True when the workers are to be asked.
  mutating func ask(of workerCount: Int, _ reply: @escaping ([Reports]) -> Void) -> Bool {
    waiting.append(reply)
    guard outstanding == 0 else { return false }
    outstanding = workerCount
    return true
  }

  /// One worker's answer; the last one is passed on with the others'.
  mutating func take(_ reports: Reports) {
    received.append(reports)
    outstanding -= 1
    guard outstanding == 0 else { return }
    let (all, replies) = (received, waiting)
    received = []
    waiting = []
    for reply in replies { reply(all) }
  }
}
