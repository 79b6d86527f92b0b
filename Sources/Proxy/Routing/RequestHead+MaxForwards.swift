import HTTPModel

/// What `max-forwards` says of a request (RFC 9110 section 7.6.2).
public enum ForwardLimit: Equatable, Sendable {
  /// It may be sent on.
  case open
  /// Whoever has it now is its last recipient.
  case reached
  /// The field is repeated, or no number.
  case malformed
}

extension RequestHead {
  /// Takes one from the `max-forwards` of a TRACE or OPTIONS request; the field means nothing in others.
  public func countForward() -> ForwardLimit {
    var found: Int?
    for index in 0..<fieldCount where field(at: index).known == .other {
      guard name(at: index).equalsIgnoringCase("max-forwards") else { continue }
      if found != nil { return .malformed }
      found = index
    }
    guard let found else { return .open }
    guard let count = value(at: found).decimalValue else { return .malformed }
    if count == 0 { return .reached }
    mark(found, .removed)
    addField(.other, name: "max-forwards") { bytes.append(decimal: count &- 1) }
    return .open
  }
}
