/// `google.protobuf.Duration` in JSON: decimal seconds with up to nine fraction digits and an `s`.
enum DurationText {
  struct Parts: Equatable {
    var seconds: Int64
    /// Of the same sign as `seconds`.
    var nanoseconds: Int32
  }

  /// About 10,000 years, the type's range.
  static let maxSeconds: Int64 = 315_576_000_000

  static func decode(_ text: String) -> Parts? {
    guard text.hasSuffix("s") else { return nil }
    let isNegative = text.hasPrefix("-")
    let body = text.dropLast().dropFirst(isNegative ? 1 : 0)
    let parts = body.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard let whole = parts.first, isDigits(whole), let seconds = Int64(whole),
      seconds <= maxSeconds
    else { return nil }
    var nanoseconds: Int32 = 0
    if parts.count == 2 {
      guard isDigits(parts[1]), parts[1].utf8.count <= 9 else { return nil }
      let padded = String(parts[1]) + String(repeating: "0", count: 9 - parts[1].utf8.count)
      nanoseconds = Int32(padded) ?? 0
    }
    return isNegative
      ? Parts(seconds: -seconds, nanoseconds: -nanoseconds)
      : Parts(seconds: seconds, nanoseconds: nanoseconds)
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
