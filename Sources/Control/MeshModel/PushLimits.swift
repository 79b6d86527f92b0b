/// What a push may be, for those who take it and those who send it.
public enum PushLimits {
  /// Longest body of a push.
  public static let bodyBytes = 8 << 20
}
