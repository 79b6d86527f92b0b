/// What names one object in the mesh: its kind, namespace and name.
public struct ObjectKey: Hashable, Comparable, Sendable, CustomStringConvertible {
  public var kind: MeshKind
  public var namespace: String
  public var name: String

  public init(_ kind: MeshKind, namespace: String = Self.defaultNamespace, name: String) {
    self.kind = kind
    self.namespace = namespace
    self.name = name
  }

  /// The namespace of a manifest that names none.
  public static let defaultNamespace = "default"

  /// For example `Service default/my-service`.
  public var description: String { "\(kind.rawValue) \(namespace)/\(name)" }

  public static func < (left: Self, right: Self) -> Bool {
    (left.kind, left.namespace, left.name) < (right.kind, right.namespace, right.name)
  }
}
