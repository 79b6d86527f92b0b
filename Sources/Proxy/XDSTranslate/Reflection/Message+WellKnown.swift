extension Message {
  /// The message inside a `google.protobuf.Any`, decoded the first time it is asked for; nil when the
  /// type is not compiled in, the bytes are not that type, or they are nested too deep.
  func openedContent() -> Message? {
    if let content { return content }
    guard let url = self["type_url"]?.string, let descriptor = AnyType.descriptor(for: url) else {
      return nil
    }
    var bytes: [UInt8] = []
    if case .bytes(let value)? = self["value"] { bytes = value }
    content = try? MessageDecoder.decode(bytes, as: descriptor, depth: depth + 1)
    return content
  }

  func signed(_ name: String) -> Int64 {
    if case .signed(let value)? = self[name] { value } else { 0 }
  }
}

extension DurationText.Parts {
  init(_ message: Message) {
    self.init(
      seconds: message.signed("seconds"),
      nanoseconds: Int32(truncatingIfNeeded: message.signed("nanos")))
  }
}

/// `google.protobuf.Timestamp` in JSON: RFC 3339 in UTC.
enum TimestampText {
  /// 0001-01-01T00:00:00Z to 9999-12-31T23:59:59Z: what the type may hold.
  private static let range: ClosedRange<Int64> = -62_135_596_800...253_402_300_799

  /// What lies outside of the type's range is written as its end.
  static func encode(_ message: Message) -> String {
    let seconds = min(max(message.signed("seconds"), range.lowerBound), range.upperBound)
    let nanoseconds = min(max(message.signed("nanos"), 0), 999_999_999)
    let days = Int((Double(seconds) / 86_400).rounded(.down))
    let rest = Int(seconds) - days * 86_400
    let (year, month, day) = civil(fromDays: days)
    var text = "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))T"
    text += "\(pad(rest / 3600, 2)):\(pad(rest / 60 % 60, 2)):\(pad(rest % 60, 2))"
    if nanoseconds != 0 { text += ".\(pad(Int(nanoseconds), 9))" }
    return text + "Z"
  }

  /// Days since 1970-01-01 in the proleptic Gregorian calendar.
  private static func civil(fromDays days: Int) -> (Int, Int, Int) {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
  }

  private static func pad(_ value: Int, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
  }
}
