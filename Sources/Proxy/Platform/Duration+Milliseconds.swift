extension Duration {
  /// Whole milliseconds, rounded down, clamped to what fits.
  public var milliseconds: Int64 { Int64(clamping: attoseconds / 1_000_000_000_000_000) }
}
