import Config
import GRPC
import HTTPModel
import Telemetry

/// Which calls of gRPC are counted how, made ready when the configuration arrives.
final class GRPCStatsRules {
  let config: GRPCStatsConfig
  /// The paths of methods that are counted by themselves; nil: any may be.
  let listed: GRPCMethodIndex?

  init(_ config: GRPCStatsConfig) {
    self.config = config
    switch config.methods {
    case .all: listed = nil
    case .none: listed = GRPCMethodIndex(maxCount: 0)
    case .listed(let names):
      var index = GRPCMethodIndex(maxCount: names.count)
      for name in Set(names) { _ = index.insert(Array("/\(name.service)/\(name.method)".utf8)) }
      listed = index
    }
  }
}

/// The methods of one cluster that this worker counts by themselves. It finds them as they are called, as
/// many as a cluster may have; all others are counted together. Owning worker only.
struct GRPCCallTable {
  private let cluster: ClusterStats
  /// By whether services' names are written without dots.
  private var found = [Found(), Found()]
  private var others: GRPCCallStats?

  private struct Found {
    var index = GRPCMethodIndex(maxCount: GRPCStatsConfig.maxMethods)
    var stats: [GRPCCallStats] = []
  }

  init(_ cluster: ClusterStats) { self.cluster = cluster }

  /// Where calls of that path are counted.
  mutating func stats(of path: borrowing Span<UInt8>, _ rules: GRPCStatsRules) -> GRPCCallStats {
    if let listed = rules.listed, listed.number(of: path) == nil { return anyOther() }
    let kind = rules.config.replacesDots ? 1 : 0
    if let number = found[kind].index.number(of: path) { return found[kind].stats[number] }
    guard !found[kind].index.isFull, let names = GRPCMethodPath(path) else { return anyOther() }
    let bytes = path.indices.map { path[$0] }
    var service = bytes[names.service]
    if rules.config.replacesDots {
      for index in service.indices where service[index] == UInt8(ascii: ".") {
        service[index] = UInt8(ascii: "_")
      }
    }
    let new = GRPCCallStats(
      service: String(decoding: service, as: UTF8.self),
      method: String(decoding: bytes[names.method], as: UTF8.self))
    _ = found[kind].index.insert(bytes)
    found[kind].stats.append(new)
    cluster.add(new)
    return new
  }

  private mutating func anyOther() -> GRPCCallStats {
    if let others { return others }
    let new = GRPCCallStats()
    others = new
    cluster.add(new)
    return new
  }
}
