"""What /clusters says of endpoints, in Envoy's text and in Envoy's message."""

import re

from ads_server import CLUSTER, ENDPOINTS, LISTENER, ROUTES
from discovered import discovered_cluster, discovered_listener, endpoints, message, routes
from envoy.admin.v3.clusters_pb2 import Clusters
from envoy.config.endpoint.v3.endpoint_pb2 import ClusterLoadAssignment
from google.protobuf import json_format
from martlet import cluster, over_ads, socket_address, tcp_listener, to_cluster
from polling import eventually
from upstreams import free_port

NEVER = b""
ANSWERS = {
    "/fine": b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
    "/bad": b"HTTP/1.1 500 Bad\r\ncontent-length: 0\r\n\r\n",
    "/slow": NEVER,
}
ROUTES_TO_ONE = [
    {"match": {"prefix": "/dead"}, "route": {"cluster": "dead"}},
    {"match": {"prefix": "/slow"}, "route": {"cluster": "one", "timeout": "0.3s"}},
    {"match": {"prefix": "/"}, "route": {"cluster": "one"}},
]


def answer_by_path(wire) -> None:
    while True:
        wire.send(ANSWERS[wire.read_request().target])


def page(martlet) -> Clusters:
    status, headers, text = martlet.admin_get("/clusters?format=json")
    assert (status, headers["content-type"]) == (200, "application/json")
    return json_format.Parse(text, Clusters())


def cluster_of(martlet, name: str):
    return next(each for each in page(martlet).cluster_statuses if each.name == name)


def host(martlet, name: str, port: int):
    hosts = cluster_of(martlet, name).host_statuses
    return next(each for each in hosts if each.address.socket_address.port_value == port)


def stats(martlet, name: str, port: int) -> dict[str, int]:
    return {metric.name: metric.value for metric in host(martlet, name, port).stats}


def test_each_endpoint_counts_what_happened_there(proxy, upstream):
    backend, nobody = upstream(answer_by_path), free_port()
    martlet = proxy({"one": backend, "dead": nobody}, ROUTES_TO_ONE, ("--concurrency", "1"))
    asked = ["/fine"] * 3 + ["/bad"] * 2 + ["/slow"]
    assert [martlet.ask(path).status for path in asked] == [200] * 3 + [500] * 2 + [504]
    assert martlet.ask("/dead").status == 503
    expected = {
        "cx_active": 0,
        "cx_connect_fail": 0,
        "cx_total": 1,
        "rq_active": 0,
        "rq_error": 3,
        "rq_success": 3,
        "rq_timeout": 1,
        "rq_total": 6,
    }
    eventually(lambda: stats(martlet, "one", backend.port), lambda found: found == expected)
    dead = stats(martlet, "dead", nobody)
    # One attempt, and one more because nobody had been reached.
    assert (dead["cx_connect_fail"], dead["cx_total"], dead["rq_error"]) == (2, 2, 2)


def test_what_is_under_way_is_counted_as_active(proxy, upstream):
    backend = upstream(answer_by_path)
    martlet = proxy({"one": backend}, to_cluster("one"))
    with martlet.connect() as client:
        client.get("/slow")
        eventually(lambda: stats(martlet, "one", backend.port)["rq_active"] == 1)
        assert stats(martlet, "one", backend.port)["cx_active"] == 1
        client.reset()
        eventually(lambda: stats(martlet, "one", backend.port)["rq_active"] == 0)
    # The client went away: no answer, and no fault of the endpoint's.
    assert stats(martlet, "one", backend.port)["rq_error"] == 0


def test_a_relay_counts_as_a_connection_and_a_request(start, upstream):
    backend, port = upstream(lambda wire: wire.read_rest()), free_port()
    listener = tcp_listener(port, cluster="one")
    resources = {"listeners": [listener], "clusters": [cluster("one", backend.port)]}
    martlet = start({"static_resources": resources}, port)
    with martlet.connect() as client:
        client.send("hello")
        eventually(lambda: stats(martlet, "one", backend.port)["rq_active"] == 1)
        assert stats(martlet, "one", backend.port)["cx_active"] == 1
        client.finish_sending()
        assert client.read_rest() == b""
    eventually(lambda: stats(martlet, "one", backend.port)["rq_success"] == 1)
    eventually(lambda: stats(martlet, "one", backend.port)["cx_active"] == 0)


def test_a_relay_that_its_client_cuts_says_nothing_of_the_endpoint(start, upstream):
    backend, port = upstream(lambda wire: wire.read_rest()), free_port()
    listener = tcp_listener(port, cluster="one", idle_timeout="0.5s")
    resources = {"listeners": [listener], "clusters": [cluster("one", backend.port)]}
    martlet = start({"static_resources": resources}, port)
    for cut in (True, False):
        client = martlet.connect()
        client.send("hello")
        eventually(lambda: stats(martlet, "one", backend.port)["rq_active"] == 1)
        if cut:
            client.reset()
        eventually(lambda: stats(martlet, "one", backend.port)["rq_active"] == 0)
        client.close()
    found = stats(martlet, "one", backend.port)
    assert (found["rq_total"], found["rq_success"], found["rq_error"]) == (2, 0, 0)


def test_workers_are_added_up(proxy, echo):
    backend = echo()
    martlet = proxy({"one": backend}, options=("--concurrency", "2"))
    for _ in range(40):
        assert martlet.ask().status == 200
    eventually(lambda: stats(martlet, "one", backend.port)["rq_total"] == 40)


def test_the_text_is_as_envoy_writes_it(proxy, echo):
    backend = echo()
    martlet = proxy({"one": backend})
    assert martlet.ask().status == 200
    here = f"one::127.0.0.1:{backend.port}::"
    # It is written right after the client has its answer.
    text = eventually(
        lambda: martlet.admin_get("/clusters")[2], lambda text: f"{here}rq_success::1" in text
    )
    for line in (
        "one::observability_name::one",
        "one::default_priority::max_connections::1024",
        "one::added_via_api::false",
        f"{here}rq_total::1",
        f"{here}rq_success::1",
        f"{here}health_flags::healthy",
        f"{here}weight::1",
        f"{here}zone::",
        f"{here}priority::0",
    ):
        assert line in text.splitlines()
    assert all(re.fullmatch(r"one::\S+", line) for line in text.splitlines())


def described(port: int, second: int) -> ClusterLoadAssignment:
    def member(port: int, **more) -> dict:
        return {"endpoint": {"address": socket_address(port), "hostname": "h-1.example"}, **more}

    return message(
        ClusterLoadAssignment,
        {
            "cluster_name": "one",
            "endpoints": [
                {
                    "locality": {"region": "north", "zone": "n1", "sub_zone": "rack-2"},
                    "lb_endpoints": [member(port, load_balancing_weight=7)],
                },
                {"priority": 1, "lb_endpoints": [member(second, health_status="DEGRADED")]},
            ],
        },
    )


def test_what_the_control_plane_says_of_an_endpoint_is_shown(ads, start, echo):
    backend, other, port = echo(), echo(), free_port()
    martlet = start(over_ads(ads.port), port, ready=False)
    ads.push(CLUSTER, [discovered_cluster("one")])
    ads.push(ENDPOINTS, [described(backend.port, other.port)])
    ads.push(LISTENER, [discovered_listener(port)])
    ads.push(ROUTES, [routes(*to_cluster("one"))])
    martlet.wait_until_ready()
    assert cluster_of(martlet, "one").added_via_api
    assert not cluster_of(martlet, "control").added_via_api
    first, second = cluster_of(martlet, "one").host_statuses
    assert (first.weight, first.locality.region, first.locality.sub_zone) == (7, "north", "rack-2")
    assert (first.hostname, second.priority) == ("h-1.example", 1)
    assert (first.health_status.eds_health_status, second.health_status.eds_health_status) == (1, 5)


def test_an_endpoint_that_stays_keeps_its_counts(ads, start, echo):
    backend, other, port = echo(), echo(), free_port()
    martlet = start(over_ads(ads.port), port, ready=False)
    ads.push(CLUSTER, [discovered_cluster("one")])
    ads.push(ENDPOINTS, [endpoints("one", backend.port)])
    ads.push(LISTENER, [discovered_listener(port)])
    ads.push(ROUTES, [routes(*to_cluster("one"))])
    martlet.wait_until_ready()
    assert martlet.ask().status == 200
    ads.push(ENDPOINTS, [endpoints("one", other.port, backend.port)], "2")
    eventually(lambda: len(cluster_of(martlet, "one").host_statuses) == 2)
    eventually(lambda: stats(martlet, "one", backend.port)["rq_success"] == 1)
    assert stats(martlet, "one", other.port)["rq_total"] == 0
