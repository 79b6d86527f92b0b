/// Kubernetes quantities, as weights of SMI v1alpha1 are written.
enum Quantity {
  /// The value in thousandths: `500m` is 500, `1` is 1,000, `1.5k` is 1,500,000.
  ///
  /// Nil for what is no quantity, is negative, is finer than a thousandth, or does not fit.
  static func thousandths(_ text: String) -> UInt32? {
    let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    guard let scale = scales[String(text.dropFirst(digits.count))] else { return nil }
    let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), let whole = UInt64(parts[0]) else { return nil }
    var value = whole.multipliedReportingOverflow(by: scale)
    if parts.count == 2 {
      guard let fraction = fraction(parts[1], of: scale) else { return nil }
      let sum = value.partialValue.addingReportingOverflow(fraction)
      value = (sum.partialValue, value.overflow || sum.overflow)
    }
    return value.overflow ? nil : UInt32(exactly: value.partialValue)
  }

  /// Suffixes, each with the thousandths in one of it.
  private static let scales: [String: UInt64] = [
    "m": 1, "": 1_000, "k": 1_000_000, "M": 1_000_000_000, "Ki": 1_024_000, "Mi": 1_048_576_000,
  ]

  private static func fraction(_ digits: Substring, of scale: UInt64) -> UInt64? {
    guard let number = UInt64(digits), digits.count <= 9 else { return nil }
    let denominator = (0..<digits.count).reduce(UInt64(1)) { power, _ in power * 10 }
    let (product, overflow) = number.multipliedReportingOverflow(by: scale)
    guard !overflow, product.isMultiple(of: denominator) else { return nil }
    return product / denominator
  }
}
