"""What the status tells of resources that a proxy refused, and that were then taken away."""

import json

import pytest
from control_plane import ControlPlane
from martlet import over_ads
from polling import eventually
from upstreams import free_port

TYPES = "type.googleapis.com/envoy."
HTTP = "extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
ROUTER = "extensions.filters.http.router.v3.Router"


def raw(kind: str, name: str, **fields) -> dict:
    name_field = "clusterName" if kind.endswith("ClusterLoadAssignment") else "name"
    spec = {"@type": TYPES + kind, name_field: name, **fields}
    metadata = {"name": f"{name}-{kind.rpartition('.')[2].lower()}"}
    return {
        "apiVersion": "martlet.dev/v1",
        "kind": "XDSResource",
        "metadata": metadata,
        "spec": spec,
    }


def raw_listener(name: str, port: int, table: str) -> dict:
    manager = {
        "@type": TYPES + HTTP,
        "statPrefix": name,
        "rds": {"routeConfigName": table, "configSource": {"ads": {}}},
        "httpFilters": [{"name": "router", "typedConfig": {"@type": TYPES + ROUTER}}],
    }
    return raw(
        "config.listener.v3.Listener",
        name,
        address={"socketAddress": {"address": "127.0.0.1", "portValue": port}},
        filterChains=[{"filters": [{"name": "http", "typedConfig": manager}]}],
    )


def raw_table(name: str, body: str = "", status: int = 200) -> dict:
    response = {"status": status, "body": {"inlineString": body}}
    route = {"match": {"prefix": "/"}, "directResponse": response}
    hosts = [{"name": "all", "domains": ["*"], "routes": [route]}]
    return raw("config.route.v3.RouteConfiguration", name, virtualHosts=hosts)


def raw_endpoints(name: str, port: int) -> dict:
    address = {"socketAddress": {"address": "127.0.0.1", "portValue": port}}
    sets = [{"lbEndpoints": [{"endpoint": {"address": address}}]}]
    return raw("config.endpoint.v3.ClusterLoadAssignment", name, endpoints=sets)


def raw_cluster(name: str) -> dict:
    source = {"edsConfig": {"ads": {}, "resourceApiVersion": "V3"}}
    return raw("config.cluster.v3.Cluster", name, type="EDS", edsClusterConfig=source)


class Sidecar:
    """A control plane and the proxy it drives."""

    def __init__(self, control: ControlPlane, node: str):
        self.control = control
        self.node = node

    def apply(self, *documents: dict) -> None:
        reply = self.control.push.apply("\n---\n".join(map(json.dumps, documents)))
        assert reply.status == 200, reply.body

    def delete(self, *documents: dict) -> None:
        text = "\n---\n".join(map(json.dumps, documents))
        reply = self.control.push.call("POST", "/v1/delete", text, Content_Type="application/yaml")
        assert reply.status == 200, reply.body

    def row(self, kind: str) -> dict:
        return self.control.push.proxy(self.node).get(kind, {})

    def state(self, kind: str) -> str:
        """The row of the table that martletctl prints."""
        lines = self.control.martletctl("status").stdout.splitlines()
        return next((line for line in lines if f" {kind} " in line), "")

    def wait_until_refused(self, kind: str) -> None:
        eventually(lambda: self.row(kind).get("nack"))
        assert "refused: " in self.state(kind)

    def wait_until_in_sync(self, kind: str) -> dict:
        eventually(lambda: self.state(kind).rstrip().endswith(" in sync"))
        row = self.row(kind)
        assert "nack" not in row
        return row


@pytest.fixture
def sidecar(closing, start, tmp_path):
    control = closing(ControlPlane(tmp_path / "store"))
    bootstrap = over_ads(int(control.xds.rpartition(":")[2]), role="sidecar")
    bootstrap["node"]["metadata"]["outbound_port"] = port = free_port()
    start(bootstrap, port)
    driven = Sidecar(control, "test-node")
    driven.wait_until_in_sync("RDS")
    return driven


def test_a_refused_route_table_that_is_deleted_with_its_listener_is_refused_no_more(sidecar):
    listener, good = raw_listener("extra", free_port(), "table"), raw_table("table", "well")
    bad = raw_table("table", "a body", status=204)
    sidecar.apply(listener, good)
    assert "table" in sidecar.wait_until_in_sync("RDS")["subscribed"]
    sidecar.apply(bad)
    sidecar.wait_until_refused("RDS")
    sidecar.delete(listener, bad)
    row = sidecar.wait_until_in_sync("RDS")
    assert (row["subscribed"], row["resources"]) == (["routing"], 1)


def test_refused_endpoints_that_are_deleted_with_their_cluster_are_refused_no_more(sidecar):
    cluster, bad = raw_cluster("extra"), raw_endpoints("extra", 70_000)
    sidecar.apply(cluster, bad)
    sidecar.wait_until_refused("EDS")
    sidecar.delete(cluster, bad)
    eventually(lambda: sidecar.row("EDS").get("nack"), lambda nack: nack is None)
    assert sidecar.row("EDS")["resources"] == 0
    eventually(lambda: "refused" not in sidecar.state("EDS"))


def test_a_refused_listener_that_is_deleted_is_refused_no_more(sidecar):
    table = raw_table("table", "well")
    sidecar.apply(table, raw_listener("extra", 70_000, "table"))
    sidecar.wait_until_refused("LDS")
    sidecar.delete(table, raw_listener("extra", 70_000, "table"))
    assert sidecar.wait_until_in_sync("LDS")["resources"] == 1
