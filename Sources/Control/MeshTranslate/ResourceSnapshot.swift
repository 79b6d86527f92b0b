/// Everything one proxy is to have, at one revision of the mesh.
public struct ResourceSnapshot: Sendable {
  /// The revision of the mesh it was made from.
  public let revision: UInt64
  private let resources: [ResourceType: [String: EncodedResource]]

  public init(revision: UInt64, _ resources: [ResourceType: [String: EncodedResource]]) {
    self.revision = revision
    self.resources = resources
  }

  /// Resources of a type by their names.
  public subscript(type: ResourceType) -> [String: EncodedResource] {
    resources[type] ?? [:]
  }

  /// The version of a selection: the same whenever names and contents are, in every process.
  public static func version(of resources: some Sequence<EncodedResource>) -> String {
    let digest = resources.sorted { $0.name < $1.name }.reduce(Digest.start) { digest, resource in
      let named = Digest.of(resource.name.utf8, from: digest)
      return withUnsafeBytes(of: resource.digest.littleEndian) { Digest.of($0, from: named) }
    }
    let hex = String(digest, radix: 16)
    return String(repeating: "0", count: 16 - hex.count) + hex
  }
}
