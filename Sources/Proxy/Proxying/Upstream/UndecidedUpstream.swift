import Platform
import Reactor
import Sockets
import TLS

/// A connection whose handshake is to say which HTTP the endpoint speaks (RFC 7301). Exchanges wait on it;
/// once it stands, a connection of that protocol takes it over. Owning worker only.
final class UndecidedUpstream: UpstreamConnection, Upstream {
  /// In the order they came.
  private var waiting: [Exchange] = []

  init(taking fd: Int32, worker: Worker, pool: EndpointPool) {
    super.init(taking: fd, .undecided, worker: worker, pool: pool)
  }

  // MARK: exchanges

  /// One more exchange may be attached: as many as HTTP/2 would carry, unless the endpoint chose HTTP/1
  /// the last time.
  var hasRoom: Bool {
    waiting.count < (pool.choseHTTP1 ? 1 : Int(cluster.rules.http2.maxConcurrentStreams))
  }

  override func attach(_ exchange: Exchange) {
    waiting.append(exchange)
    exchange.upstream = self
  }

  func cancel(_ exchange: Exchange) { waiting.removeAll { $0 === exchange } }

  // Nothing of an exchange is sent or read here.

  func flushRequest(of exchange: Exchange) {}
  func resumeReading(for exchange: Exchange) {}

  // MARK: endings

  override func onConnected() {
    let exchanges = waiting
    waiting = []
    pool.onDecided(self, tls?.applicationProtocol == "h2" ? .http2 : .http1, for: exchanges)
  }

  override func onConnectFailed(_ cause: StaticString) {
    let exchanges = waiting
    waiting = []
    shut()
    for exchange in exchanges { exchange.onConnectFailure(cause) }
  }

  override func shut() {
    guard isOpen else { return }
    disarmConnectTimer()
    pool.remove(self)
    close()
    pool.onConnectionClosed()
  }
}
