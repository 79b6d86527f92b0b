import Config

/// What became of a resource: its typed form, or nil when a finding rejects it.
public struct Translated<T: Sendable>: Sendable {
  public var value: T?
  /// Rejections first, then what is ignored.
  public var findings: [ConfigFinding]

  public init(value: T?, findings: [ConfigFinding]) {
    self.value = value
    self.findings = findings
  }

  public var isRejected: Bool { value == nil }

  /// What a NACK says: every rejection on a line of its own.
  public var rejections: [ConfigFinding] { findings.filter { $0.standing == .rejected } }
}

/// Translates a `config.listener.v3.Listener` from its wire form.
/// - Parameters:
///   - tracing: where spans go by default, as the bootstrap says.
///   - secureClusters: those of the bootstrap that are spoken to over TLS.
public func translateListener(
  _ bytes: [UInt8], tracing: TracingConfig? = nil, secureClusters: Set<String> = []
) -> Translated<ListenerConfig> {
  translate(bytes, .listener) {
    ListenerConfig(
      translating: $0, requiresName: true,
      in: BootstrapScope(tracing: tracing, clusters: nil, secureClusters: secureClusters))
  }
}

/// Translates a `config.cluster.v3.Cluster` from its wire form.
public func translateCluster(_ bytes: [UInt8]) -> Translated<ClusterConfig> {
  translate(bytes, .cluster) { ClusterConfig(translating: $0) }
}

/// Translates a `config.endpoint.v3.ClusterLoadAssignment` from its wire form.
public func translateEndpoints(_ bytes: [UInt8]) -> Translated<EndpointSet> {
  translate(bytes, .clusterLoadAssignment) { view in
    _ = view.required("cluster_name")
    return EndpointSet(translating: view, clusterName: "")
  }
}

/// Translates a `config.route.v3.RouteConfiguration` from its wire form.
public func translateRoutes(_ bytes: [UInt8]) -> Translated<RouteConfigurationConfig> {
  translate(bytes, .routeConfiguration) {
    RouteConfigurationConfig(translating: $0, requiresName: true, clusters: nil)
  }
}

private func translate<T>(
  _ bytes: [UInt8], _ type: ResourceType, _ read: (MessageView) -> T?
) -> Translated<T> {
  let report = Report()
  let name = type.resourceName(in: bytes) ?? ""
  let path = FieldPath.resource(type.pathRoot, name)
  let message: Message
  do throws(WireFault) {
    message = try MessageDecoder.decode(
      bytes, as: Schema.shared.declared(type.messageName))
  } catch {
    report.reject(path, "not a \(type.messageName): \(error.description)", nil)
    return Translated(value: nil, findings: report.findings)
  }
  let view = MessageView(message, path, report)
  let value = read(view)
  IgnoredFields.report(in: view)
  return Translated(value: report.isRejected ? nil : value, findings: report.sorted)
}
