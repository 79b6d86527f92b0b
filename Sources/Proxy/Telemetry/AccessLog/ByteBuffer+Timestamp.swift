import Memory
import Platform

extension ByteBuffer {
  /// Appends an instant as RFC 3339 with milliseconds in UTC: `2026-11-21T22:19:24.123Z`.
  public func append(rfc3339 instant: WallInstant) {
    let milliseconds = instant.nanoseconds / 1_000_000
    let seconds = milliseconds / 1000
    let (year, month, day) = Self.civilDate(daysSinceEpoch: seconds / 86_400)
    let second = seconds % 86_400
    append(padded: year, digits: 4)
    append(UInt8(ascii: "-"))
    append(padded: month, digits: 2)
    append(UInt8(ascii: "-"))
    append(padded: day, digits: 2)
    append(UInt8(ascii: "T"))
    append(padded: second / 3600, digits: 2)
    append(UInt8(ascii: ":"))
    append(padded: second / 60 % 60, digits: 2)
    append(UInt8(ascii: ":"))
    append(padded: second % 60, digits: 2)
    append(UInt8(ascii: "."))
    append(padded: milliseconds % 1000, digits: 3)
    append(UInt8(ascii: "Z"))
  }

  /// Appends an instant as HTTP's preferred date (RFC 9110 section 5.6.7):
  /// `Sun, 06 Nov 1994 08:49:37 GMT`.
  public func append(httpDate instant: WallInstant) {
    let seconds = instant.nanoseconds / 1_000_000_000
    let days = seconds / 86_400
    let (year, month, day) = Self.civilDate(daysSinceEpoch: days)
    // The epoch's day was a Thursday.
    append(Self.weekdays[Int((days &+ 4) % 7)])
    append(padded: day, digits: 2)
    append(Self.months[Int(month &- 1)])
    append(padded: year, digits: 4)
    append(UInt8(ascii: " "))
    let second = seconds % 86_400
    append(padded: second / 3600, digits: 2)
    append(UInt8(ascii: ":"))
    append(padded: second / 60 % 60, digits: 2)
    append(UInt8(ascii: ":"))
    append(padded: second % 60, digits: 2)
    append(" GMT")
  }

  private static let weekdays: [StaticString] = [
    "Sun, ", "Mon, ", "Tue, ", "Wed, ", "Thu, ", "Fri, ", "Sat, ",
  ]
  private static let months: [StaticString] = [
    " Jan ", " Feb ", " Mar ", " Apr ", " May ", " Jun ", " Jul ", " Aug ", " Sep ", " Oct ",
    " Nov ", " Dec ",
  ]

  private func append(padded value: UInt64, digits: Int) {
    if digits > 3 { append(UInt8(truncatingIfNeeded: 0x30 &+ value / 1000 % 10)) }
    if digits > 2 { append(UInt8(truncatingIfNeeded: 0x30 &+ value / 100 % 10)) }
    append(UInt8(truncatingIfNeeded: 0x30 &+ value / 10 % 10))
    append(UInt8(truncatingIfNeeded: 0x30 &+ value % 10))
  }

  /// The Gregorian date, by eras of 400 years that begin in March.
  static func civilDate(daysSinceEpoch: UInt64) -> (year: UInt64, month: UInt64, day: UInt64) {
    let shifted = daysSinceEpoch &+ 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted % 146_097
    let yearOfEra =
      (dayOfEra &- dayOfEra / 1460 &+ dayOfEra / 36_524 &- dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra &- (365 &* yearOfEra &+ yearOfEra / 4 &- yearOfEra / 100)
    let marchMonth = (5 &* dayOfYear &+ 2) / 153
    let day = dayOfYear &- (153 &* marchMonth &+ 2) / 5 &+ 1
    let month = marchMonth < 10 ? marchMonth &+ 3 : marchMonth &- 9
    return (yearOfEra &+ era &* 400 &+ (month <= 2 ? 1 : 0), month, day)
  }
}
