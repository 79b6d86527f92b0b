import Memory
import Testing

@testable import GRPC

@Suite struct GRPCTimeoutTests {
  @Test(
    "a timeout is one to eight digits and a unit",
    arguments: [
      ("1H", 3_600_000), ("2M", 120_000), ("30S", 30_000), ("200m", 200), ("1500u", 2),
      ("1n", 1), ("0S", 0), ("99999999m", 99_999_999), ("", nil), ("S", nil), ("10", nil),
      ("1s", nil), ("-1S", nil), ("1.5S", nil), ("123456789m", nil), (" 1S", nil),
    ] as [(String, UInt64?)])
  func milliseconds(_ text: String, _ expected: UInt64?) {
    #expect(GRPCTimeout.milliseconds([UInt8](text.utf8).span) == expected)
  }

  @Test(
    "a time is written in eight digits at most",
    arguments: [
      (1, "1m"), (99_999_999, "99999999m"), (100_000_000, "100000S"),
      (100_000_000_000, "27777H"), (.max, "99999999H"),
    ] as [(UInt64, String)])
  func encode(_ milliseconds: UInt64, _ expected: String) {
    let output = ByteBuffer(capacity: 16)
    GRPCTimeout.encode(milliseconds: milliseconds, into: output)
    #expect(Array(output) == Array(expected.utf8))
  }
}
