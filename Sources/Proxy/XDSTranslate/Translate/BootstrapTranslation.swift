import Config
import Platform

extension BootstrapConfig {
  init(translating view: MessageView) {
    let ads = Self.ads(of: view)
    let resources = view.view("static_resources")
    let clusters = resources?.views("clusters") ?? []
    let listeners = resources?.views("listeners") ?? []
    self.init(node: NodeConfig(translating: view, isRequired: ads != nil))
    self.ads = ads
    self.clusters = clusters.compactMap { ClusterConfig(translating: $0) }
    let secure = secureClusters
    let tracing = view.view("tracing").flatMap {
      TracingConfig(translatingDefault: $0, secureClusters: secure)
    }
    self.tracing = tracing
    let names = Set(clusters.compactMap { $0.message["name"]?.string })
    let scope = BootstrapScope(
      tracing: tracing, clusters: ads?.subscribesToClusters == true ? nil : KnownNames(names),
      secureClusters: secure)
    self.listeners = listeners.compactMap {
      ListenerConfig(translating: $0, requiresName: false, in: scope)
    }
    if let resolver = view.view("typed_dns_resolver_config") {
      self.resolver = ResolverConfig(translating: resolver) ?? self.resolver
    }
    if let admin = view.view("admin") {
      adminAddress = admin.socketAddress("address", ports: 0...65535)
    }
    Self.checkUnique(clusters)
    Self.checkUnique(listeners)
    Self.checkAddresses(listeners)
    if let ads {
      checkControlPlane(ads, view.view("dynamic_resources")?.view("ads_config"), clusters)
    }
  }

  private func checkControlPlane(
    _ ads: ADSConfig, _ source: MessageView?, _ clusters: [MessageView]
  ) {
    guard clusters.contains(where: { $0.message["name"]?.string == ads.cluster }) else {
      source?.reject("grpc_services", "no static cluster is named \"\(ads.cluster)\"")
      return
    }
    if self.clusters.contains(where: { $0.name == ads.cluster && $0.tls != nil }) {
      source?.reject(
        "grpc_services",
        "cluster \"\(ads.cluster)\" has TLS, which is not implemented towards the "
          + "control plane; accepted: a cluster in plain text")
    }
  }

  private static func checkUnique(_ views: [MessageView]) {
    var names: Set<String> = []
    for view in views {
      let name = view.string("name")
      if !name.isEmpty && !names.insert(name).inserted {
        view.reject("name", "a second \"\(name)\"; names are unique")
      }
    }
  }

  /// Two listeners cannot have one address, unless the kernel is to choose the port.
  private static func checkAddresses(_ views: [MessageView]) {
    var owners: [SocketAddress: String] = [:]
    for view in views {
      guard let socket = view.message["address"]?.message?["socket_address"]?.message,
        case .unsigned(let port)? = socket["port_value"], let port = UInt16(exactly: port),
        port > 0,
        let address = SocketAddress(socket["address"]?.string ?? "", port: port)
      else { continue }
      let name = view.message["name"]?.string ?? ""
      if let owner = owners.updateValue(name, forKey: address) {
        view.reject("address", "listener \"\(owner)\" has \(address) already")
      }
    }
  }

  private static func ads(of view: MessageView) -> ADSConfig? {
    guard let dynamic = view.view("dynamic_resources") else { return nil }
    let takesListeners = dynamic.has("lds_config") && dynamic.requireADS("lds_config")
    let takesClusters = dynamic.has("cds_config") && dynamic.requireADS("cds_config")
    for name in ["lds_config", "cds_config"] {
      if let source = dynamic.view(name), source.has("initial_fetch_timeout") {
        source.ignore("initial_fetch_timeout", "ignored: nothing waits for the first response")
      }
    }
    guard let source = dynamic.view("ads_config") else {
      if takesListeners || takesClusters { dynamic.reject("ads_config", "required") }
      return nil
    }
    guard let (cluster, authority) = controlPlane(of: source) else { return nil }
    return ADSConfig(
      cluster: cluster, authority: authority, subscribesToListeners: takesListeners,
      subscribesToClusters: takesClusters)
  }

  private static func controlPlane(of source: MessageView) -> (cluster: String, authority: String)?
  {
    let type = source.enumerationName("api_type")
    if type != "GRPC" { source.reject("api_type", "found \(type), accepted: GRPC") }
    source.acceptAPIVersion("transport_api_version")
    // The node is always sent in the first request of a stream, and only there.
    source.accept("set_node_on_first_message_only")
    let services = source.views("grpc_services")
    guard services.count == 1, let service = services.first else {
      source.reject("grpc_services", "found \(services.count), accepted: one service")
      return nil
    }
    if service.has("google_grpc") {
      service.reject("google_grpc", "not implemented; accepted: envoy_grpc with cluster_name")
      return nil
    }
    guard let grpc = service.view("envoy_grpc") else {
      service.reject("envoy_grpc", "required, with cluster_name")
      return nil
    }
    let cluster = grpc.required("cluster_name")
    return cluster.isEmpty ? nil : (cluster, grpc.string("authority"))
  }
}

extension NodeConfig {
  /// Reads `node` of a bootstrap. A control plane must know who asks, so `id` is then required.
  init(translating view: MessageView, isRequired: Bool) {
    let node = view.view("node")
    if isRequired && node == nil {
      view.reject("node", "required with ads_config; accepted: id, cluster")
    }
    if isRequired, let node, node.string("id").isEmpty {
      node.reject("id", "required with ads_config")
    }
    let id = node?.string("id") ?? ""
    let cluster = node?.string("cluster") ?? ""
    let locality = LocalityConfig(translating: node?.view("locality"))
    node?.message.isSettled = true
    let message = node?.message ?? Message(Schema.shared.declared(TypeName.node))
    UserAgent.stamp(message)
    self.init(id: id, cluster: cluster, locality: locality, encoded: MessageEncoder.encode(message))
  }
}

/// Who speaks to the control plane. Source: `core.v3.Node.user_agent_name` and
/// `user_agent_build_version`.
enum UserAgent {
  static let name = "martlet"

  static func stamp(_ node: Message) {
    let semantic = Message(Schema.shared.declared(TypeName.semanticVersion))
    semantic["major_number"] = .unsigned(martletVersion.major)
    semantic["minor_number"] = .unsigned(martletVersion.minor)
    semantic["patch"] = .unsigned(martletVersion.patch)
    let build = Message(Schema.shared.declared(TypeName.buildVersion))
    build["version"] = .message(semantic)
    node["user_agent_name"] = .string(name)
    node["user_agent_build_version"] = .message(build)
  }
}

extension ResolverConfig {
  /// Reads `Bootstrap.typed_dns_resolver_config`, a `core.v3.TypedExtensionConfig`.
  init?(translating view: MessageView) {
    guard view.typeName("typed_config") == TypeName.caresResolver else {
      let accepted = "accepted: envoy.network.dns_resolver.cares with resolvers"
      view.reject("resolver \(view.extensionName) is not implemented; \(accepted)")
      return nil
    }
    _ = view.string("name")
    guard let cares = view.opened("typed_config") else { return nil }
    self.init(servers: cares.socketAddresses("resolvers"))
    timeout =
      cares.wrappedCount("query_timeout_seconds", in: 1...60).map { .seconds($0) } ?? timeout
    tries = cares.wrappedCount("query_tries", in: 1...10) ?? tries
  }
}
