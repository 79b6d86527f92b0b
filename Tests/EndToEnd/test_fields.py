"""What docs/config says of a field is what becomes of it."""

import re

import pytest
import yaml
from config_pages import nouns, words
from field_probes import NOT_DECLARED, Place, judge
from martlet import (
    HTTP_OPTIONS,
    STDOUT_LOG,
    cluster,
    dns_resolver,
    http_listener,
    over_ads,
    tcp_listener,
)
from process import ROOT

PAGES = {noun.name: noun.page for noun in nouns(ROOT)}
TYPES = "type.googleapis.com/envoy"
TRACING = f"""
provider:
  name: envoy.tracers.opentelemetry
  typed_config:
    "@type": {TYPES}.config.trace.v3.OpenTelemetryConfig
    http_service: {{ http_uri: {{ uri: "http://a/v1/traces", cluster: app, timeout: 1s }} }}
"""
FILE_LOG = f"""
name: envoy.access_loggers.file
typed_config:
  "@type": {TYPES}.extensions.access_loggers.file.v3.FileAccessLog
  path: /dev/stdout
"""
ROUTES = """
- match: { prefix: /a, headers: [{ name: x }], query_parameters: [{ name: q }] }
  route: { cluster: app }
  request_headers_to_add: [{ header: { key: a, value: b } }]
- { match: { prefix: /b }, redirect: {} }
- { match: { prefix: /c }, direct_response: { status: 200 } }
- match: { prefix: /d }
  route:
    hash_policy: [{ cookie: { name: c } }]
    weighted_clusters: { clusters: [{ name: app, weight: 1 }], use_hash_policy: true }
    upgrade_configs: [{ upgrade_type: CONNECT, connect_config: {} }]
"""
LOGS = [yaml.safe_load(FILE_LOG), STDOUT_LOG]
OPTIONS = {"@type": f"type.googleapis.com/{HTTP_OPTIONS}"}
RESOURCES = {
    "http": http_listener(
        20000,
        ROUTES,
        tracing=yaml.safe_load(TRACING),
        access_log=LOGS,
        use_remote_address=True,
        upgrade_configs=[{"upgrade_type": "websocket"}],
    ),
    "tcp": tcp_listener(20000, cluster="app"),
    "cluster": cluster(
        "probe",
        9000,
        type="STRICT_DNS",
        lb_policy="LEAST_REQUEST",
        typed_extension_protocol_options={HTTP_OPTIONS: OPTIONS},
    ),
    "static": cluster("probe", 9000),
    "eds": {"name": "probe", "type": "EDS", "eds_cluster_config": {"eds_config": {"ads": {}}}},
}
FILTER = "filter_chains 0 filters 0 typed_config"
HOST = f"{FILTER} route_config virtual_hosts 0"
ROUTE = f"{HOST} routes 0"
SPLIT = f"{HOST} routes 3 route"
ENDPOINTS = "load_assignment endpoints 0"
ADS = "dynamic_resources ads_config"
MANAGERS = "extensions.filters.network.http_connection_manager.v3"
MANAGER = f"{MANAGERS}.HttpConnectionManager"

# Message, resource, where it stands there, pages that tell of its fields.
PLACES = f"""
config.bootstrap.v3.Bootstrap | | | bootstrap
config.bootstrap.v3.Bootstrap.DynamicResources | | dynamic_resources | discovery
config.bootstrap.v3.Admin | | admin | admin
extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig | |
  typed_dns_resolver_config typed_config | bootstrap
config.core.v3.ApiConfigSource | | {ADS} | discovery
config.core.v3.GrpcService | | {ADS} grpc_services 0 | discovery
config.core.v3.GrpcService.EnvoyGrpc | | {ADS} grpc_services 0 envoy_grpc | discovery
config.core.v3.ConfigSource | | dynamic_resources lds_config | discovery
config.listener.v3.Listener | tcp | | listener
config.listener.v3.FilterChain | tcp | filter_chains 0 | listener
config.core.v3.SocketAddress | tcp | address socket_address | listener
extensions.filters.network.tcp_proxy.v3.TcpProxy | tcp | {FILTER} | tcp_proxy
{MANAGER} | http | {FILTER} | http_connection_manager
config.core.v3.HttpProtocolOptions | http | {FILTER} common_http_protocol_options |
  http_connection_manager
config.core.v3.Http1ProtocolOptions | http | {FILTER} http_protocol_options |
  http_connection_manager
extensions.filters.http.router.v3.Router | http | {FILTER} http_filters 0 typed_config |
  http_connection_manager
{MANAGERS}.HttpFilter | http | {FILTER} http_filters 0 | http_connection_manager
{MANAGER}.UpgradeConfig | http | {FILTER} upgrade_configs 0 | http_connection_manager
{MANAGER}.Tracing | http | {FILTER} tracing | tracing
config.trace.v3.OpenTelemetryConfig | http | {FILTER} tracing provider typed_config | tracing
config.core.v3.HttpService | http | {FILTER} tracing provider typed_config http_service | tracing
config.accesslog.v3.AccessLog | http | {FILTER} access_log 0 | access_log
extensions.access_loggers.file.v3.FileAccessLog | http | {FILTER} access_log 0 typed_config |
  access_log
config.core.v3.SubstitutionFormatString | http |
  {FILTER} access_log 1 typed_config log_format | access_log
config.route.v3.RouteConfiguration | http | {FILTER} route_config | route
config.route.v3.VirtualHost | http | {HOST} | route
config.route.v3.Route | http | {ROUTE} | route
config.route.v3.RouteMatch | http | {ROUTE} match | route
config.route.v3.RouteAction | http | {ROUTE} route | route
config.route.v3.RedirectAction | http | {HOST} routes 1 redirect | route
config.route.v3.DirectResponseAction | http | {HOST} routes 2 direct_response | route
config.route.v3.WeightedCluster | http | {SPLIT} weighted_clusters | route
config.route.v3.WeightedCluster.ClusterWeight | http | {SPLIT} weighted_clusters clusters 0 | route
config.route.v3.HeaderMatcher | http | {ROUTE} match headers 0 | route
config.route.v3.QueryParameterMatcher | http | {ROUTE} match query_parameters 0 | route
config.route.v3.RouteAction.HashPolicy | http | {SPLIT} hash_policy 0 | route
config.route.v3.RouteAction.HashPolicy.Cookie | http | {SPLIT} hash_policy 0 cookie | route
config.route.v3.RouteAction.UpgradeConfig | http | {SPLIT} upgrade_configs 0 | route
config.route.v3.RouteAction.UpgradeConfig.ConnectConfig | http |
  {SPLIT} upgrade_configs 0 connect_config | route
config.core.v3.HeaderValueOption | http | {ROUTE} request_headers_to_add 0 | route
config.cluster.v3.Cluster | cluster | | cluster load_balancing
config.cluster.v3.Cluster.LeastRequestLbConfig | cluster | least_request_lb_config | load_balancing
config.cluster.v3.Cluster.CommonLbConfig | cluster | common_lb_config | load_balancing
config.cluster.v3.CircuitBreakers | cluster | circuit_breakers | cluster
config.core.v3.HttpProtocolOptions | cluster | common_http_protocol_options | cluster
config.core.v3.Http1ProtocolOptions | cluster | http_protocol_options | cluster
extensions.upstreams.http.v3.HttpProtocolOptions | cluster |
  typed_extension_protocol_options {HTTP_OPTIONS} | cluster
config.cluster.v3.Cluster.EdsClusterConfig | eds | eds_cluster_config | cluster
config.endpoint.v3.ClusterLoadAssignment | static | load_assignment | endpoint
config.endpoint.v3.ClusterLoadAssignment.Policy | static | load_assignment policy | endpoint
config.endpoint.v3.LocalityLbEndpoints | static | {ENDPOINTS} | endpoint
config.endpoint.v3.LbEndpoint | static | {ENDPOINTS} lb_endpoints 0 | endpoint
config.endpoint.v3.Endpoint | static | {ENDPOINTS} lb_endpoints 0 endpoint | endpoint
"""
ROWS = [
    [cell.strip() for cell in row.split("|")]
    for row in PLACES.strip().replace("|\n  ", "| ").splitlines()
]


def told(pages: list[str]) -> tuple[set[str], list[tuple[set[str], str]]]:
    """The names the pages say are applied, and the rows of what is ignored or rejected."""
    applied, refused = set(), []
    for page in pages:
        sections = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGES[page], re.M | re.S))
        for code in re.findall(r"`([^`\n]+)`", sections["Fields applied"]):
            applied |= words(code)
        for fields, standing in re.findall(
            r"^\| (.+?) \| ([^|]+) \|$", sections["Fields ignored or rejected"], re.M
        ):
            refused.append((words(" ".join(re.findall(r"`([^`]+)`", fields))), standing))
    return applied, refused


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0].rpartition('.')[2]}-{row[3]}")
def test_a_field_becomes_what_its_page_says(row, tmp_path):
    message, resource, path, pages = row
    steps = tuple(int(step) if step.isdigit() else step for step in path.split())
    kind = {"": "", "http": "listeners", "tcp": "listeners"}.get(resource, "clusters")
    bootstrap = over_ads(18000)
    bootstrap["admin"] = {"address": {"socket_address": {"address": "127.0.0.1", "port_value": 1}}}
    bootstrap["typed_dns_resolver_config"] = dns_resolver(53)
    bootstrap["static_resources"]["clusters"].append(cluster("app", 9000))
    bootstrap["static_resources"]["listeners"] = []
    place = Place(f"envoy.{message}", kind, steps)
    applied, refused = told(pages.split())
    wrong = []
    for verdict in judge(place, bootstrap, RESOURCES.get(resource, {}), tmp_path):
        if verdict.text == NOT_DECLARED:
            continue
        listed = [standing for names, standing in refused if verdict.field in names]
        is_told = any(verdict.standing in standing for standing in listed)
        # A value that is not accepted says nothing of the field.
        if verdict.standing != "ignored" and verdict.field in applied:
            is_told = True
        if not is_told:
            wrong.append(f"{verdict.field} is {verdict.standing} ({verdict.text})")
    assert not wrong, f"docs/config/{pages}.md does not say so:\n" + "\n".join(wrong)
