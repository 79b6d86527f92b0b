import Config

extension MessageView {
  // MARK: Wrappers

  func wrappedBool(_ name: String) -> Bool? { view(name)?.bool("value") }
  func wrappedUnsigned(_ name: String) -> UInt64? { view(name)?.unsigned("value") }

  /// A wrapped integer within `range`; outside it is rejected.
  func wrappedCount(_ name: String, in range: ClosedRange<UInt64>) -> Int? {
    guard let value = wrappedUnsigned(name) else { return nil }
    guard range.contains(value) else {
      reject(name, "found \(value), accepted: \(range.lowerBound) to \(range.upperBound)")
      return nil
    }
    return Int(value)
  }

  /// `envoy.type.v3.Percent`, 0 to 100.
  func percent(_ name: String) -> Double? {
    guard let value = view(name)?.double("value") else { return nil }
    guard value >= 0, value <= 100 else {
      reject(name, "found \(JSONEncoder.digits(of: value)), accepted: 0 to 100")
      return nil
    }
    return value
  }

  // MARK: Durations

  enum DurationBound { case zeroOrMore, moreThanZero }

  /// nil when unset or rejected.
  func duration(_ name: String, _ bound: DurationBound = .zeroOrMore) -> Duration? {
    guard let inner = view(name) else { return nil }
    let seconds = inner.signed("seconds")
    let nanoseconds = inner.signed("nanos")
    if let fault = Self.fault(seconds, nanoseconds, bound) {
      reject(name, fault)
      return nil
    }
    return .seconds(seconds) + .nanoseconds(nanoseconds)
  }

  /// Why a duration is not taken; nil when it is.
  private static func fault(
    _ seconds: Int64, _ nanoseconds: Int64, _ bound: DurationBound
  ) -> String? {
    // Both are of one sign, and no second is told in nanoseconds.
    guard nanoseconds.magnitude < 1_000_000_000, seconds.signum() * nanoseconds.signum() >= 0 else {
      return "found \(seconds) s and \(nanoseconds) ns, accepted: 0 to 999999999 ns beside the s"
    }
    let parts = DurationText.Parts(seconds: seconds, nanoseconds: Int32(nanoseconds))
    let found = "found \(DurationText.encode(parts))"
    if !DurationText.isInRange(seconds, parts.nanoseconds) {
      return "\(found), accepted: \(DurationText.Fault.range.accepted)"
    }
    let isZero = seconds == 0 && nanoseconds == 0
    let isNegative = seconds < 0 || nanoseconds < 0
    switch bound {
    case .zeroOrMore: return isNegative ? "\(found), accepted: a duration of 0s or more" : nil
    case .moreThanZero:
      return isNegative || isZero ? "\(found), accepted: a duration of more than 0s" : nil
    }
  }

  /// A timeout where 0s means none; `unset` when the field is not set.
  func timeout(_ name: String, unset: Duration?) -> Duration? {
    guard let value = duration(name) else { return unset }
    return value == .zero ? nil : value
  }

  // MARK: Names

  /// A string that must not be empty.
  func required(_ name: String) -> String {
    let text = string(name)
    if text.isEmpty { reject(name, "required") }
    return text
  }

  /// A text that comes to stand in header fields; "" when unset.
  func fieldText(_ name: String) -> String {
    let text = string(name)
    if !HeaderText.isValue(text) {
      reject(name, found: text, accepted: "text without control characters")
    }
    return text
  }

  /// A host with or without a port; nil when unset.
  func authority(_ name: String) -> String? {
    guard let text = stringIfSet(name) else { return nil }
    if !HostText.isAuthority(text) { reject(name, found: text, accepted: "HOST or HOST:PORT") }
    return text
  }
}
