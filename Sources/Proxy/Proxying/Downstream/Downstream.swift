import Platform
import Telemetry

/// The client's side of one exchange: a connection of HTTP/1, or one stream of an HTTP/2 connection.
/// Owning worker only.
protocol Downstream: AnyObject {
  var manager: HTTPConnectionManager { get }
  var remote: SocketAddress { get }
  var local: SocketAddress { get }
  /// nil: plain text.
  var security: ConnectionSecurity? { get }

  /// Something moved on the exchange.
  func touched()

  /// So much of the request was sent on that its side may read again.
  func resumeReading(of exchange: Exchange)

  /// Puts an interim response where the client will find it.
  func sendInterim(of exchange: Exchange)

  /// Puts the response's head in front of what `flush` sends.
  func sendHead(of exchange: Exchange)

  /// The exchange is a tunnel from now on: what the client sends is bytes, to be read later in this turn.
  func onTunnelOpen(of exchange: Exchange)

  /// Sends what the exchange has written so far, and ends it when that was the last of it.
  func flush(_ exchange: Exchange)

  /// No further request is read from this client, which is not to be believed, where requests come one
  /// behind the other.
  func closeAfterResponse()

  /// Ends an exchange whose answer cannot be completed: the client must not take it for whole.
  func abort(_ exchange: Exchange)
}

/// A client's connection, as its connection manager knows it.
protocol DownstreamConnection: AnyObject {
  /// Exchanges under way.
  var activeRequestCount: Int { get }

  /// Those of them that are tunnels.
  var tunnelCount: Int { get }

  /// Calls `body` with each exchange under way, which it may end.
  func forEachExchange(_ body: (Exchange) -> Void)

  /// The connection manager drains: what is idle closes soon.
  func drain()

  /// The drain's time is up.
  func cut()
}
