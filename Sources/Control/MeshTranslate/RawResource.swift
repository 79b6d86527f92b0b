import MeshModel
import SwiftProtobuf
import XDSProtos

/// An `XDSResource` decoded from proto3 JSON.
struct RawResource {
  let type: ResourceType
  let encoded: EncodedResource

  /// - Throws: that it cannot be decoded, or has no name.
  init(_ resource: XDSResource) throws(RawResourceFaults) {
    guard let type = ResourceType(typeURL: resource.typeURL) else {
      preconditionFailure("manifests take only the types of ResourceType")
    }
    self.type = type
    do {
      KnownExtensions.register()
      encoded = try Self.encode(
        type, Google_Protobuf_Any(jsonString: resource.json, options: Self.decoding))
    } catch {
      let fault = MeshFault(
        "not this message in proto3 JSON: \(error)", path: Self.spec, accepted: [type.typeURL])
      throw RawResourceFaults([fault], in: resource)
    }
    guard !encoded.name.isEmpty else {
      let path = Self.spec.appending(type == .endpoints ? "cluster_name" : "name")
      let fault = MeshFault(
        "the resource has no name", path: path, found: "nothing",
        accepted: ["a string that is not empty"])
      throw RawResourceFaults([fault], in: resource)
    }
  }

  private static let spec = FieldPath([.field("spec")])

  /// Documents bound their depth themselves; of a `Struct` each level counts twice.
  private static var decoding: JSONDecodingOptions {
    var options = JSONDecodingOptions()
    options.messageDepthLimit = 1_000
    return options
  }

  private static func encode(
    _ type: ResourceType, _ any: Google_Protobuf_Any
  ) throws -> EncodedResource {
    switch type {
    case .cluster:
      try encode(Envoy_Config_Cluster_V3_Cluster(unpackingAny: any)) { $0.name }
    case .endpoints:
      try encode(Envoy_Config_Endpoint_V3_ClusterLoadAssignment(unpackingAny: any)) {
        $0.clusterName
      }
    case .listener:
      try encode(Envoy_Config_Listener_V3_Listener(unpackingAny: any)) { $0.name }
    case .route:
      try encode(Envoy_Config_Route_V3_RouteConfiguration(unpackingAny: any)) { $0.name }
    }
  }

  /// Encodes to bytes, which decodes the messages in each `typed_config` as well.
  private static func encode<Resource: Message>(
    _ message: Resource, name: (Resource) -> String
  ) throws -> EncodedResource {
    var options = BinaryEncodingOptions()
    options.useDeterministicOrdering = true
    var any = Google_Protobuf_Any()
    any.typeURL = "type.googleapis.com/" + Resource.protoMessageName
    any.value = try message.serializedBytes(options: options)
    return EncodedResource(name: name(message), any: any)
  }

  // MARK: Faults

  /// Throws everything that is wrong with the values of a resource, with their places. What it lets
  /// pass can be decoded, but for what no schema tells.
  static func check(_ resource: XDSResource) throws(RawResourceFaults) {
    guard let json = try? Google_Protobuf_Value(jsonString: resource.json, options: decoding)
    else { return }
    let faults = JSONFaultFinder.faults(in: json, at: spec)
    guard faults.isEmpty else { throw RawResourceFaults(faults, in: resource) }
  }
}

/// Everything wrong with one raw resource.
struct RawResourceFaults: Error {
  let faults: [MeshFault]

  init(_ faults: [MeshFault], in resource: XDSResource) {
    self.faults = faults.map { fault in
      var fault = fault
      fault.object = resource.key
      return fault
    }
  }
}

/// The messages that a `typed_config` of a raw resource may hold.
enum KnownExtensions {
  static var names: [String] { types.map { $0.protoMessageName } }

  /// Makes the messages known to the decoder; done once.
  static func register() {
    _ = registered
  }

  private static let registered: Bool = types.allSatisfy {
    Google_Protobuf_Any.register(messageType: $0)
  }

  private static let types: [any Message.Type] = [
    Envoy_Config_Cluster_V3_Cluster.self,
    Envoy_Config_Endpoint_V3_ClusterLoadAssignment.self,
    Envoy_Config_Listener_V3_Listener.self,
    Envoy_Config_Route_V3_RouteConfiguration.self,
    Envoy_Config_Trace_V3_OpenTelemetryConfig.self,
    Envoy_Extensions_AccessLoggers_File_V3_FileAccessLog.self,
    Envoy_Extensions_AccessLoggers_Stream_V3_StdoutAccessLog.self,
    Envoy_Extensions_AccessLoggers_Stream_V3_StderrAccessLog.self,
    Envoy_Extensions_Filters_Http_GrpcStats_V3_FilterConfig.self,
    Envoy_Extensions_Filters_Http_GrpcWeb_V3_GrpcWeb.self,
    Envoy_Extensions_Filters_Http_Router_V3_Router.self,
    Envoy_Extensions_Filters_Listener_TlsInspector_V3_TlsInspector.self,
    Envoy_Extensions_Filters_Network_HttpConnectionManager_V3_HttpConnectionManager.self,
    Envoy_Extensions_Filters_Network_TcpProxy_V3_TcpProxy.self,
    Envoy_Extensions_Http_HeaderFormatters_PreserveCase_V3_PreserveCaseFormatterConfig.self,
    Envoy_Extensions_Network_DnsResolver_Cares_V3_CaresDnsResolverConfig.self,
    Envoy_Extensions_Tracers_Opentelemetry_Samplers_V3_AlwaysOnSamplerConfig.self,
    Envoy_Extensions_Tracers_Opentelemetry_Samplers_V3_ParentBasedSamplerConfig.self,
    Envoy_Extensions_Tracers_Opentelemetry_Samplers_V3_TraceIdRatioBasedSamplerConfig.self,
    Envoy_Extensions_TransportSockets_RawBuffer_V3_RawBuffer.self,
    Envoy_Extensions_TransportSockets_Tls_V3_DownstreamTlsContext.self,
    Envoy_Extensions_TransportSockets_Tls_V3_UpstreamTlsContext.self,
    Envoy_Extensions_Upstreams_Http_V3_HttpProtocolOptions.self,
  ]
}
