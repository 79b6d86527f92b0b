import Config
import HTTPModel
import Platform

extension RouteCompiler {
  mutating func answer(_ config: RouteActionConfig) -> RouteAnswer? {
    switch config {
    case .forward: nil
    case .redirect(let redirect): .redirect(self.redirect(redirect))
    case .directResponse(let status, let body): .directResponse(status: status, body: body)
    }
  }

  mutating func forward(_ config: RouteActionConfig) -> ForwardAction {
    guard case .forward(let config) = config else { return ForwardAction() }
    return ForwardAction(
      destination: destination(config.destination), hostRewrite: hostRewrite(config.hostRewrite),
      pathRewrite: pathRewrite(config.pathRewrite),
      hashPolicies: hashPolicies(config.hashPolicies),
      timeoutMilliseconds: config.timeout?.wholeMilliseconds,
      maxStreamMilliseconds: config.maxStreamDuration?.wholeMilliseconds,
      maxGRPCTimeoutMilliseconds: config.maxGRPCTimeout?.wholeMilliseconds,
      grpcTimeoutOffsetMilliseconds: config.grpcTimeoutOffset.wholeMilliseconds,
      boundsCallsByGRPCTimeout: config.boundsCallsByGRPCTimeout,
      idleTimeoutMilliseconds: config.idleTimeout?.wholeMilliseconds,
      clusterNotFoundStatus: config.clusterNotFoundStatus)
  }

  func upgrades(_ config: RouteActionConfig) -> UpgradePolicy {
    if case .forward(let forward) = config { return UpgradePolicy(forward.upgrades) }
    return UpgradePolicy([])
  }

  private mutating func destination(_ config: ForwardConfig.Destination)
    -> ForwardAction.Destination
  {
    switch config {
    case .cluster(let name): .cluster(clusterIDs[name]!, name: program.place(name))
    case .clusterHeader(let name): .header(program.fieldName(name))
    case .weighted(let clusters): .weighted(weighted(clusters))
    }
  }

  private mutating func weighted(_ config: WeightedClustersConfig) -> WeightedChoice {
    var entries: [WeightedClusterEntry] = []
    var total: UInt64 = 0
    for cluster in config.clusters {
      let mutations = mutations(cluster.headerMutations)
      total += UInt64(cluster.weight)
      entries.append(
        WeightedClusterEntry(
          cluster: clusterIDs[cluster.cluster]!, name: program.place(cluster.cluster),
          cumulativeWeight: total, hostRewrite: cluster.hostRewrite.map { program.place($0) },
          requestMutations: mutations.request, responseMutations: mutations.response))
    }
    let start = program.weightedClusters.count
    program.weightedClusters += entries
    return WeightedChoice(
      entries: .init(start..<program.weightedClusters.count), total: total,
      header: config.selectionHeader.map { program.fieldName($0) },
      usesHashPolicy: config.usesHashPolicy)
  }

  private mutating func hashPolicies(_ policies: [HashPolicyConfig]) -> ElementRange {
    let start = program.hashPolicies.count
    for policy in policies {
      let input: HashPolicy.Input =
        switch policy.input {
        case .header(let name): .header(program.fieldName(name))
        case .cookie(let name): .cookie(program.place(name))
        case .sourceIP: .sourceIP
        case .queryParameter(let name): .queryParameter(program.place(name))
        }
      program.hashPolicies.append(HashPolicy(input: input, isTerminal: policy.terminal))
    }
    return .init(start..<program.hashPolicies.count)
  }

  // MARK: rewrites

  private mutating func hostRewrite(_ config: ForwardConfig.HostRewrite)
    -> ForwardAction.HostRewrite
  {
    switch config {
    case .none: .none
    case .literal(let host): .literal(program.place(host))
    case .header(let name): .header(program.fieldName(name))
    case .auto: .endpointName
    }
  }

  private mutating func pathRewrite(_ config: ForwardConfig.PathRewrite)
    -> ForwardAction.PathRewrite
  {
    switch config {
    case .none: .none
    case .prefix(let prefix): .prefix(program.place(prefix))
    case .regex(let rewrite): .regex(self.rewrite(rewrite))
    }
  }

  private mutating func redirect(_ config: RedirectConfig) -> RedirectAction {
    RedirectAction(
      isSecure: config.scheme.map { $0.asciiLowercased == "https" },
      scheme: config.scheme.map { program.place($0) }, host: config.host.map { program.place($0) },
      port: config.port, path: pathChange(config.path), status: config.status,
      stripsQuery: config.stripQuery)
  }

  private mutating func pathChange(_ config: RedirectConfig.PathChange)
    -> RedirectAction.PathChange
  {
    switch config {
    case .none: .none
    case .replace(let text): .replace(program.place(text), hasQuery: text.utf8.contains(0x3F))
    case .prefix(let text): .prefix(program.place(text))
    case .regex(let rewrite): .regex(self.rewrite(rewrite))
    }
  }

  private mutating func rewrite(_ config: RegexRewriteConfig) -> RegexRewrite {
    let start = program.substitutions.count
    for piece in config.substitution {
      switch piece {
      case .text(let text): program.substitutions.append(.literal(program.place(text)))
      case .group(let group): program.substitutions.append(.group(group))
      }
    }
    return RegexRewrite(
      regex: program.add(config.pattern),
      substitution: .init(start..<program.substitutions.count))
  }
}
