"""Control planes that are away, mute, loud or wrong; the proxy says so and goes on."""

import re
import threading

import grpc
import pytest
from ads_server import CLUSTER, ENDPOINTS, LISTENER, ROUTES, packed
from discovered import (
    ADS,
    discovered_cluster,
    discovered_listener,
    endpoints,
    message,
    own_listener,
    routes,
    split,
)
from envoy.config.cluster.v3.cluster_pb2 import Cluster
from envoy.config.listener.v3.listener_pb2 import Listener
from envoy.service.discovery.v3.discovery_pb2 import DiscoveryResponse
from load import Load, assert_nothing_was_lost
from martlet import http_listener, over_ads, to_cluster
from polling import eventually
from upstreams import accepts, free_port


def readiness_text(martlet) -> str:
    return martlet.admin_get("/ready")[2]


def requests_of(ads, kind: str) -> list:
    return [request for request in list(ads.requests) if request.type_url == kind]


# At the start


def test_a_control_plane_that_is_away_is_named_with_the_next_try(start):
    nobody = free_port()
    martlet = start(over_ads(nobody), free_port(), ready=False)
    eventually(lambda: martlet.readiness() == 503)
    text = eventually(lambda: readiness_text(martlet), lambda text: "refused" in text)
    assert "INITIALIZING: the control plane has sent no listener" in text
    assert re.search(rf"control plane 127\.0\.0\.1:{nobody}: connecting: Connection refused", text)
    martlet.process.wait_for(rf"control plane 127\.0\.0\.1:{nobody}: .*; next try in \d+ ms")


def test_a_control_plane_that_closes_at_once_is_tried_ever_more_rarely(start, upstream):
    door = upstream(lambda wire: None)
    martlet = start(over_ads(door.port), free_port(), ready=False)
    martlet.process.wait_for("closed before it spoke HTTP/2")
    eventually(lambda: len(door.connections) >= 4)
    waits = [
        int(found[1])
        for line in list(martlet.process.lines)
        if (found := re.search(r"next try in (\d+) ms", line))
    ]
    # Random parts of 0.1, 0.5, 1 and 2 seconds.
    for wait, bound in zip(waits, [100, 500, 1000, 2000], strict=False):
        assert wait <= bound
    status, _, text = martlet.admin_get("/ready")
    assert (status, "closed before it spoke HTTP/2" in text) == (503, True)


def test_a_control_plane_that_takes_connections_and_says_nothing_is_given_up(start, upstream):
    mute = upstream(lambda wire: wire.read_rest())
    martlet = start(over_ads(mute.port), free_port(), ready=False)
    martlet.process.wait_for(r"no HTTP/2 settings within 5.0 seconds; next try")
    assert martlet.readiness() == 503


def test_a_control_plane_that_sends_nothing_is_said_to_be_connected(ads, start):
    martlet = start(over_ads(ads.port), free_port(), ready=False)
    ads.wait_for(lambda request: request.type_url == LISTENER)
    text = readiness_text(martlet)
    assert f"control plane 127.0.0.1:{ads.port}: connected" in text
    assert martlet.stat("control_plane.connected_state") == 1
    assert martlet.readiness() == 503


# While it serves


def test_the_status_that_ends_a_stream_is_in_the_log_and_on_ready(ads, start):
    martlet = start(over_ads(ads.port), free_port(), ready=False)
    ads.wait_for(lambda request: request.type_url == LISTENER)
    refusal = grpc.StatusCode.PERMISSION_DENIED
    ads.end_streams(refusal, "who are you?")
    martlet.process.wait_for(r"ended the stream: PERMISSION_DENIED \(7\): who are you\?; next try")
    ads.stop()
    eventually(lambda: "refused" in readiness_text(martlet))


def test_a_response_that_comes_twice_is_answered_once(ads, driven):
    ads.wait_for_ack(CLUSTER, "1")
    nonce = requests_of(ads, CLUSTER)[-1].response_nonce
    again = [packed(discovered_cluster("v1")), packed(discovered_cluster("v2"))]
    ads.send_raw(
        DiscoveryResponse(type_url=CLUSTER, version_info="1", nonce=nonce, resources=again)
    )
    ads.push(ROUTES, [routes(split(v1=0, v2=1))], "2")
    ads.wait_for_ack(ROUTES, "2")
    answers = [r for r in requests_of(ads, CLUSTER) if r.response_nonce == nonce]
    assert len(answers) == 1
    assert driven.ask().body == b"v2\n"


def test_a_version_that_goes_back_is_taken_as_it_is(ads, driven):
    ads.push(ROUTES, [routes(split(v1=0, v2=1))], "9")
    ads.wait_for_ack(ROUTES, "9")
    eventually(lambda: driven.ask().body, lambda body: body == b"v2\n")
    ads.requests.clear()
    ads.push(ROUTES, [routes(split(v1=1, v2=0))], "1")
    ads.wait_for_ack(ROUTES, "1")
    eventually(lambda: driven.ask().body, lambda body: body == b"v1\n")


def test_a_nonce_that_was_there_before_is_answered_with_itself(ads, driven):
    table = packed(routes(split(v1=0, v2=1)))
    for version, nonce in (("7", "n7"), ("6", "n6"), ("8", "n7")):
        ads.send_raw(
            DiscoveryResponse(type_url=ROUTES, version_info=version, nonce=nonce, resources=[table])
        )
    ads.wait_for_ack(ROUTES, "8")
    answers = [(r.version_info, r.response_nonce) for r in requests_of(ads, ROUTES)[-3:]]
    assert answers == [("7", "n7"), ("6", "n6"), ("8", "n7")]


def test_a_type_that_was_not_asked_for_is_left_alone(ads, driven):
    strange = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret"
    ads.send_raw(DiscoveryResponse(type_url=strange, version_info="1", nonce="x"))
    driven.process.wait_for(f'a response of type "{strange}" was not asked for')
    ads.push(ROUTES, [routes(split(v1=0, v2=1))], "2")
    ads.wait_for_ack(ROUTES, "2")
    assert not requests_of(ads, strange)


def test_what_is_no_response_leaves_the_stream_as_it_is(ads, driven):
    broken = packed(discovered_cluster("v1"))
    broken.value = b"\xff\xff\xff"
    ads.push(CLUSTER, [broken, discovered_cluster("v1"), discovered_cluster("v2")], "2")
    nack = ads.wait_for_nack(CLUSTER)
    assert "resources[0]" in nack.error_detail.message
    assert driven.ask().status == 200


def test_a_cluster_removed_and_added_again_serves_again(ads, driven):
    ads.push(ROUTES, [routes(split(v2=1))], "2")
    ads.push(CLUSTER, [discovered_cluster("v2")], "2")
    ads.wait_for_ack(CLUSTER, "2")
    eventually(lambda: "v1::" not in driven.admin_get("/clusters")[2])
    ads.push(CLUSTER, [discovered_cluster("v1"), discovered_cluster("v2")], "3")
    ads.push(ROUTES, [routes(split(v1=1))], "3")
    eventually(lambda: driven.ask().body, lambda body: body == b"v1\n")


def padded_cluster(number: int, padding: str) -> Cluster:
    value = {"metadata": {"filter_metadata": {"padding": {"text": padding}}}}
    kind = {"type": "STATIC", "load_assignment": {"cluster_name": f"c{number}"}}
    return message(Cluster, {"name": f"c{number}", **kind, **value})


# Half a minute under a sanitizer, on a machine that does nothing else.
@pytest.mark.timeout(300)
def test_a_response_of_twenty_megabytes_is_taken_while_requests_run(ads, driven, closing):
    padding = "x" * 10_000
    many = [padded_cluster(number, padding) for number in range(2_000)]
    load = closing(Load(driven.port))
    load.wait_for_more(50)
    pushing = threading.Thread(
        target=ads.push,
        args=(CLUSTER, [discovered_cluster("v1"), discovered_cluster("v2"), *many], "2"),
    )
    pushing.start()
    ads.wait_for_ack(CLUSTER, "2", seconds=240)
    pushing.join()
    load.wait_for_more(50)
    assert_nothing_was_lost(load, driven)
    assert "c1999::added_via_api::true" in driven.admin_get("/clusters")[2]


# Warming


def test_routes_wait_for_a_cluster_that_comes_after_them(ads, driven, echo, closing):
    late = echo("late")
    load = closing(Load(driven.port))
    load.wait_for_more(50)
    # They wait five seconds for the cluster.
    ads.push(ROUTES, [routes(split(late=1))], "2")
    ads.wait_for_ack(ROUTES, "2")
    load.wait_for_all_to_follow()
    ads.push(CLUSTER, [discovered_cluster(name) for name in ("v1", "v2", "late")], "2")
    ads.wait_for_ack(CLUSTER, "2")
    load.wait_for_all_to_follow()
    assert set(load.answers) == {"v1"}
    ads.push(ENDPOINTS, [endpoints("late", late.port)], "2")
    load.wait_for(lambda answers: answers["late /"] > 50)
    assert_nothing_was_lost(load, driven)


def test_a_cluster_that_never_comes_does_not_hold_routes_back_for_ever(ads, driven):
    missing = {"match": {"prefix": "/missing"}, "route": {"cluster": "nowhere"}}
    ads.push(ROUTES, [routes(missing, split(v1=0, v2=1))], "2")
    ads.wait_for_ack(ROUTES, "2")
    assert driven.ask().body == b"v1\n"
    eventually(lambda: driven.ask().body, lambda body: body == b"v2\n")
    assert driven.ask("/missing").status == 503
    given_up = "cluster nowhere is named by routes or listeners, and was not sent"
    driven.process.wait_for(given_up)
    # What was given up once is not waited for again.
    ads.push(ROUTES, [routes(missing, split(v1=1, v2=0))], "3")
    eventually(lambda: driven.ask().body, lambda body: body == b"v1\n")
    assert len([line for line in driven.process.lines if given_up in line]) == 1


def test_endpoints_are_waited_for_as_long_as_their_source_says(ads, driven):
    def cluster(name: str, wait: str):
        source = {**ADS, "initial_fetch_timeout": wait}
        return discovered_cluster(name, eds_cluster_config={"eds_config": source})

    new = [cluster("brief", "0.3s"), cluster("patient", "0s")]
    ads.push(CLUSTER, [discovered_cluster("v1"), discovered_cluster("v2"), *new], "2")
    ports = {"brief": free_port(), "patient": free_port()}
    both = [own_listener(port, to_cluster(name), name) for name, port in ports.items()]
    ads.push(LISTENER, [discovered_listener(driven.port), *both], "2")
    driven.process.wait_for("cluster brief: its endpoints were not sent within 0.3 seconds")
    eventually(lambda: accepts(ports["brief"]))
    said = driven.admin_get("/listeners")[2]
    assert f"patient::127.0.0.1:{ports['patient']} warming: waits for clusters patient" in said


def test_routes_are_waited_for_as_long_as_their_source_says(ads, driven):
    port = free_port()
    rds = {"route_config_name": "late", "config_source": {**ADS, "initial_fetch_timeout": "0.3s"}}
    manager = {"route_config": None, "rds": rds}
    config = http_listener(port, [], name="late", **manager)
    del config["filter_chains"][0]["filters"][0]["typed_config"]["route_config"]
    ads.push(LISTENER, [discovered_listener(driven.port), message(Listener, config)], "2")
    driven.process.wait_for("listener late: its routes late were not sent within 0.3 seconds")
    eventually(lambda: accepts(port))
    driven.port = port
    assert driven.ask().status == 404
    ads.push(ROUTES, [routes(split(v1=1)), routes(split(v1=1), name="late")], "2")
    ads.wait_for_ack(ROUTES, "2")
    eventually(lambda: driven.ask().body, lambda body: body == b"v1\n")


def test_endpoints_of_another_service_do_not_serve_for_ever(ads, driven):
    source = {"eds_config": {**ADS, "initial_fetch_timeout": "0.3s"}, "service_name": "elsewhere"}
    moved = discovered_cluster("v1", eds_cluster_config=source)
    ads.push(CLUSTER, [moved, discovered_cluster("v2")], "2")
    driven.process.wait_for("cluster v1: its endpoints were not sent within 0.3 seconds")
    eventually(lambda: driven.ask().status, lambda status: status == 503)


def test_an_empty_set_of_endpoints_is_an_answer(ads, driven):
    empty = {"match": {"prefix": "/empty"}, "route": {"cluster": "none"}}
    ads.push(CLUSTER, [discovered_cluster(name) for name in ("v1", "v2", "none")], "2")
    ads.push(ROUTES, [routes(empty, split(v1=0, v2=1))], "2")
    ads.wait_for(lambda request: request.type_url == ENDPOINTS and "none" in request.resource_names)
    assert driven.ask().body == b"v1\n"
    ads.push(ENDPOINTS, [endpoints("none")], "2")
    eventually(lambda: driven.ask().body, lambda body: body == b"v2\n")
    assert driven.ask("/empty").status == 503
    assert not [line for line in driven.process.lines if "were not sent within" in line]


def test_a_cluster_removed_under_its_routes_serves_until_they_have_gone(ads, driven, closing):
    load = closing(Load(driven.port))
    load.wait_for_more(50)
    ads.push(CLUSTER, [discovered_cluster("v2")], "2")
    ads.wait_for_ack(CLUSTER, "2")
    load.wait_for_more(20)
    ads.push(ROUTES, [routes(split(v2=1))], "2")
    load.wait_for(lambda answers: answers["v2"] > 50)
    assert_nothing_was_lost(load, driven)
    assert "v1::" not in driven.admin_get("/clusters")[2]


def test_what_the_bootstrap_names_is_not_the_control_planes(ads, driven):
    ads.push(CLUSTER, [discovered_cluster("v1"), discovered_cluster("control")], "2")
    nack = ads.wait_for_nack(CLUSTER)
    assert "clusters[control]: the bootstrap file has one of this name" in nack.error_detail.message
    ads.push(CLUSTER, [discovered_cluster("v1")], "3")
    ads.wait_for_ack(CLUSTER, "3")
    assert "control::127.0.0.1" in driven.admin_get("/clusters")[2]


def test_a_cluster_removed_under_routes_that_stay_is_gone_in_the_end(ads, driven):
    ads.push(CLUSTER, [discovered_cluster("v2")], "2")
    ads.wait_for_ack(CLUSTER, "2")
    assert driven.ask().status == 200
    eventually(lambda: driven.ask().status, lambda status: status == 503)
    driven.process.wait_for("cluster v1 was removed, but routes or listeners still name it")


def test_a_listener_waits_for_the_clusters_of_its_own_routes(ads, driven, echo):
    late = echo("late")
    port = free_port()
    own = own_listener(port, to_cluster("late"), "own")
    ads.push(LISTENER, [discovered_listener(driven.port), own], "2")
    ads.wait_for_ack(LISTENER, "2")
    assert "own::127.0.0.1" in driven.admin_get("/listeners")[2]
    assert "waits for clusters late" in readiness_text(driven)
    ads.push(CLUSTER, [discovered_cluster(name) for name in ("v1", "v2", "late")], "2")
    ads.push(ENDPOINTS, [endpoints("late", late.port)], "2")
    driven.wait_until_ready()
    driven.port = port
    assert driven.ask().body == b"late /\n"
