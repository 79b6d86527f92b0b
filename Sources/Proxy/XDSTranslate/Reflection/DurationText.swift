/// `google.protobuf.Duration` in JSON: decimal seconds with up to nine fraction digits and an `s`.
enum DurationText {
  struct Parts: Equatable {
    var seconds: Int64
    /// Of the same sign as `seconds`.
    var nanoseconds: Int32
  }

  /// About 10,000 years, the type's range.
  static let maxSeconds: Int64 = 315_576_000_000

  /// Why a text is no duration.
  enum Fault: Error {
    case form
    case precision
    case range

    var accepted: String {
      switch self {
      case .form: "a duration such as 5s or 0.25s"
      case .precision: "a duration with at most nine digits after the point"
      case .range: "a duration of at most \(maxSeconds)s"
      }
    }
  }

  static func decode(_ text: String) throws(Fault) -> Parts {
    guard text.hasSuffix("s") else { throw .form }
    let isNegative = text.hasPrefix("-")
    let body = text.dropLast().dropFirst(isNegative ? 1 : 0)
    let parts = body.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.allSatisfy(isDigits) else { throw .form }
    let fraction = parts.count == 2 ? String(parts[1]) : ""
    guard fraction.utf8.count <= 9 else { throw .precision }
    let nanoseconds =
      Int32(fraction + String(repeating: "0", count: 9 - fraction.utf8.count)) ?? 0
    guard let seconds = Int64(parts[0]), isInRange(seconds, nanoseconds) else { throw .range }
    return isNegative
      ? Parts(seconds: -seconds, nanoseconds: -nanoseconds)
      : Parts(seconds: seconds, nanoseconds: nanoseconds)
  }

  /// Of the size that the type may have, for a duration that is not negative.
  static func isInRange(_ seconds: Int64, _ nanoseconds: Int32) -> Bool {
    seconds < maxSeconds || seconds == maxSeconds && nanoseconds == 0
  }

  static func encode(_ parts: Parts) -> String {
    let isNegative = parts.seconds < 0 || parts.nanoseconds < 0
    var text = (isNegative ? "-" : "") + String(parts.seconds.magnitude)
    if parts.nanoseconds != 0 {
      let digits = String(parts.nanoseconds.magnitude)
      var fraction = String(repeating: "0", count: max(0, 9 - digits.utf8.count)) + digits
      while fraction.hasSuffix("0") { fraction.removeLast() }
      text += "." + fraction
    }
    return text + "s"
  }

  private static func isDigits(_ text: Substring) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
  }
}
