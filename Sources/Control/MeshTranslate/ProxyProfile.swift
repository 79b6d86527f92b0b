import MeshModel
import SwiftProtobuf
import XDSProtos

/// What a proxy told of itself that its resources depend on.
public struct ProxyProfile: Hashable, Sendable {
  public var node: String
  public var cluster: String
  public var role: ProxyRole
  /// Where short service names are looked up: node metadata `namespace`.
  public var namespace: String
  /// Port of the sidecar's listener for the application's own requests: `outbound_port`.
  public var outboundPort: UInt16 = 15001
  /// Port of the sidecar's listener for requests to the application: `inbound_port`.
  public var inboundPort: UInt16 = 15006
  /// Where the application listens on 127.0.0.1: `app_port`. Nil for no inbound listener.
  public var appPort: UInt16?
  /// Port of an ingress: `ingress_port`.
  public var ingressPort: UInt16 = 8080

  public init(
    node: String, cluster: String = "", role: ProxyRole = .sidecar,
    namespace: String = ObjectKey.defaultNamespace
  ) {
    self.node = node
    self.cluster = cluster
    self.role = role
    self.namespace = namespace
  }

  /// Reads the node of a first request.
  ///
  /// - Throws: `ProfileFault` naming the metadata that cannot be used.
  public init(_ node: Envoy_Config_Core_V3_Node) throws(ProfileFault) {
    guard !node.id.isEmpty else {
      throw ProfileFault(description: "node.id is empty; accepted: a name unique to the proxy")
    }
    try Self.requireName(node.id, "node.id")
    try Self.requireName(node.cluster, "node.cluster")
    let metadata = node.metadata.fields
    let namespace = try Self.namespace(metadata["namespace"])
    try Self.requireName(namespace, "node.metadata.namespace")
    self.init(
      node: node.id, cluster: node.cluster, role: try Self.role(metadata["role"]),
      namespace: namespace)
    outboundPort = try Self.port(metadata, "outbound_port") ?? outboundPort
    inboundPort = try Self.port(metadata, "inbound_port") ?? inboundPort
    appPort = try Self.port(metadata, "app_port")
    ingressPort = try Self.port(metadata, "ingress_port") ?? ingressPort
  }

  /// What in the metadata of a node has no effect and looks as if it was to have one.
  ///
  /// Other keys are the proxy's own affair.
  public func warnings(_ node: Envoy_Config_Core_V3_Node) -> [String] {
    let known = Self.commonKeys + Self.keys(of: role)
    let others = ProxyRole.allCases.flatMap(Self.keys)
    return node.metadata.fields.keys.sorted().compactMap { key in
      if known.contains(key) { return nil }
      if others.contains(key) {
        return "node.metadata.\(key) has no effect for the role \(role.rawValue)"
      }
      return nearest(to: key, in: Self.commonKeys + others).map { near in
        "node.metadata.\(key) has no effect; did you mean \(near)?"
      }
    }
  }

  private static let commonKeys = ["role", "namespace"]

  private static func keys(of role: ProxyRole) -> [String] {
    switch role {
    case .sidecar: ["outbound_port", "inbound_port", "app_port"]
    case .ingress: ["ingress_port"]
    }
  }

  /// Longest `node.id` and `node.cluster`, in bytes of UTF-8.
  static let maxNameBytes = 1_024

  /// Names are shown in logs and tables, and kept for each stream.
  private static func requireName(_ name: String, _ field: String) throws(ProfileFault) {
    let isPrintable = name.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    guard name.utf8.count <= maxNameBytes, isPrintable else {
      throw ProfileFault(
        description: "\(field) is \(name.utf8.count) bytes\(isPrintable ? "" : ", some of control")"
          + "; accepted: printable text of \(maxNameBytes) bytes at most")
    }
  }

  private static func namespace(_ value: Google_Protobuf_Value?) throws(ProfileFault) -> String {
    guard let value else { return ObjectKey.defaultNamespace }
    guard case .stringValue(let namespace)? = value.kind, !namespace.isEmpty else {
      throw ProfileFault(
        description: "node.metadata.namespace: found \(text(of: value)); accepted: a name")
    }
    return namespace
  }

  private static func role(_ value: Google_Protobuf_Value?) throws(ProfileFault) -> ProxyRole {
    guard let value else { return .sidecar }
    guard let role = ProxyRole(rawValue: value.stringValue) else {
      let accepted = ProxyRole.allCases.map(\.rawValue).joined(separator: ", ")
      throw ProfileFault(
        description: "node.metadata.role: found \(text(of: value)); accepted: \(accepted)")
    }
    return role
  }

  /// A port written as a number or as a string.
  private static func port(
    _ metadata: [String: Google_Protobuf_Value], _ name: String
  ) throws(ProfileFault) -> UInt16? {
    guard let value = metadata[name] else { return nil }
    let port = UInt16(value.stringValue) ?? UInt16(exactly: value.numberValue)
    guard let port, port > 0 else {
      throw ProfileFault(
        description: "node.metadata.\(name): found \(text(of: value)); accepted: 1 to 65535")
    }
    return port
  }

  private static func text(of value: Google_Protobuf_Value) -> String {
    (try? value.jsonString()) ?? "a value"
  }
}

/// A node that cannot be served, and why.
public struct ProfileFault: Error, CustomStringConvertible, Sendable {
  public let description: String
}
