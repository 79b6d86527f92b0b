import Memory

/// The `grpc-timeout` header: how long the client waits for a call. Source: gRPC over HTTP2, Timeout.
public enum GRPCTimeout {
  private static let maxDigits = 8

  /// Milliseconds, rounded up; nil for what is no timeout. One to eight digits and a unit.
  public static func milliseconds(_ text: borrowing Span<UInt8>) -> UInt64? {
    let digits = text.count - 1
    guard digits > 0, digits <= maxDigits else { return nil }
    var value: UInt64 = 0
    for index in 0..<digits {
      guard text[index] &- 0x30 < 10 else { return nil }
      value = value * 10 + UInt64(text[index] - 0x30)
    }
    switch text[digits] {
    case UInt8(ascii: "H"): return value * 3_600_000
    case UInt8(ascii: "M"): return value * 60_000
    case UInt8(ascii: "S"): return value * 1000
    case UInt8(ascii: "m"): return value
    case UInt8(ascii: "u"): return (value + 999) / 1000
    case UInt8(ascii: "n"): return (value + 999_999) / 1_000_000
    default: return nil
    }
  }

  /// Appends so long a time, or a little less where it takes a larger unit.
  public static func encode(milliseconds: UInt64, into output: ByteBuffer) {
    let most: UInt64 = 99_999_999
    if milliseconds <= most {
      output.append(decimal: milliseconds)
      output.append("m")
    } else if milliseconds / 1000 <= most {
      output.append(decimal: milliseconds / 1000)
      output.append("S")
    } else {
      output.append(decimal: min(milliseconds / 3_600_000, most))
      output.append("H")
    }
  }
}
