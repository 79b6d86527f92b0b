import Config

extension RouteConfigurationConfig {
  /// - Parameter clusters: the clusters there can be; nil: others may come later.
  init(translating view: MessageView, requiresName: Bool, clusters: Set<String>?) {
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
      for domain in host.domains {
        guard let owner = owners.updateValue(host.name, forKey: domain.lowercased()) else {
          continue
        }
        view.reject("domains", "\"\(domain)\" is already a domain of virtual host \"\(owner)\"")
      }
    }
  }
}

/// What a table says that holds for each of its routes.
struct RouteScope {
  let maxBodyBytes: Int
  /// The clusters a route may name; nil: any.
  private let clusters: Set<String>?

  fileprivate init(of table: MessageView, clusters: Set<String>?) {
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
    let nearest = nearestName(to: cluster, among: clusters.sorted())
    let hint = nearest.map { "; did you mean \"\($0)\"?" } ?? ""
    view.reject(field, "no cluster is named \"\(cluster)\"\(hint)")
  }
}

extension VirtualHostConfig {
  fileprivate init(translating view: MessageView, _ scope: RouteScope) {
    let name = view.required("name")
    let domains = view.strings("domains")
    if domains.isEmpty { view.reject("domains", "required: one domain or more") }
    for domain in domains where !Self.isDomain(domain) {
      let accepted = "accepted: a host, *SUFFIX, PREFIX* or *"
      view.reject("domains", "found \"\(domain)\", \(accepted)")
    }
    self.init(
      name: name, domains: domains,
      routes: view.views("routes").compactMap {
        RouteConfig(translating: $0, scope)
      }, headerMutations: HeaderMutationsConfig(translating: view))
  }

  /// At most one wildcard, at either end.
  private static func isDomain(_ domain: String) -> Bool {
    guard !domain.isEmpty else { return false }
    let stars = domain.utf8.count { $0 == UInt8(ascii: "*") }
    return stars == 0 || stars == 1 && (domain.hasPrefix("*") || domain.hasSuffix("*"))
  }
}

extension RouteConfig {
  fileprivate init?(translating view: MessageView, _ scope: RouteScope) {
    let name = view.string("name")
    let mutations = HeaderMutationsConfig(translating: view)
    let match = view.view("match").flatMap { RouteMatchConfig(translating: $0) }
    if !view.has("match") { view.reject("match", "required") }
    let action = RouteActionConfig(translating: view, scope)
    guard let match, let action else { return nil }
    self.init(name: name, match: match, action: action, headerMutations: mutations)
  }
}

extension HeaderMutationsConfig {
  /// Reads the four `*_headers_to_*` fields, which have the same names at each level.
  init(translating view: MessageView) {
    self.init()
    requestAdd = Self.additions(in: view, "request_headers_to_add")
    responseAdd = Self.additions(in: view, "response_headers_to_add")
    requestRemove = Self.removals(in: view, "request_headers_to_remove")
    responseRemove = Self.removals(in: view, "response_headers_to_remove")
  }

  private static func removals(in view: MessageView, _ name: String) -> [String] {
    let names = view.strings(name).map { $0.lowercased() }
    for header in names where header.isEmpty || header.hasPrefix(":") || header == "host" {
      view.reject(name, "found \"\(header)\"; pseudo-headers and host cannot be removed")
    }
    return names
  }

  private static func additions(in view: MessageView, _ name: String) -> [HeaderValueConfig] {
    view.views(name).compactMap { option in
      guard let header = option.view("header") else {
        option.reject("header", "required")
        return nil
      }
      let action = appendAction(of: option)
      let key = header.required("key").lowercased()
      if key.hasPrefix(":") || key == "host" {
        header.reject("key", "found \"\(key)\"; pseudo-headers and host cannot be added")
      } else if !key.isEmpty && !HeaderText.isName(key) {
        header.reject("key", "found \"\(key)\", accepted: a header name")
      }
      let value = Self.value(of: header)
      let keepsEmpty = option.bool("keep_empty_value")
      if value.isEmpty && !keepsEmpty { return nil }
      return HeaderValueConfig(name: key, value: value, appendAction: action)
    }
  }

  private static func value(of header: MessageView) -> String {
    var value = header.string("value")
    if let raw = header.bytesIfSet("raw_value"), !raw.isEmpty {
      value = String(validating: raw, as: UTF8.self) ?? ""
      if value.isEmpty { header.reject("raw_value", "accepted: UTF-8") }
    }
    if !HeaderText.isValue(value) {
      header.reject("value", "accepted: text without CR, LF and NUL")
    }
    return value
  }

  private static func appendAction(of option: MessageView) -> HeaderValueConfig.AppendAction {
    let action = option.enumerationName("append_action")
    if let append = option.wrappedBool("append") {
      guard action == "APPEND_IF_EXISTS_OR_ADD" else {
        option.reject("append", "append and append_action exclude one another; use append_action")
        return .appendIfExistsOrAdd
      }
      return append ? .appendIfExistsOrAdd : .overwriteIfExistsOrAdd
    }
    switch action {
    case "ADD_IF_ABSENT": return .addIfAbsent
    case "OVERWRITE_IF_EXISTS_OR_ADD": return .overwriteIfExistsOrAdd
    case "OVERWRITE_IF_EXISTS": return .overwriteIfExists
    default: return .appendIfExistsOrAdd
    }
  }
}

/// What may stand in a header. Source: RFC 9110, sections 5.1 and 5.5.
enum HeaderText {
  static func isName(_ name: String) -> Bool {
    let text = name.hasPrefix(":") ? name.dropFirst() : name[...]
    return !text.isEmpty && text.utf8.allSatisfy { isTokenByte($0) }
  }

  static func isValue(_ value: String) -> Bool {
    value.utf8.allSatisfy { $0 != 0 && $0 != 0x0A && $0 != 0x0D }
  }

  private static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }
}
