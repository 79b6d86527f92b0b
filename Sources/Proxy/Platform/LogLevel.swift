/// How much a line for the operator matters; the first matters least.
public enum LogLevel: Int, CaseIterable, Comparable, Sendable {
  case debug, info, warning, error

  public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}
