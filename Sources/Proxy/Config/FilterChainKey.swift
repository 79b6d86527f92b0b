/// What a filter chain is known by from one version of its listener to the next.
public enum FilterChainKey: Hashable, Sendable {
  case name(String)
  /// Of a chain without a name: no two of a listener match the same.
  case match(FilterChainMatchConfig)
  /// The default one's.
  case fallback
}

extension ListenerConfig {
  /// As in `allFilterChains`.
  public var filterChainKeys: [FilterChainKey] {
    filterChains.map { $0.name.isEmpty ? .match($0.match) : .name($0.name) }
      + (defaultFilterChain == nil ? [] : [.fallback])
  }
}
