import Platform
import TLS
import Telemetry

/// What peers do wrong at a listener on one worker: counted, and told in the log. Owning worker only.
final class ListenerFaults {
  private let stats: ListenerStats
  private let place: String
  private unowned let worker: Worker

  init(_ stats: ListenerStats, listener name: String, _ worker: Worker) {
    self.stats = stats
    place = "listener \(name)"
    self.worker = worker
  }

  func note(_ fault: PeerFault, of client: SocketAddress) {
    switch fault {
    case .tls(let fault): stats.tls.failed(fault.cause)
    case .noFilterChain: stats.noFilterChainMatch.add()
    case .flood, .http2, .slowRequest: break
    }
    worker.peerFaults.note(fault, of: client, at: place)
  }
}
