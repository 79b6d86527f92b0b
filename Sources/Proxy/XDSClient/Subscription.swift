import Platform
import XDSTranslate

/// One resource type's side of the stream.
struct Subscription: Sendable {
  /// A resource in use.
  struct Held: Sendable {
    var version: String
    var bytes: [UInt8]
    /// The endpoint sets or route tables it names.
    var references: [String]
    /// It was well-formed and could not be used, as a listener whose port is taken: the same bytes are
    /// news again.
    var isRefused = false
    /// What is in use in place of a refused one.
    var standIn: StandIn?

    /// What is in use; nil: nothing is.
    var inUse: StandIn? {
      isRefused ? standIn : StandIn(version: version, bytes: bytes, references: references)
    }
  }

  /// An earlier version of a resource.
  struct StandIn: Sendable {
    var version: String
    var bytes: [UInt8]
    var references: [String]
  }

  let type: ResourceType
  /// Asks for all there are; then what a response lacks is gone.
  let isWildcard: Bool
  /// Names that the bootstrap's own clusters or listeners need.
  let staticNames: [String]

  // What survives a stream.
  var acceptedVersion = ""
  var held: [String: Held] = [:]
  var counts = ResourceTypeStatus.Counts()
  var lastRejection: String?
  /// The newest response held a resource that is no good, whatever becomes free.
  var hasFaults = false
  var lastUpdate: WallInstant?

  // What ends with the stream.
  var nonce = ""
  var seenVersion = ""
  /// The names of the last request; nil before the first one.
  var requestedNames: [String]? { didSet { requestedNameSet = Set(requestedNames ?? []) } }
  private(set) var requestedNameSet: Set<String> = []

  mutating func onStreamClosed() {
    nonce = ""
    seenVersion = ""
    requestedNames = nil
  }

  /// The same response a second time: it was answered already.
  func isDuplicate(_ response: DiscoveryResponse) -> Bool {
    !nonce.isEmpty && response.nonce == nonce && response.versionInfo == seenVersion
  }

  /// Nothing was or needs to be asked for.
  func needsRequest(names: [String]) -> Bool {
    if isWildcard { return requestedNames == nil }
    return names != requestedNames ?? []
  }

  func status(names: [String]) -> ResourceTypeStatus {
    ResourceTypeStatus(
      type: type, subscribedNames: names, acceptedVersion: acceptedVersion,
      seenVersion: seenVersion, nonce: nonce, resourceCount: held.values.count { $0.inUse != nil },
      lastRejection: lastRejection, lastUpdate: lastUpdate, counts: counts)
  }
}

/// How one resource type stands, for the admin listener.
public struct ResourceTypeStatus: Sendable {
  public struct Counts: Equatable, Sendable {
    /// Responses received (`update_attempt`).
    public var attempts: UInt64 = 0
    /// Responses accepted whole (`update_success`).
    public var successes: UInt64 = 0
    /// Responses with a rejected resource (`update_rejected`).
    public var rejections: UInt64 = 0
    /// Responses that came a second time.
    public var duplicates: UInt64 = 0
  }

  public var type: ResourceType
  /// Empty for a wildcard.
  public var subscribedNames: [String]
  /// The last version accepted whole.
  public var acceptedVersion: String
  /// The last version received on this stream.
  public var seenVersion: String
  /// The last nonce on this stream.
  public var nonce: String
  /// Resources in use.
  public var resourceCount: Int
  /// What the last NACK said; nil once a response was accepted whole.
  public var lastRejection: String?
  public var lastUpdate: WallInstant?
  public var counts: Counts
}
