import TLS

/// What became of TLS connections.
public struct TLSCounters: ~Copyable, Sendable {
  public let handshakes = Counter()
  public let resumptions = Counter()
  /// Certificate files changed and could not be used.
  public let updateFailures = Counter()
  /// When the first certificate in use, trust included, expires: seconds since 1970; 0: there is none.
  public let firstExpiry = Counter()
  private let failures: InlineArray<26, Counter> = InlineArray { _ in Counter() }

  init() {
    precondition(failures.count == TLSFault.Cause.allCases.count, "each cause has its counter")
  }

  /// A handshake failed, or a connection behind it.
  public func failed(_ cause: TLSFault.Cause) { failures[cause.rawValue].add() }

  func failures(_ cause: TLSFault.Cause) -> UInt64 { failures[cause.rawValue].value }
}

extension CounterMetric {
  /// What became of handshakes, what is known of certificates, and one family with the cause of failure as its
  /// label, `ssl_fail.CAUSE`. Most clusters and listeners speak no TLS, so that each is shown from its first
  /// count on.
  static func tls(
    handshakes: @escaping @Sendable (Block) -> UInt64,
    resumptions: @escaping @Sendable (Block) -> UInt64,
    failures: @escaping @Sendable (Block, TLSFault.Cause) -> UInt64,
    updateFailures: @escaping @Sendable (Block) -> UInt64,
    firstExpiry: @escaping @Sendable (Block) -> UInt64
  ) -> [Self] {
    var metrics: [Self] = [
      .counter("ssl_handshake", "TLS handshakes done", handshakes),
      .counter("ssl_session_reused", "TLS handshakes that took up a session", resumptions),
      .counter(
        "ssl_update_failure", "Changes of certificate files that could not be used", updateFailures
      ),
      .gauge(
        "ssl_first_cert_expires_at", unit: .seconds, "When the first certificate in use expires",
        firstExpiry),
    ]
    metrics += TLSFault.Cause.allCases.map { cause in
      Self(
        name: "ssl_fail.\(cause.name)", family: "ssl_fail", label: ("cause", "\(cause.name)"),
        kind: .counter, unit: .none, help: "TLS connections that failed"
      ) { failures($0, cause) }
    }
    for index in metrics.indices { metrics[index].showsZero = false }
    return metrics
  }
}
