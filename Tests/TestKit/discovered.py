"""Resources as a control plane sends them, in the official messages, and what came of them."""

import json

from envoy.config.cluster.v3.cluster_pb2 import Cluster
from envoy.config.endpoint.v3.endpoint_pb2 import ClusterLoadAssignment
from envoy.config.listener.v3.listener_pb2 import Listener
from envoy.config.route.v3.route_pb2 import RouteConfiguration

# Named by `@type` in what the tests push.
from envoy.extensions.filters.http.router.v3 import router_pb2  # noqa: F401
from envoy.extensions.filters.network.http_connection_manager.v3 import (
    http_connection_manager_pb2,  # noqa: F401
)
from envoy.extensions.filters.network.tcp_proxy.v3 import tcp_proxy_pb2  # noqa: F401
from google.protobuf import json_format
from martlet import http_listener, tcp_listener

ADS = {"ads": {}, "resource_api_version": "V3"}


def message(kind, value: dict):
    return json_format.Parse(json.dumps(value), kind())


def discovered_cluster(name: str, **more):
    config = {"name": name, "type": "EDS", "eds_cluster_config": {"eds_config": ADS}, **more}
    return message(Cluster, config)


def endpoints(name: str, *ports: int):
    addresses = [{"address": "127.0.0.1", "port_value": port} for port in ports]
    members = [{"endpoint": {"address": {"socket_address": each}}} for each in addresses]
    return message(
        ClusterLoadAssignment, {"cluster_name": name, "endpoints": [{"lb_endpoints": members}]}
    )


def discovered_listener(port: int, name: str = "in", table: str = "routes", **manager):
    """An HTTP listener whose routes are the table of that name."""
    rds = {"route_config_name": table, "config_source": ADS}
    config = http_listener(port, [], name=name, rds=rds, route_config=None, **manager)
    del config["filter_chains"][0]["filters"][0]["typed_config"]["route_config"]
    return message(Listener, config)


def own_listener(port: int, entries: list, name: str = "in", **manager):
    """An HTTP listener with its own routes."""
    return message(Listener, http_listener(port, entries, name=name, **manager))


def relaying_listener(port: int, name: str = "tcp", **proxy):
    return message(Listener, tcp_listener(port, name=name, **proxy))


def routes(*entries: dict, name: str = "routes"):
    hosts = [{"name": "all", "domains": ["*"], "routes": list(entries)}]
    return message(RouteConfiguration, {"name": name, "virtual_hosts": hosts})


def split(**weights: int) -> dict:
    clusters = [{"name": name, "weight": weight} for name, weight in weights.items()]
    return {"match": {"prefix": "/"}, "route": {"weighted_clusters": {"clusters": clusters}}}
