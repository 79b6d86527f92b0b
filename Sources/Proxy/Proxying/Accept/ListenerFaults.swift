import Platform
import TLS
import Telemetry

/// What peers do wrong at a listener on one worker, for the log. What comes before a connection manager has the
/// connection, and TLS, is counted here too: those are counters of the listener. Owning worker only.
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
    // Of the manager that found it, which counts it there.
    case .flood, .http2, .slowRequest: break
    }
    worker.peerFaults.note(fault, of: client, at: place)
  }
}
