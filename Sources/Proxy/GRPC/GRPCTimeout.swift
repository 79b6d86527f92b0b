/// The `grpc-timeout` header: at most eight digits and a unit.
/// Source: gRPC over HTTP2, Timeout.
public enum GRPCTimeout {
  private static let maxDigits = 8
  /// Finest first, in nanoseconds.
  private static let units: [(letter: Character, nanoseconds: Int128)] = [
    ("n", 1), ("u", 1_000), ("m", 1_000_000), ("S", 1_000_000_000), ("M", 60_000_000_000),
    ("H", 3_600_000_000_000),
  ]

  /// The finest form that fits, rounded up so that a peer never gives up before us;
  /// `99999999H` for anything longer, `0n` for what is not positive.
  public static func encode(_ timeout: Duration) -> String {
    let nanoseconds = max(0, timeout.attoseconds / 1_000_000_000)
    for unit in units {
      let value = (nanoseconds + unit.nanoseconds - 1) / unit.nanoseconds
      if value < 100_000_000 { return "\(value)\(unit.letter)" }
    }
    return "99999999H"
  }

  /// nil for what the grammar does not allow.
  public static func decode(_ text: String) -> Duration? {
    guard let letter = text.last, let unit = units.first(where: { $0.letter == letter })
    else { return nil }
    let digits = text.dropLast()
    guard (1...maxDigits).contains(digits.utf8.count),
      digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let value = Int128(digits)
    else { return nil }
    return Duration(attoseconds: value * unit.nanoseconds * 1_000_000_000)
  }
}
