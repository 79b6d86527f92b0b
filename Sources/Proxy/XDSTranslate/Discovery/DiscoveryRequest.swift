/// What a client sends on the ADS stream, state of the world.
/// Source: `envoy.service.discovery.v3.DiscoveryRequest`.
public struct DiscoveryRequest: Equatable, Sendable {
  /// Why the last response was refused. Source: `google.rpc.Status`.
  public struct ErrorDetail: Equatable, Sendable {
    public var code: Int32
    public var message: String
    public init(code: Int32, message: String) {
      self.code = code
      self.message = message
    }
  }

  public var typeURL: String
  /// The version last accepted; empty at first.
  public var versionInfo: String
  /// The nonce of the response that this answers; empty when it answers none.
  public var responseNonce: String
  /// Empty: all there are (wildcard), where the type allows it.
  public var resourceNames: [String]
  /// `NodeConfig.encoded`, in the first request of a stream; empty later.
  public var encodedNode: [UInt8]
  /// Present in a NACK.
  public var errorDetail: ErrorDetail?

  public init(
    typeURL: String, versionInfo: String = "", responseNonce: String = "",
    resourceNames: [String] = [], encodedNode: [UInt8] = [], errorDetail: ErrorDetail? = nil
  ) {
    self.typeURL = typeURL
    self.versionInfo = versionInfo
    self.responseNonce = responseNonce
    self.resourceNames = resourceNames
    self.encodedNode = encodedNode
    self.errorDetail = errorDetail
  }

  /// The message in protobuf's wire form.
  public func encode() -> [UInt8] {
    let message = Message(Schema.shared.declared(TypeName.discoveryRequest))
    message["version_info"] = .string(versionInfo)
    message["type_url"] = .string(typeURL)
    message["response_nonce"] = .string(responseNonce)
    message["resource_names"] = .list(resourceNames.map { .string($0) })
    if let errorDetail {
      let status = Message(Schema.shared.declared(TypeName.status))
      status["code"] = .signed(Int64(errorDetail.code))
      status["message"] = .string(errorDetail.message)
      message["error_detail"] = .message(status)
    }
    if !encodedNode.isEmpty,
      let node = try? MessageDecoder.decode(
        encodedNode, as: Schema.shared.declared(TypeName.node))
    {
      message["node"] = .message(node)
    }
    return MessageEncoder.encode(message)
  }
}
