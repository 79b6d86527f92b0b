import HTTPModel

extension MessageHead {
  /// Takes out the fields that a client could only feign: those by which Envoys speak to one another, and
  /// those that a server further on might take for a field which this proxy judges by or writes, since they
  /// differ from it by underscores alone. No client counts as internal.
  /// Source: what Envoy does to external requests (`internal_address_config`).
  /// - Parameter isEdge: the peer is the client itself (`use_remote_address`): it has no word of Envoy's to
  ///   say, and every `x-envoy-` field goes. Else another proxy may have added those that only inform.
  /// - Returns: how many of them had an underscore in their name.
  public func removeFeignedFields(isEdge: Bool) -> Int {
    var underscored = 0
    for index in 0..<fieldCount {
      let field = field(at: index)
      guard field.known == .other, field.nameCount > 8, field.isForwarded else { continue }
      let name = text(field.name)
      if ByteScan.contains(0x5F, in: name) {
        guard name.isFeigned else { continue }
        underscored &+= 1
      } else {
        // "x-envoy-", in lower case.
        guard name.word(at: 0) | 0x2020_2020_2020_2020 == 0x2D79_6F76_6E65_2D78,
          isEdge || name.steersProxy
        else { continue }
      }
      mark(index, .removed)
    }
    return underscored
  }
}

extension Span where Element == UInt8 {
  /// With hyphens for its underscores it would be one of ours, or of Envoy's.
  fileprivate var isFeigned: Bool {
    begins(hyphenating: "x-envoy-") || KnownHeader.classify(hyphenating: self) != .other
  }

  /// The field asks a proxy further on for tries, times or traces, or says where the request came from.
  fileprivate var steersProxy: Bool {
    for field in steeringFields where equalsIgnoringCase(field) { return true }
    return false
  }
}

private let steeringFields: [StaticString] = [
  "x-envoy-expected-rq-timeout-ms", "x-envoy-force-trace", "x-envoy-hedge-on-per-try-timeout",
  "x-envoy-internal", "x-envoy-ip-tags", "x-envoy-max-retries", "x-envoy-original-url",
  "x-envoy-retriable-header-names", "x-envoy-retriable-status-codes", "x-envoy-retry-grpc-on",
  "x-envoy-retry-on", "x-envoy-upstream-alt-stat-name", "x-envoy-upstream-rq-per-try-timeout-ms",
  "x-envoy-upstream-rq-timeout-alt-response", "x-envoy-upstream-rq-timeout-ms",
]
