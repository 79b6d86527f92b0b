/// The way from a resource to one of its fields, built only as far as it is walked and written out
/// only for a finding.
final class FieldPath: Sendable {
  private enum Step: Sendable {
    case field(String)
    case index(Int)
    /// A list element by its name, or a map entry by its key.
    case key(String)
  }

  private let parent: FieldPath?
  private let step: Step

  private init(_ parent: FieldPath?, _ step: Step) {
    self.parent = parent
    self.step = step
  }

  /// Where a resource begins: `clusters[api]`.
  static func resource(_ kind: String, _ name: String) -> FieldPath {
    FieldPath(FieldPath(nil, .field(kind)), .key(name))
  }

  static let root = FieldPath(nil, .field(""))

  func field(_ name: String) -> FieldPath { FieldPath(self, .field(name)) }
  func index(_ index: Int) -> FieldPath { FieldPath(self, .index(index)) }
  func key(_ key: String) -> FieldPath { FieldPath(self, .key(key)) }

  var text: String {
    let before = parent?.text ?? ""
    switch step {
    case .field(let name):
      return before.isEmpty || name.isEmpty ? before + name : before + "." + name
    case .index(let index): return before + "[\(index)]"
    case .key(let key): return before + "[\(key)]"
    }
  }
}
