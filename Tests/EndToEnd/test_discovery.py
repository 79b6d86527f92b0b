"""Configuration over xDS: from any control plane, and from our own, while requests run."""

import grpc
import pytest
from ads_server import CLUSTER, ENDPOINTS, LISTENER, ROUTES, ADSServer
from control_plane import ControlPlane
from discovered import (
    discovered_cluster,
    discovered_listener,
    endpoints,
    message,
    routes,
    split,
)
from envoy.config.cluster.v3.cluster_pb2 import Cluster
from envoy.config.listener.v3.listener_pb2 import Listener
from envoy.extensions.access_loggers.file.v3 import file_pb2  # noqa: F401
from envoy.extensions.filters.http.router.v3 import router_pb2
from google.protobuf import json_format
from load import Load, assert_nothing_was_lost
from martlet import TYPES, over_ads, socket_address, to_cluster
from polling import eventually
from upstreams import accepts, free_port


def test_nothing_is_served_until_everything_has_arrived(ads, start, echo):
    upstream = echo()
    port = free_port()
    martlet = start(over_ads(ads.port), port, ready=False)
    eventually(lambda: martlet.readiness() == 503)
    ads.push(LISTENER, [discovered_listener(port)])
    ads.wait_for(lambda request: request.type_url == ROUTES and "routes" in request.resource_names)
    ads.push(CLUSTER, [discovered_cluster("one")])
    ads.push(ROUTES, [routes(*to_cluster("one"))])
    ads.wait_for(lambda request: request.type_url == ENDPOINTS and "one" in request.resource_names)
    assert martlet.readiness() == 503
    assert not accepts(port)
    ads.push(ENDPOINTS, [endpoints("one", upstream.port)])
    martlet.wait_until_ready()
    assert martlet.ask("/first").body == b"echo /first\n"


def test_every_type_is_acknowledged(ads, driven):
    for kind in (CLUSTER, ENDPOINTS, LISTENER, ROUTES):
        ads.wait_for_ack(kind, "1")


def test_a_change_of_weights_under_load_loses_nothing(ads, driven, closing):
    load = closing(Load(driven.port))
    load.wait_for(lambda answers: answers["v1"] > 100)
    assert load.answers["v2"] == 0
    ads.push(ROUTES, [routes(split(v1=50, v2=50))], "2")
    load.wait_for(lambda answers: answers["v2"] > 50)
    ads.push(ROUTES, [routes(split(v1=0, v2=100))], "3")
    ads.wait_for_ack(ROUTES, "3")
    load.wait_for_all_to_follow()
    settled = load.answers["v1"]
    load.wait_for_more(200)
    assert load.answers["v1"] == settled
    assert_nothing_was_lost(load, driven)


def test_an_endpoint_replaced_under_load_loses_nothing(ads, driven, pair, closing):
    first, second = pair
    load = closing(Load(driven.port))
    load.wait_for(lambda answers: answers["v1"] > 100)
    ads.push(ENDPOINTS, [endpoints("v1", second.port), endpoints("v2", second.port)], "2")
    ads.wait_for_ack(ENDPOINTS, "2")
    load.wait_for(lambda answers: answers["v2"] > 100)
    # Nobody needs it any more.
    first.process.kill()
    load.wait_for_more(200)
    assert_nothing_was_lost(load, driven)


def test_a_control_plane_that_is_away_costs_nothing(ads, driven, closing):
    load = closing(Load(driven.port))
    load.wait_for_more(50)
    ads.stop()
    load.wait_for_more(200)
    back = ADSServer(ads.port)
    back.close = back.stop
    closing(back)
    back.push(ROUTES, [routes(split(v1=0, v2=1))], "9")
    back.wait_for_ack(ROUTES, "9")
    load.wait_for(lambda answers: answers["v2"] > 50)
    assert_nothing_was_lost(load, driven)


def test_a_stream_that_ends_with_an_error_is_opened_again(ads, driven):
    ads.end_streams(grpc.StatusCode.UNAVAILABLE, "restarting")
    ads.push(ROUTES, [routes(split(v1=0, v2=1))], "2")
    ads.wait_for_ack(ROUTES, "2")
    eventually(lambda: driven.ask().body, lambda body: body == b"v2\n")


def test_a_bad_cluster_does_not_stop_the_good_one_beside_it(ads, driven, echo):
    upstream = echo("v3")
    bad = message(Cluster, {"name": "bad", "type": "ORIGINAL_DST", "lb_policy": "CLUSTER_PROVIDED"})
    good = [discovered_cluster(name) for name in ("v1", "v2", "v3")]
    ads.push(CLUSTER, [*good, bad], "2")
    nack = ads.wait_for_nack(CLUSTER)
    assert "bad" in nack.error_detail.message
    ads.push(ENDPOINTS, [endpoints("v3", upstream.port)], "2")
    ads.push(ROUTES, [routes(split(v3=1))], "2")
    eventually(lambda: driven.ask().body, lambda body: body == b"v3 /\n")


def test_a_bad_route_is_refused_by_name_and_the_last_good_one_stays(ads, driven):
    bad = {
        "match": {"safe_regex": {"regex": "("}},
        "route": {"cluster": "v2"},
    }
    ads.push(ROUTES, [routes(bad)], "2")
    nack = ads.wait_for_nack(ROUTES)
    assert "regex" in nack.error_detail.message
    assert nack.version_info == "1"
    assert driven.ask().body == b"v1\n"
    ads.push(ROUTES, [routes(split(v1=0, v2=1))], "3")
    ads.wait_for_ack(ROUTES, "3")
    eventually(lambda: driven.ask().body, lambda body: body == b"v2\n")


def test_a_listener_whose_port_is_taken_is_refused(ads, driven, pair):
    taken = discovered_listener(pair[0].port, name="taken")
    ads.push(LISTENER, [discovered_listener(driven.port), taken], "2")
    nack = ads.wait_for_nack(LISTENER)
    assert str(pair[0].port) in nack.error_detail.message
    assert driven.ask().status == 200


def test_a_listener_whose_access_log_cannot_be_opened_is_refused(ads, driven):
    log = {"@type": f"{TYPES}.access_loggers.file.v3.FileAccessLog", "path": "/nonexistent/log"}
    value = json_format.MessageToDict(discovered_listener(driven.port))
    manager = value["filterChains"][0]["filters"][0]["typedConfig"]
    manager["accessLog"] = [{"name": "envoy.access_loggers.file", "typedConfig": log}]
    ads.push(LISTENER, [message(Listener, value)], "2")
    nack = ads.wait_for_nack(LISTENER)
    assert "/nonexistent/log" in nack.error_detail.message
    assert driven.ask().status == 200


def test_a_control_plane_that_is_dead_is_passed_over(ads, start, echo):
    bootstrap = over_ads(free_port())
    (control,) = bootstrap["static_resources"]["clusters"]
    (group,) = control["load_assignment"]["endpoints"]
    group["lb_endpoints"].append({"endpoint": {"address": socket_address(ads.port)}})
    port = free_port()
    martlet = start(bootstrap, port, ready=False)
    ads.push(CLUSTER, [discovered_cluster("one")])
    ads.push(ENDPOINTS, [endpoints("one", echo().port)])
    ads.push(LISTENER, [discovered_listener(port)])
    ads.push(ROUTES, [routes(*to_cluster("one"))])
    assert martlet.wait_until_ready().ask("/first").body == b"echo /first\n"


def test_a_bad_listener_is_refused_by_name_and_the_last_good_one_stays(ads, driven):
    bad = discovered_listener(driven.port)
    bad.filter_chains[0].filters[0].name = "unknown"
    bad.filter_chains[0].filters[0].typed_config.Pack(router_pb2.Router())
    ads.push(LISTENER, [bad], "2")
    nack = ads.wait_for_nack(LISTENER)
    assert "listeners[in]" in nack.error_detail.message
    assert nack.version_info == "1"
    assert driven.ask().body == b"v1\n"
    ads.push(LISTENER, [discovered_listener(driven.port)], "3")
    ads.wait_for_ack(LISTENER, "3")
    assert driven.ask().body == b"v1\n"


def test_a_listener_that_is_removed_stops_and_one_added_again_serves(ads, driven):
    with driven.connect() as client:
        client.get()
        assert client.read_response().status == 200
        ads.push(LISTENER, [], "2")
        eventually(lambda: not accepts(driven.port))
        ads.push(LISTENER, [discovered_listener(driven.port)], "3")
        eventually(lambda: accepts(driven.port))
    assert driven.ask().status == 200


def test_a_listener_removed_under_load_fails_no_request_that_was_taken(ads, driven, closing):
    load = closing(Load(driven.port))
    load.wait_for_more(100)
    ads.push(LISTENER, [], "2")
    load.wait_for_failure()
    load.stop()
    assert load.statuses == {200: load.total}
    assert {fault.split("(")[0] for fault in load.failures} == {"ConnectionRefusedError"}
    driven.expect("http.in.downstream_rq_2xx", load.total)


def test_a_listener_that_moves_serves_at_its_new_port(ads, driven):
    elsewhere = free_port()
    ads.push(LISTENER, [discovered_listener(elsewhere)], "2")
    eventually(lambda: accepts(elsewhere))
    old, driven.port = driven.port, elsewhere
    assert driven.ask().status == 200
    eventually(lambda: not accepts(old))


# Our own control plane


def service(name: str) -> str:
    return f"""
apiVersion: v1
kind: Service
metadata: {{name: {name}}}
spec: {{ports: [{{name: http, port: 80}}]}}
"""


def slice_of(name: str, port: int) -> str:
    return f"""
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: {name}-local
  labels: {{kubernetes.io/service-name: {name}}}
addressType: IPv4
ports: [{{name: http, port: {port}}}]
endpoints: [{{addresses: ["127.0.0.1"]}}]
"""


def traffic_split(v1: int, v2: int) -> str:
    return f"""
apiVersion: split.smi-spec.io/v1alpha4
kind: TrafficSplit
metadata: {{name: my-service}}
spec:
  service: my-service
  backends:
  - {{service: my-service-v1, weight: {v1}}}
  - {{service: my-service-v2, weight: {v2}}}
"""


@pytest.fixture
def canary(closing, start, pair, tmp_path):
    """A control plane with two versions of a service, and a sidecar that it drives."""
    control = closing(ControlPlane(tmp_path / "store"))
    manifests = [service(name) for name in ("my-service", "my-service-v1", "my-service-v2")]
    manifests += [slice_of(f"my-service-{each.name}", each.port) for each in pair]
    reply = control.push.apply("---".join([*manifests, traffic_split(90, 10)]))
    assert reply.status == 200, reply.body
    port = free_port()
    bootstrap = over_ads(int(control.xds.rpartition(":")[2]), role="sidecar", outbound_port=port)
    return control, start(bootstrap, port)


def canary_load(martlet) -> Load:
    return Load(martlet.port, host="my-service")


def test_a_canary_is_shifted_by_manifests_and_loses_nothing(canary, closing):
    control, martlet = canary
    load = closing(canary_load(martlet))
    load.wait_for(lambda answers: answers["v1"] > 200 and answers["v2"] > 5)
    assert load.answers["v1"] > 4 * load.answers["v2"]
    before = control.push.proxy("test-node")["RDS"]["versionSent"]
    control.push.apply(traffic_split(0, 100))
    eventually(
        lambda: control.push.proxy("test-node")["RDS"],
        lambda routes: before != routes["versionSent"] == routes.get("versionAcknowledged"),
    )
    load.wait_for_all_to_follow()
    settled = load.answers["v1"]
    load.wait_for_more(200)
    assert load.answers["v1"] == settled
    assert_nothing_was_lost(load, martlet, "outbound")


def test_a_control_plane_killed_and_restarted_loses_nothing(canary, closing, tmp_path):
    control, martlet = canary
    load = closing(canary_load(martlet))
    load.wait_for(lambda answers: answers["v1"] > 100)
    control.process.kill()
    load.wait_for_more(200)
    again = closing(ControlPlane(tmp_path / "store", xds=control.xds))
    load.wait_for_more(100)
    again.push.apply(traffic_split(0, 100))
    load.wait_for(lambda answers: answers["v2"] > 300)
    assert_nothing_was_lost(load, martlet, "outbound")
    assert martlet.process.terminate() == 0


def test_a_control_plane_that_keeps_dying_loses_nothing(canary, closing, tmp_path):
    control, martlet = canary
    load = closing(canary_load(martlet))
    load.wait_for(lambda answers: answers["v1"] > 100)
    for weight in (100, 0, 100):
        control.process.kill()
        load.wait_for_more(100)
        control = closing(ControlPlane(tmp_path / "store", xds=control.xds))
        control.push.apply(traffic_split(weight, 100 - weight))
        name = "v1" if weight else "v2"
        reached = load.answers[name] + 200
        load.wait_for(lambda answers, name=name, reached=reached: answers[name] > reached)
    assert_nothing_was_lost(load, martlet, "outbound")
