import HTTPModel

extension RequestHead {
  /// Takes out the fields by which Envoys speak to one another and which a client could only feign. No
  /// client counts as internal. Source: what Envoy does to external requests (`internal_address_config`).
  /// - Parameter isEdge: the peer is the client itself (`use_remote_address`): it has no word of Envoy's to
  ///   say, and every `x-envoy-` field goes. Else another proxy may have added those that only inform.
  public func removeEnvoyFields(isEdge: Bool) {
    for index in 0..<fieldCount {
      let field = field(at: index)
      guard field.known == .other, field.nameCount > 8 else { continue }
      let name = text(field.name)
      // "x-envoy-", in lower case.
      guard name.word(at: 0) | 0x2020_2020_2020_2020 == 0x2D79_6F76_6E65_2D78 else { continue }
      if isEdge || Self.steersProxy(name) { mark(index, .removed) }
    }
  }

  /// The field asks a proxy further on for tries, times or traces, or says where the request came from.
  private static func steersProxy(_ name: borrowing Span<UInt8>) -> Bool {
    for field in steeringFields where name.equalsIgnoringCase(field) { return true }
    return false
  }

  private static let steeringFields: [StaticString] = [
    "x-envoy-expected-rq-timeout-ms", "x-envoy-force-trace", "x-envoy-hedge-on-per-try-timeout",
    "x-envoy-internal", "x-envoy-ip-tags", "x-envoy-max-retries", "x-envoy-original-url",
    "x-envoy-retriable-header-names", "x-envoy-retriable-status-codes", "x-envoy-retry-grpc-on",
    "x-envoy-retry-on", "x-envoy-upstream-alt-stat-name", "x-envoy-upstream-rq-per-try-timeout-ms",
    "x-envoy-upstream-rq-timeout-alt-response", "x-envoy-upstream-rq-timeout-ms",
  ]
}
