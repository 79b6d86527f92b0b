import GRDB
import Manifests
import MeshModel

/// The SQLite file: its settings, its tables, and the rows of an object.
enum MeshDatabase {
  /// - Throws: `RepositoryFault` naming the file and the cause.
  static func open(path: String) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.journalMode = .wal
    configuration.prepareDatabase { database in
      try database.execute(sql: "PRAGMA synchronous = FULL")
    }
    do {
      let queue = try DatabaseQueue(path: path, configuration: configuration)
      try migrator.migrate(queue)
      return queue
    } catch {
      throw RepositoryFault(description: "cannot open the database \(path): \(error)")
    }
  }

  private static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("objects") { database in
      try database.execute(
        sql: """
          CREATE TABLE object (
            kind TEXT NOT NULL,
            namespace TEXT NOT NULL,
            name TEXT NOT NULL,
            revision INTEGER NOT NULL,
            document TEXT NOT NULL,
            PRIMARY KEY (kind, namespace, name)
          ) WITHOUT ROWID, STRICT;
          CREATE TABLE store (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            revision INTEGER NOT NULL
          ) STRICT;
          INSERT INTO store (id, revision) VALUES (1, 0);
          """)
    }
    return migrator
  }

  /// Reads everything that is stored.
  static func load(_ database: Database) throws -> MeshRepository.State {
    var state = MeshRepository.State()
    state.revision = try UInt64.fetchOne(database, sql: "SELECT revision FROM store") ?? 0
    let rows = try Row.fetchCursor(
      database, sql: "SELECT kind, namespace, name, revision, document FROM object")
    while let row = try rows.next() {
      let json: String = row["document"]
      let manifest: Manifest
      do {
        guard let document = try DocumentReader.documents(in: json).first else { continue }
        manifest = try Manifest(document)
      } catch {
        let name: String = row["name"]
        throw RepositoryFault(description: "the stored object \(name) cannot be read: \(error)")
      }
      state.mesh[manifest.key] = manifest.object
      state.stored[manifest.key] = StoredObject(
        key: manifest.key, revision: row["revision"], json: json)
    }
    return state
  }

  static func save(
    _ objects: [StoredObject], revision: UInt64, in database: Database
  ) throws {
    let statement = try database.makeStatement(
      sql: """
        INSERT INTO object (kind, namespace, name, revision, document) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET revision = excluded.revision, document = excluded.document
        """)
    for object in objects {
      try statement.execute(arguments: [
        object.key.kind.rawValue, object.key.namespace, object.key.name, object.revision,
        object.json,
      ])
    }
    try setRevision(revision, in: database)
  }

  static func delete(_ keys: [ObjectKey], revision: UInt64, in database: Database) throws {
    let statement = try database.makeStatement(
      sql: "DELETE FROM object WHERE kind = ? AND namespace = ? AND name = ?")
    for key in keys {
      try statement.execute(arguments: [key.kind.rawValue, key.namespace, key.name])
    }
    try setRevision(revision, in: database)
  }

  private static func setRevision(_ revision: UInt64, in database: Database) throws {
    try database.execute(sql: "UPDATE store SET revision = ?", arguments: [revision])
  }
}
