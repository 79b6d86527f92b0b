import MeshModel
import MeshStore

/// The answer to a push, and to the removal of what documents name.
struct ApplyReply: Encodable {
  struct Object: Encodable {
    var kind: String
    var namespace: String
    var name: String
    var change: ApplyOutcome.Change
    /// Paths of fields that were given and have no effect.
    var ignored: [String]
  }

  var revision: UInt64
  var objects: [Object]
}

/// The answer to the removal of one object.
struct DeleteReply: Encodable {
  var revision: UInt64
}

/// The answer to `GET /v1/status`.
struct StatusReply: Encodable {
  var revision: UInt64
  var database: String
  /// How many objects of each kind, by its plural.
  var objects: [String: Int]
  var proxies: [ProxyStatus]
  /// Proxies that asked and were not served.
  var refused: [ProxyRefusal]
}
