import GRDB
import Manifests
import MeshModel
import Synchronization

/// The mesh as it was last declared, kept in an SQLite file.
///
/// A push is one transaction: all of it is stored under a new revision, or nothing is. What has been
/// answered survives kill -9 and loss of power (write-ahead log, `synchronous=FULL`).
/// Any thread may call any method; writes wait for one another.
public final class MeshRepository: Sendable {
  /// Checks a mesh for what this module does not know of, and returns what is wrong with it.
  public typealias Validator = @Sendable (Mesh) -> [MeshFault]

  private let database: DatabaseQueue
  private let validator: Validator
  private let state: Mutex<State>
  private let watches = MeshWatches()

  /// What is in the file, held in memory; replaced only after a commit.
  struct State {
    var revision: UInt64 = 0
    var mesh = Mesh()
    var stored: [ObjectKey: StoredObject] = [:]
  }

  // MARK: Lifecycle

  /// Opens the file, and makes it when it is not there.
  ///
  /// - Throws: `RepositoryFault` when the file cannot be opened, is no store of ours, or holds an
  ///   object that cannot be read.
  public init(path: String, validator: @escaping Validator = { _ in [] }) throws {
    database = try MeshDatabase.open(path: path)
    self.validator = validator
    state = Mutex(try database.read(MeshDatabase.load))
  }

  /// Checkpoints the log into the file and closes it; every later call throws.
  public func close() throws {
    watches.finish()
    try database.close()
  }

  // MARK: Writing

  /// Stores the objects of a push, all or none.
  ///
  /// - Parameters:
  ///   - expectedRevision: when given, the push is refused unless the store is at this revision.
  ///   - isDryRun: everything is checked and nothing stored.
  /// - Throws: `ManifestFaults` for what is wrong with the objects, `RevisionConflict` when the
  ///   store or an object has moved on.
  public func apply(
    _ manifests: [Manifest], expectedRevision: UInt64? = nil, isDryRun: Bool = false
  ) async throws -> ApplyOutcome {
    try await write { state, database in
      try Self.check(expectedRevision, against: state.revision, of: nil)
      let changes = try Self.changes(manifests, in: state)
      guard changes.contains(where: { $0.change != .unchanged }) else {
        return ApplyOutcome(revision: state.revision, objects: changes)
      }
      var next = state
      next.revision += 1
      for (manifest, change) in zip(manifests, changes) where change.change != .unchanged {
        next.mesh[manifest.key] = manifest.object
        next.stored[manifest.key] = StoredObject(
          key: manifest.key, revision: next.revision, json: manifest.document.json)
      }
      try self.validate(next.mesh, manifests)
      if !isDryRun {
        try MeshDatabase.save(
          changes.filter { $0.change != .unchanged }.compactMap { next.stored[$0.key] },
          revision: next.revision, in: database)
        state = next
      }
      return ApplyOutcome(revision: next.revision, objects: changes)
    }
  }

  /// Removes objects, all or none. One that is not there is reported as absent.
  ///
  /// - Throws: `ManifestFaults` when what remains would be wrong without them, `RevisionConflict`
  ///   when the store or an object has moved on.
  public func delete(
    _ references: [ObjectReference], expectedRevision: UInt64? = nil, isDryRun: Bool = false
  ) async throws -> ApplyOutcome {
    try await write { state, database in
      try Self.check(expectedRevision, against: state.revision, of: nil)
      let changes = try references.map { reference in
        let stored = state.stored[reference.key]
        if let stored {
          try Self.check(reference.expectedRevision, against: stored.revision, of: reference.key)
        }
        return ApplyOutcome.Object(
          key: reference.key, change: stored == nil ? .absent : .deleted, ignored: [])
      }
      let keys = changes.filter { $0.change == .deleted }.map(\.key)
      guard !keys.isEmpty else { return ApplyOutcome(revision: state.revision, objects: changes) }
      var next = state
      next.revision += 1
      for key in keys {
        next.mesh[key] = nil
        next.stored[key] = nil
      }
      try self.validate(next.mesh, [])
      if !isDryRun {
        try MeshDatabase.delete(keys, revision: next.revision, in: database)
        state = next
      }
      return ApplyOutcome(revision: next.revision, objects: changes)
    }
  }

  /// Removes an object.
  ///
  /// - Returns: the new revision, or nil when there is no such object.
  /// - Throws: as the removal of many does.
  public func delete(_ key: ObjectKey, expectedRevision: UInt64? = nil) async throws -> UInt64? {
    let reference = ObjectReference(key, expectedRevision: expectedRevision)
    let outcome = try await delete([reference])
    return outcome.objects[0].change == .absent ? nil : outcome.revision
  }

  // MARK: Reading

  public var snapshot: MeshSnapshot {
    state.withLock { MeshSnapshot(revision: $0.revision, mesh: $0.mesh) }
  }

  public func object(_ key: ObjectKey) -> StoredObject? {
    state.withLock { $0.stored[key] }
  }

  /// The objects of a kind, in the order of their keys.
  public func objects(_ kind: MeshKind, namespace: String? = nil) -> [StoredObject] {
    state.withLock { state in
      state.stored.values.filter {
        $0.key.kind == kind && (namespace == nil || $0.key.namespace == namespace)
      }
    }.sorted { $0.key < $1.key }
  }

  /// The current mesh, then each later one; a slow reader gets the newest and skips those between.
  public func snapshots() -> AsyncStream<MeshSnapshot> {
    watches.add { self.snapshot }
  }

  // MARK: Transactions

  /// Runs a change with exclusive access; the state is replaced and told of after the commit.
  private func write<Outcome: Sendable>(
    _ change: @escaping @Sendable (inout State, Database) throws -> Outcome
  ) async throws -> Outcome {
    try await database.writeWithoutTransaction { database in
      let before = self.state.withLock { $0 }
      var after = before
      var outcome: Outcome?
      try database.inTransaction(.immediate) {
        outcome = try change(&after, database)
        return .commit
      }
      guard let outcome else { preconditionFailure("a committed transaction has an outcome") }
      if after.revision != before.revision {
        self.state.withLock { $0 = after }
        self.watches.publish(MeshSnapshot(revision: after.revision, mesh: after.mesh))
      }
      return outcome
    }
  }

  private static func check(
    _ expected: UInt64?, against revision: UInt64, of key: ObjectKey?
  ) throws {
    if let expected, expected != revision {
      throw RevisionConflict(key: key, expected: expected, found: revision)
    }
  }

  /// What each manifest does to the store.
  private static func changes(
    _ manifests: [Manifest], in state: State
  ) throws -> [ApplyOutcome.Object] {
    try manifests.map { manifest in
      let stored = state.stored[manifest.key]
      if let expected = manifest.expectedRevision {
        try check(expected, against: stored?.revision ?? 0, of: manifest.key)
      }
      let change: ApplyOutcome.Change =
        switch stored {
        case nil: .created
        case let stored? where stored.json == manifest.document.json: .unchanged
        case _?: .configured
        }
      return ApplyOutcome.Object(key: manifest.key, change: change, ignored: manifest.ignored)
    }
  }

  /// Checks the mesh as it would be, and ties each fault to the document that brings it about.
  private func validate(_ mesh: Mesh, _ manifests: [Manifest]) throws {
    let faults = (mesh.faults() + validator(mesh)).prefix(MeshFault.limit).map { fault in
      var fault = fault
      if let index = manifests.firstIndex(where: { $0.key == fault.object }) {
        fault.document = index
        fault.line = fault.line ?? manifests[index].document.line(at: fault.path)
      }
      return fault
    }
    guard faults.isEmpty else { throw ManifestFaults(faults) }
  }
}
