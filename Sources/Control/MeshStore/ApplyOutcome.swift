import MeshModel

/// What a push or a removal did.
public struct ApplyOutcome: Sendable {
  public enum Change: String, Codable, Sendable {
    case created, configured, unchanged, deleted
    /// Was to be removed, and is not there.
    case absent
  }

  public struct Object: Sendable {
    public var key: ObjectKey
    public var change: Change
    /// Fields of the document that have no effect here.
    public var ignored: [FieldPath]
  }

  /// The revision of the store after the push; the same as before when nothing changed.
  public var revision: UInt64
  /// One entry per document, in the order of the push.
  public var objects: [Object]
}

/// One object as it is stored.
public struct StoredObject: Hashable, Sendable {
  public var key: ObjectKey
  /// The revision of the store at which the object last changed.
  public var revision: UInt64
  /// The manifest in JSON, keys sorted, without what the control plane sets.
  public var json: String
}

/// A change was made on the understanding of a revision that is no longer the current one.
public struct RevisionConflict: Error, Sendable {
  /// The object that moved on; nil for the store as a whole.
  public var key: ObjectKey?
  public var expected: UInt64
  public var found: UInt64
}

/// The store cannot be used at all.
public struct RepositoryFault: Error, Sendable, CustomStringConvertible {
  public var description: String
}
