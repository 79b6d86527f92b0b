/// Where a value stands in a document, for example `spec.backends[1].weight`.
public struct FieldPath: Hashable, Sendable, CustomStringConvertible {
  public enum Step: Hashable, Sendable {
    case field(String)
    case index(Int)
  }

  public private(set) var steps: [Step]

  public init(_ steps: [Step] = []) {
    self.steps = steps
  }

  public func appending(_ field: String) -> Self {
    Self(steps + [.field(field)])
  }

  public func appending(_ index: Int) -> Self {
    Self(steps + [.index(index)])
  }

  /// Field names joined by dots; a name that holds a dot or a slash is quoted in brackets.
  public var description: String {
    steps.reduce(into: "") { text, step in
      switch step {
      case .index(let index): text += "[\(index)]"
      case .field(let name) where name.contains(".") || name.contains("/"): text += "[\"\(name)\"]"
      case .field(let name): text += text.isEmpty ? name : ".\(name)"
      }
    }
  }
}
