/// What the control plane knows of one connected proxy.
public struct ProxyStatus: Codable, Sendable {
  /// `node.id` and `node.cluster` as the proxy gave them.
  public var node: String
  public var cluster: String
  public var role: String
  /// When the stream opened, RFC 3339 in UTC.
  public var connectedSince: String
  public var peer: String
  /// What an operator may want to mend: metadata that has no effect, a node id that is not unique.
  public var warnings: [String]
  /// One entry per resource type that the proxy asked for, in the order they are pushed.
  public var types: [ResourceTypeStatus]

  public init(
    node: String, cluster: String, role: String, connectedSince: String, peer: String,
    warnings: [String], types: [ResourceTypeStatus]
  ) {
    self.node = node
    self.cluster = cluster
    self.role = role
    self.connectedSince = connectedSince
    self.peer = peer
    self.warnings = warnings
    self.types = types
  }
}

/// A proxy that asked and was not served, because of what it said of itself.
public struct ProxyRefusal: Codable, Sendable {
  /// The beginning of `node.id` as the proxy gave it.
  public var node: String
  public var peer: String
  public var cause: String
  /// When it last asked, RFC 3339 in UTC.
  public var at: String

  public init(node: String, peer: String, cause: String, at: String) {
    self.node = node
    self.peer = peer
    self.cause = cause
    self.at = at
  }
}

/// How far a proxy is with one type of resource.
public struct ResourceTypeStatus: Codable, Sendable {
  /// `CDS`, `EDS`, `LDS` or `RDS`.
  public var type: String
  public var typeURL: String
  /// Names asked for; nil for a wildcard subscription.
  public var subscribed: [String]?
  /// How many resources the proxy has been sent.
  public var resources: Int
  public var versionSent: String?
  public var versionAcknowledged: String?
  /// The proxy's words when it last refused something that it is still to have.
  public var nack: String?
  /// The revision of the mesh the last push was made from.
  public var revision: UInt64?
  /// Milliseconds from the last push to its ACK or NACK; nil while none has come.
  public var millisecondsToAck: Double?
  /// Responses sent on this stream.
  public var pushes: Int

  public init(type: String, typeURL: String) {
    self.type = type
    self.typeURL = typeURL
    resources = 0
    pushes = 0
  }
}
