extension MonotonicInstant {
  /// This instant moved by `duration`, saturating at `never`; a negative one moves nothing.
  public func advanced(by duration: Duration) -> Self {
    let step = max(0, duration.attoseconds / 1_000_000_000)
    guard let nanoseconds = UInt64(exactly: step) else { return .never }
    let (sum, carried) = self.nanoseconds.addingReportingOverflow(nanoseconds)
    return carried ? .never : .init(nanoseconds: sum)
  }
}
