extension Duration {
  /// In whole milliseconds, rounded up, clamped to what fits; 0 for a negative one.
  public var wholeMilliseconds: UInt64 {
    let (whole, rest) = attoseconds.quotientAndRemainder(dividingBy: 1_000_000_000_000_000)
    return UInt64(clamping: rest > 0 ? whole + 1 : whole)
  }
}
