"""What our own control plane makes of a proxy: a sidecar of an application, or an ingress."""

import json

import pytest
from control_plane import ControlPlane
from martlet import TYPES, http_listener, over_ads, socket_address, to_cluster
from polling import eventually
from tls import INSPECTOR, NAME, ask, downstream_tls, https_listener, tls_cluster, upstream_tls
from upstreams import accepts, free_port

SERVICE = """
apiVersion: v1
kind: Service
metadata: {{name: {name}, namespace: {namespace}}}
spec: {{ports: [{{name: http, port: 80}}]}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: {name}-local
  namespace: {namespace}
  labels: {{kubernetes.io/service-name: {name}}}
addressType: IPv4
ports: [{{name: http, port: {port}}}]
endpoints: [{{addresses: ["127.0.0.1"]}}]
"""


@pytest.fixture
def control(closing, tmp_path) -> ControlPlane:
    return closing(ControlPlane(tmp_path / "store"))


@pytest.fixture
def join(control, start):
    """Starts a proxy that the control plane drives; its port is that of the metadata named."""

    def join(port_name: str, ready: bool = True, **metadata):
        port = free_port()
        metadata = {"outbound_port": free_port(), port_name: port, **metadata}
        bootstrap = over_ads(int(control.xds.rpartition(":")[2]), **metadata)
        return start(bootstrap, port, ready=ready)

    return join


def declare(control, name: str, port: int, namespace: str = "default") -> None:
    reply = control.push.apply(SERVICE.format(name=name, port=port, namespace=namespace))
    assert reply.status == 200, reply.body


def answers(martlet, host: str) -> bytes:
    with martlet.connect() as client:
        client.send(f"GET / HTTP/1.1\r\nhost: {host}\r\n\r\n".encode())
        return client.read_response().body


def test_a_sidecar_takes_requests_to_its_application_whatever_they_are_addressed_to(join, nginx):
    application = nginx("app")
    martlet = join("inbound_port", role="sidecar", app_port=application.port)
    for host in ("app", "app.default.svc.cluster.local:80", "anything.example"):
        assert answers(martlet, host) == b"app\n"
    martlet.expect("http.inbound.downstream_rq_2xx", 3)


def test_a_sidecar_takes_its_application_to_any_service_by_name(control, join, nginx):
    declare(control, "shop", nginx("shop").port)
    declare(control, "bank", nginx("bank").port, namespace="money")
    martlet = join("outbound_port", role="sidecar")
    for host in ("shop", "shop:80", "shop.default", "shop.default.svc.cluster.local"):
        assert answers(martlet, host) == b"shop\n"
    assert answers(martlet, "bank.money") == b"bank\n"
    assert answers(martlet, "bank") == b"no service of this name\n"


def test_a_short_name_is_of_the_namespace_of_the_proxy(control, join, nginx):
    declare(control, "bank", nginx("bank").port, namespace="money")
    martlet = join("outbound_port", role="sidecar", namespace="money")
    assert answers(martlet, "bank") == b"bank\n"


def test_an_ingress_takes_everyone_to_services_by_name(control, join, nginx):
    declare(control, "shop", nginx("shop").port)
    martlet = join("ingress_port", role="ingress")
    assert answers(martlet, "shop") == b"shop\n"
    assert answers(martlet, "elsewhere") == b"no service of this name\n"
    martlet.expect("http.ingress.downstream_rq_2xx", 1)
    martlet.expect("http.ingress.downstream_rq_4xx", 1)


def test_a_service_that_comes_and_goes_is_followed(control, join, nginx):
    martlet = join("outbound_port", role="sidecar")
    assert answers(martlet, "late") == b"no service of this name\n"
    declare(control, "late", nginx("late").port)
    eventually(lambda: answers(martlet, "late") == b"late\n")
    assert control.martletctl("delete", "service", "late").returncode == 0
    eventually(lambda: answers(martlet, "late") == b"no service of this name\n")


def raw(kind: str, package: str, spec: dict) -> str:
    """A manifest of an xDS resource, in JSON, which is YAML."""
    manifest = {
        "apiVersion": "martlet.dev/v1",
        "kind": "XDSResource",
        "metadata": {"name": f"raw-{kind}"},
        "spec": {"@type": f"type.googleapis.com/envoy.config.{package}", **spec},
    }
    return json.dumps(manifest) + "\n"


def raw_mesh(listener: int, upstream: int) -> str:
    """One resource of each of the four types, named by nothing that is generated."""
    ads = {"ads": {}, "resource_api_version": "V3"}
    by_rds = http_listener(
        listener, [], rds={"route_config_name": "by-hand", "config_source": ads}, route_config=None
    )
    del by_rds["filter_chains"][0]["filters"][0]["typed_config"]["route_config"]
    endpoint = {"endpoint": {"address": socket_address(upstream)}}
    discovered = {"connectTimeout": "0.5s", "type": "EDS", "edsClusterConfig": {"edsConfig": ads}}
    teapot = {"match": {"prefix": "/teapot"}, "direct_response": {"status": 418}}
    host = {"name": "all", "domains": ["*"], "routes": [teapot, *to_cluster("by-hand")]}
    return "---\n".join(
        [
            raw("cluster", "cluster.v3.Cluster", {"name": "by-hand", **discovered}),
            raw(
                "endpoints",
                "endpoint.v3.ClusterLoadAssignment",
                {"cluster_name": "by-hand", "endpoints": [{"lb_endpoints": [endpoint]}]},
            ),
            raw(
                "route",
                "route.v3.RouteConfiguration",
                {"name": "by-hand", "virtual_hosts": [host]},
            ),
            raw("listener", "listener.v3.Listener", by_rds),
        ]
    )


def test_what_manifests_cannot_say_is_said_in_raw_resources(control, join, nginx):
    martlet = join("outbound_port", role="sidecar")
    martlet.port = free_port()
    reply = control.push.apply(raw_mesh(martlet.port, nginx("by-hand").port))
    assert reply.status == 200, reply.body
    eventually(lambda: accepts(martlet.port))
    assert martlet.ask().body == b"by-hand\n"
    assert martlet.ask("/teapot").status == 418


def test_raw_resources_hold_what_a_file_may_hold(control, join, nginx_tls, certificates):
    martlet = join("outbound_port", role="sidecar")
    port = free_port()
    originating = tls_cluster("by-hand", nginx_tls().port, upstream_tls(certificates, sni=NAME))
    filters = [
        {"name": name, "typed_config": {"@type": f"{TYPES}.filters.http.{kind}"}}
        for name, kind in [
            ("bridge", "grpc_web.v3.GrpcWeb"),
            ("calls", "grpc_stats.v3.FilterConfig"),
            ("router", "router.v3.Router"),
        ]
    ]
    transport = downstream_tls(certificates.pair("server"))
    terminating = https_listener(port, transport, "by-hand", http_filters=filters)
    terminating["listener_filters"] = [INSPECTOR]
    manifests = [
        raw("cluster", "cluster.v3.Cluster", originating),
        raw("listener", "listener.v3.Listener", terminating),
    ]
    reply = control.push.apply("---\n".join(manifests))
    assert reply.status == 200, reply.body
    eventually(lambda: accepts(port))
    assert ask(port, certificates.client()).status == 200
    martlet.expect("cluster.by-hand.ssl_handshake", 1)


def test_what_the_proxy_refuses_is_shown_in_its_words_and_the_rest_goes_on(control, join, nginx):
    declare(control, "shop", nginx("shop").port)
    martlet = join("outbound_port", role="sidecar")
    bad = raw("listener", "listener.v3.Listener", {"name": "without-an-address"})
    assert control.push.apply(bad).status == 200
    listeners = eventually(
        lambda: control.push.proxy("test-node")["LDS"], lambda entry: "nack" in entry
    )
    assert "without-an-address" in listeners["nack"]
    assert listeners["versionAcknowledged"] != listeners["versionSent"]
    said = control.martletctl("status").stdout
    assert "refused: " in said
    assert "without-an-address" in said
    assert answers(martlet, "shop") == b"shop\n"
    assert control.martletctl("delete", "xdsresource", "raw-listener").returncode == 0
    # Its version is the one acknowledged before the refused one; the time comes with the answer.
    settled = eventually(
        lambda: control.push.proxy("test-node")["LDS"],
        lambda entry: "nack" not in entry and "millisecondsToAck" in entry,
    )
    assert settled["versionAcknowledged"] == settled["versionSent"]
    assert settled["millisecondsToAck"] > 0
