/// The kinds of object the control plane keeps.
public enum MeshKind: String, CaseIterable, Codable, Comparable, Sendable {
  case service = "Service"
  case endpointSlice = "EndpointSlice"
  case trafficSplit = "TrafficSplit"
  case xdsResource = "XDSResource"

  /// The path segment of the push API, for example `services`.
  public var plural: String {
    switch self {
    case .service: "services"
    case .endpointSlice: "endpointslices"
    case .trafficSplit: "trafficsplits"
    case .xdsResource: "xdsresources"
    }
  }

  /// So many objects of this kind, in words: `1 service`, `2 services`.
  public func counted(_ count: Int) -> String {
    "\(count) \(count == 1 ? rawValue.lowercased() : plural)"
  }

  /// The `apiVersion` values accepted in a manifest of this kind, oldest first.
  public var apiVersions: [String] {
    switch self {
    case .service: ["v1"]
    case .endpointSlice: ["discovery.k8s.io/v1"]
    case .trafficSplit: SMIVersion.allCases.map(\.rawValue)
    case .xdsResource: ["martlet.dev/v1"]
    }
  }

  /// Reads a kind as an operator spells it: `Service`, `service`, `services` or `svc`.
  public init?(spelling: String) {
    let lowered = spelling.lowercased()
    let found = Self.allCases.first { kind in
      lowered == kind.rawValue.lowercased() || lowered == kind.plural
        || kind.abbreviations.contains(lowered)
    }
    guard let found else { return nil }
    self = found
  }

  /// Every spelling `init(spelling:)` takes, for messages that suggest the nearest one.
  public static var spellings: [String] {
    allCases.flatMap { [$0.rawValue.lowercased(), $0.plural] + $0.abbreviations }
  }

  private var abbreviations: [String] {
    switch self {
    case .service: ["svc"]
    case .endpointSlice: ["eps"]
    case .trafficSplit: ["ts", "split", "splits"]
    case .xdsResource: ["xds"]
    }
  }

  public static func < (left: Self, right: Self) -> Bool {
    left.rawValue < right.rawValue
  }
}
