/// What is spoken to an endpoint.
enum UpstreamProtocol {
  case http1, http2
  /// One of the two: the handshake will say which.
  case undecided
  /// Nothing of HTTP: what is inside a tunnel that ends here, on a connection of its own.
  case bytes

  /// Whether a connection may serve either.
  func sharesConnections(with other: UpstreamProtocol) -> Bool {
    self == other || self == .undecided || other == .undecided
  }
}

/// The endpoint's side of one exchange: a connection of HTTP/1, or one stream of an HTTP/2 connection.
/// Owning worker only.
protocol Upstream: AnyObject {
  /// What the endpoint was accepted by.
  var trust: PeerTrust { get }

  /// Sends what the exchange, whose turn it is here, has encoded.
  func flushRequest(of exchange: Exchange)

  /// Room came free downstream.
  func resumeReading(for exchange: Exchange)

  /// The exchange is over before its response.
  func cancel(_ exchange: Exchange)
}
