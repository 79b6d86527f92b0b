import Config
import HTTPModel

extension RouteCompiler {
  mutating func action(
    _ config: RouteActionConfig, at path: String, _ clusterID: (String) -> ClusterID
  ) -> RouteAction {
    switch config {
    case .forward(let forward):
      return .forward(self.forward(forward, at: "\(path).route", clusterID))
    case .redirect(let redirect):
      return .redirect(self.redirect(redirect, at: "\(path).redirect"))
    case .directResponse(let status, let body): return .directResponse(status: status, body: body)
    }
  }

  private mutating func forward(
    _ config: ForwardConfig, at path: String, _ clusterID: (String) -> ClusterID
  ) -> ForwardAction {
    ForwardAction(
      destination: destination(config.destination, at: path, clusterID),
      hostRewrite: hostRewrite(config.hostRewrite, at: path),
      pathRewrite: pathRewrite(config.pathRewrite, at: path),
      hashPolicies: hashPolicies(config.hashPolicies, at: path),
      timeoutMilliseconds: config.timeout?.wholeMilliseconds,
      idleTimeoutMilliseconds: config.idleTimeout?.wholeMilliseconds,
      clusterNotFoundStatus: config.clusterNotFoundStatus)
  }

  private mutating func destination(
    _ config: ForwardConfig.Destination, at path: String, _ clusterID: (String) -> ClusterID
  ) -> ForwardAction.Destination {
    switch config {
    case .cluster(let name): return .cluster(clusterID(name), name: program.place(name))
    case .clusterHeader(let name):
      return .header(headerName(name, at: "\(path).cluster_header"))
    case .weighted(let clusters):
      return .weighted(weighted(clusters, at: "\(path).weighted_clusters", clusterID))
    }
  }

  private mutating func weighted(
    _ config: WeightedClustersConfig, at path: String, _ clusterID: (String) -> ClusterID
  ) -> WeightedChoice {
    var entries: [WeightedClusterEntry] = []
    var total: UInt64 = 0
    for (index, cluster) in config.clusters.enumerated() {
      let place = "\(path).clusters[\(index)]"
      let mutations = mutations(cluster.headerMutations, at: place)
      total += UInt64(cluster.weight)
      entries.append(
        WeightedClusterEntry(
          cluster: clusterID(cluster.cluster), name: program.place(cluster.cluster),
          cumulativeWeight: total,
          hostRewrite: cluster.hostRewrite.map { hostText($0, at: place) },
          requestMutations: mutations.request, responseMutations: mutations.response))
    }
    if total == 0 {
      reject(path, "the weights add up to 0; accepted: at least one weight above 0")
    }
    let start = program.weightedClusters.count
    program.weightedClusters += entries
    return WeightedChoice(
      entries: .init(start..<program.weightedClusters.count), total: total,
      header: config.selectionHeader.map { headerName($0, at: "\(path).header_name") },
      usesHashPolicy: config.usesHashPolicy)
  }

  private mutating func hashPolicies(
    _ policies: [HashPolicyConfig], at path: String
  ) -> ElementRange {
    let start = program.hashPolicies.count
    for (index, policy) in policies.enumerated() {
      let input: HashPolicy.Input
      switch policy.input {
      case .header(let name):
        let place = "\(path).hash_policy[\(index)].header.header_name"
        input = .header(headerName(name, at: place))
      case .cookie(let name): input = .cookie(program.place(name))
      case .sourceIP: input = .sourceIP
      case .queryParameter(let name): input = .queryParameter(program.place(name))
      }
      program.hashPolicies.append(HashPolicy(input: input, isTerminal: policy.terminal))
    }
    return .init(start..<program.hashPolicies.count)
  }

  // MARK: rewrites

  private mutating func hostRewrite(
    _ config: ForwardConfig.HostRewrite, at path: String
  ) -> ForwardAction.HostRewrite {
    switch config {
    case .none: .none
    case .literal(let host): .literal(hostText(host, at: path))
    case .header(let name): .header(headerName(name, at: "\(path).host_rewrite_header"))
    case .auto: .endpointName
    }
  }

  private mutating func hostText(_ host: String, at path: String) -> ByteRange {
    let place = "\(path).host_rewrite_literal"
    if host.isEmpty || !host.isVisibleASCII {
      reject(place, "\"\(host)\" is no authority; accepted: host or host:port")
    }
    return program.place(host)
  }

  private mutating func pathRewrite(
    _ config: ForwardConfig.PathRewrite, at path: String
  ) -> ForwardAction.PathRewrite {
    switch config {
    case .none: .none
    case .prefix(let prefix): .prefix(pathText(prefix, at: "\(path).prefix_rewrite"))
    case .regex(let pattern, let substitution):
      .regex(rewrite(pattern, substitution, at: "\(path).regex_rewrite"))
    }
  }

  private mutating func pathText(_ text: String, at path: String) -> ByteRange {
    if !text.isVisibleASCII {
      reject(path, "\"\(text)\" holds a byte no path may hold; accepted: visible ASCII")
    }
    return program.place(text)
  }

  private mutating func redirect(_ config: RedirectConfig, at path: String) -> RedirectAction {
    if ![301, 302, 303, 307, 308].contains(config.status) {
      reject(
        "\(path).response_code",
        "\(config.status) is no redirect; accepted: 301, 302, 303, 307, 308")
    }
    let change: RedirectAction.PathChange
    switch config.path {
    case .none: change = .none
    case .replace(let text):
      change = .replace(
        pathText(text, at: "\(path).path_redirect"), hasQuery: text.utf8.contains(0x3F))
    case .prefix(let text): change = .prefix(pathText(text, at: "\(path).prefix_rewrite"))
    case .regex(let pattern, let substitution):
      change = .regex(rewrite(pattern, substitution, at: "\(path).regex_rewrite"))
    }
    return RedirectAction(
      isSecure: config.scheme.map { $0.asciiLowercased == "https" },
      scheme: config.scheme.map { pathText($0, at: "\(path).scheme_redirect") },
      host: config.host.map { pathText($0, at: "\(path).host_redirect") },
      port: config.port, path: change, status: config.status, stripsQuery: config.stripQuery)
  }

  private mutating func rewrite(
    _ pattern: String, _ substitution: String, at path: String
  ) -> RegexRewrite {
    let before = findings.count
    let index = regex(pattern, extent: .anyPart, at: "\(path).pattern.regex")
    let groups = findings.count == before ? program.regexes[index].groupCount : 9
    return RegexRewrite(
      regex: index,
      substitution: self.substitution(substitution, groups, at: "\(path).substitution"))
  }

  private mutating func substitution(
    _ text: String, _ groupCount: Int, at path: String
  ) -> ElementRange {
    let start = program.substitutions.count
    var literal = ""
    var characters = text.makeIterator()
    while let character = characters.next() {
      guard character == "\\" else {
        literal.append(character)
        continue
      }
      guard let next = characters.next(), next == "\\" || next.isASCIIDigit else {
        reject(path, "\"\(text)\" holds a stray backslash; accepted: \\0 to \\9 and \\\\")
        break
      }
      guard let group = next.wholeNumberValue else {
        literal.append("\\")
        continue
      }
      if group > groupCount {
        reject(path, "\\\(group) names no group; the pattern has \(groupCount)")
      }
      if !literal.isEmpty { program.substitutions.append(.literal(pathText(literal, at: path))) }
      literal = ""
      program.substitutions.append(.group(group))
    }
    if !literal.isEmpty { program.substitutions.append(.literal(pathText(literal, at: path))) }
    return .init(start..<program.substitutions.count)
  }

  mutating func headerName(_ name: String, at path: String) -> FieldName {
    if !name.isHeaderName { reject(path, "\"\(name)\" is no header name; accepted: a token") }
    return program.fieldName(name)
  }
}

extension Character {
  fileprivate var isASCIIDigit: Bool { ("0"..."9").contains(self) }
}

extension String {
  /// No control byte, space or byte outside ASCII.
  fileprivate var isVisibleASCII: Bool { utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } }
}

extension Duration {
  /// In whole milliseconds, rounded up; 0 for a negative one.
  fileprivate var wholeMilliseconds: UInt64 {
    let (seconds, attoseconds) = components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    let rest = UInt64(attoseconds) / 1_000_000_000_000_000
    let partial: UInt64 = attoseconds % 1_000_000_000_000_000 == 0 ? 0 : 1
    return UInt64(seconds) * 1000 + rest + partial
  }
}
