/// How calls of gRPC are counted. Source: `envoy.extensions.filters.http.grpc_stats.v3.FilterConfig`.
public struct GRPCStatsConfig: Equatable, Sendable {
  /// As many methods of a cluster are counted by themselves: clients may ask for any.
  public static let maxMethods = 256

  /// Which methods are counted by themselves; all others of a cluster are counted together.
  /// Source: `per_method_stat_specifier`.
  public enum Methods: Equatable, Sendable {
    case none, all
    case listed([GRPCMethodName])
  }

  public var methods = Methods.none
  /// How long endpoints take is measured as well (`enable_upstream_stats`).
  public var measuresTime = false
  /// `_` stands for `.` in the names of services (`replace_dots_in_grpc_service_name`).
  public var replacesDots = false

  public init() {}
}

/// A method of a service, whose name begins with its package.
public struct GRPCMethodName: Hashable, Comparable, Sendable {
  public var service: String
  public var method: String

  public init(service: String, method: String) {
    self.service = service
    self.method = method
  }

  public static func < (a: Self, b: Self) -> Bool {
    (a.service, a.method) < (b.service, b.method)
  }
}
