import Config
import HTTPModel
import Memory

extension Route {
  /// The hash of the request by the route's hash policies; nil when none gave one.
  public func hash(of head: RequestHead, from origin: RequestOrigin) -> UInt64? {
    if forward.hashPolicies.isEmpty { return nil }
    var combined: UInt64?
    for index in forward.hashPolicies.indices {
      let policy = program.hashPolicies[index]
      if let hash = policy.hash(head, origin, program) {
        combined = combined.map { ($0 &<< 1 | $0 &>> 63) ^ hash } ?? hash
      }
      if policy.isTerminal, combined != nil { break }
    }
    return combined
  }

  /// The cluster the request goes to; nil when `cluster_header` names none (response flag NC).
  /// - Parameters:
  ///   - random: 64 random bits of the request.
  ///   - hash: from `hash(of:from:)`.
  ///   - names: asked for by routes with `cluster_header` only.
  public func selectCluster(
    for head: RequestHead, random: UInt64, hash: UInt64?,
    names: @autoclosure () -> ClusterNameIndex? = nil
  ) -> ClusterSelection? {
    switch forward.destination {
    case .none: return nil
    case .cluster(let id, _): return ClusterSelection(cluster: id, weightedIndex: -1)
    case .header(let name):
      guard let index = head.nextIndex(of: name.known, name: text(name.text), from: 0),
        let id = names()?.find(head.value(at: index))
      else { return nil }
      return ClusterSelection(cluster: id, weightedIndex: -1)
    case .weighted(let choice):
      return select(draw(choice, head, random: random, hash: hash), choice)
    }
  }

  /// A number below the total of the weights.
  private func draw(
    _ choice: WeightedChoice, _ head: RequestHead, random: UInt64, hash: UInt64?
  ) -> UInt64 {
    if let header = choice.header,
      let index = head.nextIndex(
        of: header.known, name: text(header.text), from: 0),
      let value = head.value(at: index).decimalValue
    {
      return value % choice.total
    }
    if choice.usesHashPolicy, let hash { return hash % choice.total }
    return random.multipliedFullWidth(by: choice.total).high
  }

  private func select(_ draw: UInt64, _ choice: WeightedChoice) -> ClusterSelection {
    var index = Int(choice.entries.start)
    while program.weightedClusters[index].cumulativeWeight <= draw { index &+= 1 }
    return ClusterSelection(
      cluster: program.weightedClusters[index].cluster, weightedIndex: Int32(index))
  }

  /// Appends the name of the selected cluster.
  func writeClusterName(
    _ selection: ClusterSelection?, _ head: RequestHead, to bytes: ByteBuffer
  ) {
    guard let selection else { return }
    switch forward.destination {
    case .none: break
    case .cluster(_, let name): bytes.append(text(name))
    case .header(let name):
      if let index = head.nextIndex(of: name.known, name: text(name.text), from: 0) {
        bytes.append(head.value(at: index))
      }
    case .weighted:
      bytes.append(text(program.weightedClusters[Int(selection.weightedIndex)].name))
    }
  }
}

extension RouteProgram {
  func weightedEntry(_ selection: ClusterSelection?) -> WeightedClusterEntry? {
    guard let selection, selection.weightedIndex >= 0 else { return nil }
    return weightedClusters[Int(selection.weightedIndex)]
  }
}
