import HTTP2

/// A stream that carries one half of an exchange.
class HTTP2ProxyStream: HTTP2Stream {
  private final var isTouched = false

  /// Has `settle` called once what is at hand was read or sent.
  final func touch(_ transport: HTTP2Transport) {
    guard !isTouched else { return }
    isTouched = true
    transport.touched(self)
  }

  final func settleOnce() {
    isTouched = false
    settle()
  }

  /// What came of the body goes on, and what went on makes room for more.
  func settle() {}

  /// The connection is gone.
  func onConnectionGone() {}
}
