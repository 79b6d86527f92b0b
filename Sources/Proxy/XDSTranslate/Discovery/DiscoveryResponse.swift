/// What a control plane sends on the ADS stream, state of the world.
/// Source: `envoy.service.discovery.v3.DiscoveryResponse`.
public struct DiscoveryResponse: Equatable, Sendable {
  /// One resource, not looked into yet.
  public struct Resource: Equatable, Sendable {
    public var typeURL: String
    /// Empty when the bytes are malformed.
    public var name: String
    /// The resource message in protobuf's wire form.
    public var bytes: [UInt8]

    public init(typeURL: String, name: String, bytes: [UInt8]) {
      self.typeURL = typeURL
      self.name = name
      self.bytes = bytes
    }
  }

  public var typeURL: String
  public var versionInfo: String
  public var nonce: String
  public var resources: [Resource]
  /// `control_plane.identifier`; empty when it does not say.
  public var controlPlane: String

  public init(
    typeURL: String, versionInfo: String, nonce: String, resources: [Resource],
    controlPlane: String = ""
  ) {
    self.typeURL = typeURL
    self.versionInfo = versionInfo
    self.nonce = nonce
    self.resources = resources
    self.controlPlane = controlPlane
  }

  /// Decodes a message; throws what is wrong with the bytes.
  public init(decoding bytes: [UInt8]) throws(DiscoveryFault) {
    let message: Message
    do {
      message = try MessageDecoder.decode(
        bytes, as: Schema.shared.declared(TypeName.discoveryResponse))
    } catch {
      throw DiscoveryFault(text: error.description)
    }
    self.init(
      typeURL: message["type_url"]?.string ?? "",
      versionInfo: message["version_info"]?.string ?? "", nonce: message["nonce"]?.string ?? "",
      resources: message["resources"]?.list.compactMap { $0.message.map(Self.resource) } ?? [],
      controlPlane: message["control_plane"]?.message?["identifier"]?.string ?? "")
  }

  /// Takes a resource out of its `Any`, and out of the `discovery.v3.Resource` some servers put
  /// around it.
  private static func resource(_ any: Message) -> Resource {
    let url = any["type_url"]?.string ?? ""
    if AnyType.name(of: url) == TypeName.resource, let wrapper = any.openedContent(),
      let inner = wrapper["resource"]?.message
    {
      var resource = resource(inner)
      if let name = wrapper["name"]?.string { resource.name = name }
      return resource
    }
    var bytes: [UInt8] = []
    if case .bytes(let value)? = any["value"] { bytes = value }
    let name = ResourceType(typeURL: url)?.resourceName(in: bytes) ?? ""
    return Resource(typeURL: url, name: name, bytes: bytes)
  }
}

/// Bytes that are not a discovery message.
public struct DiscoveryFault: Error, Equatable, Sendable, CustomStringConvertible {
  public let text: String
  public var description: String { text }
}
