import Config

extension RouteConfigurationConfig {
  /// - Parameter clusters: the clusters there can be; nil: others may come later.
  init(translating view: MessageView, requiresName: Bool, clusters: KnownNames?) {
    let name = requiresName ? view.required("name") : view.string("name")
    let scope = RouteScope(of: view, clusters: clusters)
    let hosts = view.views("virtual_hosts")
    self.init(
      name: name,
      virtualHosts: hosts.map {
        VirtualHostConfig(translating: $0, scope)
      }, headerMutations: HeaderMutationsConfig(translating: view))
    ignoresPort = view.bool("ignore_port_in_host_matching")
    Self.checkUnique(hosts, virtualHosts)
  }

  /// Names and domains must be unique in a table.
  private static func checkUnique(_ views: [MessageView], _ hosts: [VirtualHostConfig]) {
    var names: Set<String> = []
    var owners: [String: String] = [:]
    for (view, host) in zip(views, hosts) {
      if !host.name.isEmpty && !names.insert(host.name).inserted {
        view.reject("name", "a second virtual host named \"\(host.name)\"")
      }
      for (index, domain) in host.domains.enumerated() {
        guard let owner = owners.updateValue(host.name, forKey: domain.lowercased()) else {
          continue
        }
        view.reject(
          "domains", at: index, "\"\(domain)\" is already a domain of virtual host \"\(owner)\"")
      }
    }
  }
}

/// What a table says that holds for each of its routes.
struct RouteScope {
  let maxBodyBytes: Int
  /// The clusters a route may name; nil: any.
  private let clusters: KnownNames?

  fileprivate init(of table: MessageView, clusters: KnownNames?) {
    let limit = table.wrappedUnsigned("max_direct_response_body_size_bytes") ?? 4096
    maxBodyBytes = Int(clamping: limit)
    let validates = table.wrappedBool("validate_clusters")
    self.clusters = validates == false ? nil : clusters
    if validates == true && clusters == nil {
      table.ignore("validate_clusters", "ignored: the control plane may send the clusters later")
    }
  }

  func check(_ cluster: String, _ field: String, in view: MessageView) {
    guard let clusters, !cluster.isEmpty, !clusters.contains(cluster) else { return }
    let hint = clusters.nearest(to: cluster).map { "; did you mean \"\($0)\"?" } ?? ""
    view.reject(field, "no cluster is named \"\(cluster)\"\(hint)")
  }
}

extension VirtualHostConfig {
  fileprivate init(translating view: MessageView, _ scope: RouteScope) {
    let name = view.required("name")
    let domains = view.strings("domains")
    if domains.isEmpty { view.reject("domains", "required: one domain or more") }
    for (index, domain) in domains.enumerated() where !HostText.isDomain(domain) {
      let found = "found \(MessageView.quoted(domain))"
      view.reject(
        "domains", at: index, "\(found), accepted: HOST, HOST:PORT, *SUFFIX, PREFIX* or *")
    }
    self.init(
      name: name, domains: domains,
      routes: view.views("routes").compactMap {
        RouteConfig(translating: $0, scope)
      }, headerMutations: HeaderMutationsConfig(translating: view))
  }
}

extension RouteConfig {
  fileprivate init?(translating view: MessageView, _ scope: RouteScope) {
    let name = view.fieldText("name")
    let mutations = HeaderMutationsConfig(translating: view)
    let match = view.view("match").flatMap { RouteMatchConfig(translating: $0) }
    if !view.has("match") { view.reject("match", "required") }
    let action = RouteActionConfig(translating: view, scope)
    guard let match, let action else { return nil }
    self.init(name: name, match: match, action: action, headerMutations: mutations)
  }
}
