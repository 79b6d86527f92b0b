extension MonotonicInstant {
  /// This instant moved by `duration`, saturating at `never`; a negative one moves nothing, and nil is
  /// for ever.
  public func advanced(by duration: Duration?) -> Self {
    guard let duration else { return .never }
    let step = max(0, duration.attoseconds / 1_000_000_000)
    guard let nanoseconds = UInt64(exactly: step) else { return .never }
    let (sum, carried) = self.nanoseconds.addingReportingOverflow(nanoseconds)
    return carried ? .never : .init(nanoseconds: sum)
  }
}
