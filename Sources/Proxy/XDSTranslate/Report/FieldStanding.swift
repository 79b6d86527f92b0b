/// Whether a field that we do not implement may be ignored. Fields that narrow a match, guard access,
/// secure a connection or choose where traffic goes may not.
enum FieldStanding {
  static func mayBeIgnored(_ field: String, in message: String) -> Bool {
    !strictMessages.contains(message) && strictFields[message]?.contains(field) != true
  }

  /// Messages whose every field is a condition.
  private static let strictMessages: Set<String> = [
    "envoy.config.listener.v3.FilterChainMatch",
    "envoy.config.route.v3.RouteMatch",
    "envoy.config.route.v3.HeaderMatcher",
    "envoy.config.route.v3.QueryParameterMatcher",
    "envoy.type.matcher.v3.StringMatcher",
    "envoy.config.core.v3.Address",
    "envoy.config.core.v3.DataSource",
    "envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext",
    "envoy.extensions.transport_sockets.tls.v3.CommonTlsContext",
    "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
    "envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher",
    "envoy.extensions.transport_sockets.tls.v3.TlsCertificate",
    "envoy.extensions.transport_sockets.tls.v3.TlsParameters",
    "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
  ]

  private static let strictFields: [String: Set<String>] = [
    "envoy.config.bootstrap.v3.Admin": ["allow_paths"],
    "envoy.config.core.v3.HttpService": ["request_headers_to_add"],
    "envoy.config.listener.v3.Listener": [
      "additional_addresses", "api_listener", "filter_chain_matcher",
      "internal_listener", "listener_filters", "transparent", "udp_listener_config",
      "use_original_dst",
    ],
    "envoy.config.listener.v3.FilterChain": ["use_proxy_proto"],
    "envoy.config.core.v3.SocketAddress": ["named_port", "network_namespace_filepath"],
    "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager": [
      "early_header_mutation_extensions",
      "original_ip_detection_extensions", "scheme_header_transformation",
      "strip_matching_host_port", "strip_trailing_host_dot", "typed_header_validation_config",
    ],
    "envoy.extensions.filters.http.router.v3.Router": [
      "strict_check_headers", "upstream_http_filters",
    ],
    "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy": [
      "hash_policy", "on_demand", "tunneling_config",
    ],
    "envoy.config.route.v3.RouteConfiguration": [
      "ignore_path_parameters_in_path_matching", "internal_only_headers",
      "most_specific_header_mutations_wins", "vhds", "vhost_header",
    ],
    "envoy.config.route.v3.VirtualHost": ["matcher", "require_tls"],
    "envoy.config.route.v3.RouteAction": [
      "host_rewrite", "host_rewrite_path_regex", "path_rewrite", "path_rewrite_policy",
    ],
    "envoy.config.route.v3.RouteAction.UpgradeConfig.ConnectConfig": ["proxy_protocol_config"],
    "envoy.config.route.v3.RouteAction.HashPolicy.Header": ["regex_rewrite"],
    "envoy.config.core.v3.GrpcService": ["initial_metadata"],
    "envoy.config.route.v3.WeightedCluster.ClusterWeight": ["cluster_header"],
    "envoy.config.route.v3.DirectResponseAction": ["body_format"],
    "envoy.config.cluster.v3.Cluster": [
      "connection_pool_per_downstream_connection", "dns_resolution_config", "dns_resolvers",
      "filters", "lb_subset_config",
      "load_balancing_policy", "transport_socket_matches",
      "typed_dns_resolver_config",
      "upstream_bind_config", "upstream_config",
    ],
    "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": [
      "header_validation_config", "http_filters",
    ],
    "envoy.config.endpoint.v3.ClusterLoadAssignment.Policy": ["drop_overloads"],
    "envoy.config.endpoint.v3.LocalityLbEndpoints": [
      "leds_cluster_locality_config", "load_balancer_endpoints",
    ],
  ]
}
