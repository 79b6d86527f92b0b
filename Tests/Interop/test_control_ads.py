"""martlet-control as an xDS server, asked by grpcio with the official messages."""

import grpc
import pytest
from polling import eventually

SPLIT = """
apiVersion: split.smi-spec.io/v1alpha4
kind: TrafficSplit
metadata:
  name: my-service
spec:
  service: my-service
  backends:
    - {{service: my-service-v1, weight: {v1}}}
    - {{service: my-service-v2, weight: {v2}}}
"""


def weights(route_configuration) -> dict[str, int]:
    host = next(h for h in route_configuration.virtual_hosts if "my-service" in h.domains)
    clusters = host.routes[0].route.weighted_clusters.clusters
    return {cluster.name: cluster.weight.value for cluster in clusters}


def test_a_sidecar_gets_clusters_endpoints_listener_and_routes(control, connect, quickstart):
    control.push.apply(quickstart)
    first = connect(control, role="sidecar", outbound_port=15101).start()

    assert set(first["CDS"].resources) == {
        "my-service.default:80",
        "my-service-v1.default:80",
        "my-service-v2.default:80",
    }
    v1 = first["EDS"].resources["my-service-v1.default:80"].endpoints[0].lb_endpoints[0]
    assert v1.endpoint.address.socket_address.port_value == 18081
    outbound = first["LDS"].resources["outbound"]
    assert outbound.address.socket_address.address == "127.0.0.1"
    assert outbound.address.socket_address.port_value == 15101
    assert weights(first["RDS"].resources["routing"]) == {
        "my-service-v1.default:80": 90,
        "my-service-v2.default:80": 10,
    }


def test_an_ingress_listens_for_everyone(control, connect, quickstart):
    control.push.apply(quickstart)
    first = connect(control, role="ingress", ingress_port=9090).start()
    address = first["LDS"].resources["ingress"].address.socket_address
    assert (address.address, address.port_value) == ("0.0.0.0", 9090)


def test_an_inbound_listener_is_there_only_for_an_application(control, connect):
    first = connect(control, node="without").start_types("LDS")
    assert set(first["LDS"].resources) == {"outbound"}
    first = connect(control, node="with", app_port=9000).start_types("CDS", "LDS")
    assert set(first["LDS"].resources) == {"outbound", "inbound"}
    assert "local_app" in first["CDS"].resources


def test_a_weight_change_pushes_routes_only(control, connect, quickstart):
    control.push.apply(quickstart)
    client = connect(control)
    client.start()
    control.push.apply(SPLIT.format(v1=50, v2=50))
    response = client.accept("RDS")
    assert set(weights(response.resources["routing"]).values()) == {50}
    control.push.apply(SPLIT.format(v1=0, v2=100))
    response = client.accept("RDS")
    assert weights(response.resources["routing"])["my-service-v1.default:80"] == 0


def test_endpoints_are_sent_for_the_names_asked_for_only(control, connect, quickstart):
    control.push.apply(quickstart)
    client = connect(control)
    client.subscribe("EDS", "my-service-v1.default:80")
    first = client.accept("EDS")
    assert set(first.resources) == {"my-service-v1.default:80"}
    client.subscribe(
        "EDS",
        "my-service-v1.default:80",
        "my-service-v2.default:80",
        version=first.version,
        nonce=first.nonce,
    )
    assert set(client.accept("EDS").resources) == {"my-service-v2.default:80"}


def test_a_refusal_is_shown_with_its_words(control, connect, quickstart):
    control.push.apply(quickstart)
    client = connect(control, node="refuser")
    first = client.start()
    control.push.apply(SPLIT.format(v1=1, v2=1))
    refused = client.receive()
    client.nack(refused, "routing: weights look odd", first["RDS"].version)
    client.subscribe("LDS", version=first["LDS"].version, nonce=first["LDS"].nonce)
    control.push.apply(SPLIT.format(v1=2, v2=1))
    repaired = client.receive()
    routes = control.push.proxy("refuser")["RDS"]
    assert routes["versionAcknowledged"] == first["RDS"].version
    assert repaired.version != refused.version
    client.nack(repaired, "routing: weights still look odd", first["RDS"].version)
    routes = eventually(lambda: control.push.proxy("refuser")["RDS"], lambda r: "nack" in r)
    assert routes["nack"] == "routing: weights still look odd"
    assert "refused: routing: weights still look odd" in control.martletctl("status").stdout


def test_a_stale_nonce_is_ignored(control, connect, quickstart):
    control.push.apply(quickstart)
    client = connect(control, node="late")
    first = client.start()
    control.push.apply(SPLIT.format(v1=3, v2=1))
    second = client.receive()
    client.nack(first["RDS"], "too late to matter")
    client.ack(second)
    routes = eventually(
        lambda: control.push.proxy("late")["RDS"],
        lambda r: r.get("versionAcknowledged") == second.version,
    )
    assert "nack" not in routes


def test_a_proxy_that_is_up_to_date_is_sent_nothing_after_reconnecting(
    start_control, connect, quickstart
):
    control = start_control()
    control.push.apply(quickstart)
    first = connect(control, node="before").start()
    control.process.kill()
    control = start_control()
    again = connect(control, node="after")
    names = list(first["EDS"].resources)
    again.subscribe("CDS", version=first["CDS"].version)
    again.subscribe("EDS", *names, version=first["EDS"].version)
    again.subscribe("LDS", version=first["LDS"].version)
    again.subscribe("RDS", "routing", version=first["RDS"].version)
    control.push.apply(SPLIT.format(v1=5, v2=5))
    changed = again.accept("RDS")
    assert changed.version != first["RDS"].version


def test_clusters_come_before_the_routes_to_them_and_go_after(control, connect, quickstart):
    control.push.apply(quickstart)
    client = connect(control)
    first = client.start()
    v3 = """
apiVersion: v1
kind: Service
metadata: {name: other}
spec: {ports: [{port: 80}]}
"""
    control.push.apply(v3)
    clusters = client.accept("CDS")
    assert "other.default:80" in clusters.resources
    names = [*first["EDS"].resources, "other.default:80"]
    client.subscribe("EDS", *names, version=first["EDS"].version, nonce=first["EDS"].nonce)
    assert set(client.accept("EDS").resources) == {"other.default:80"}
    assert any(
        "other" in h.domains for h in client.accept("RDS").resources["routing"].virtual_hosts
    )

    control.push.call("DELETE", "/v1/services/default/other")
    routes = client.accept("RDS")
    assert not any("other" in h.domains for h in routes.resources["routing"].virtual_hosts)
    assert "other.default:80" not in client.accept("CDS").resources


def test_many_changes_at_once_become_few_pushes(control, connect, quickstart):
    control.push.apply(quickstart)
    client = connect(control, node="storm")
    client.start()
    for share in range(1, 41):
        control.push.apply(SPLIT.format(v1=share, v2=1))
    first = client.accept("RDS")
    last = first
    while set(weights(last.resources["routing"]).values()) != {40, 1}:
        last = client.accept("RDS")
    assert control.push.proxy("storm")["RDS"]["pushes"] <= 4


def test_incremental_xds_is_refused_in_words(control):
    from envoy.service.discovery.v3 import ads_pb2_grpc

    with grpc.insecure_channel(control.xds) as channel:
        stub = ads_pb2_grpc.AggregatedDiscoveryServiceStub(channel)
        with pytest.raises(grpc.RpcError) as refusal:
            list(stub.DeltaAggregatedResources(iter([])))
    assert refusal.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_a_role_that_is_none_is_refused_in_words(control, connect):
    client = connect(control, role="gatewy")
    client.subscribe("CDS")
    with pytest.raises(grpc.RpcError) as refusal:
        client.receive()
    assert refusal.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "accepted: sidecar, ingress" in refusal.value.details()


def test_tracing_and_access_log_reach_the_listener(start_control, connect):
    from envoy.config.trace.v3 import opentelemetry_pb2
    from envoy.extensions.filters.network.http_connection_manager.v3 import (
        http_connection_manager_pb2 as hcm,
    )

    control = start_control(
        "--otlp", "http://127.0.0.1:4318", "--trace-ratio", "0.5", "--access-log"
    )
    first = connect(control, cluster="shop").start_types("CDS", "LDS")
    manager = hcm.HttpConnectionManager()
    outbound = first["LDS"].resources["outbound"]
    assert outbound.filter_chains[0].filters[0].typed_config.Unpack(manager)
    assert manager.tracing.random_sampling.value == 50
    assert manager.access_log[0].name == "envoy.access_loggers.stdout"
    exporter = opentelemetry_pb2.OpenTelemetryConfig()
    assert manager.tracing.provider.typed_config.Unpack(exporter)
    assert exporter.http_service.http_uri.uri == "http://127.0.0.1:4318/v1/traces"
    assert exporter.service_name == "shop"
    assert "otlp" in first["CDS"].resources
