"""Thousands of clusters and listeners that come and go: nothing of them stays behind."""

import threading

from ads_server import CLUSTER, LISTENER, ROUTES
from discovered import discovered_cluster, discovered_listener, message, own_listener, routes, split
from envoy.config.cluster.v3.cluster_pb2 import Cluster
from martlet import Martlet, cluster, to_cluster
from polling import eventually
from upstreams import accepts, free_port
from wire import Wire

ROUNDS = 3000
# What a cluster's counters alone would hold by then, for each worker.
MOST_GROWTH = 4 << 20


def shown(martlet: Martlet, kind: str) -> set[str]:
    """The names under which counters of a kind are shown."""
    parts = (name.split(".") for name in martlet.stats())
    return {name for first, name, *_ in parts if first == kind}


def push_and_wait(ads, kind: str, resources: list, version: str) -> None:
    with ads._changed:
        ads.requests.clear()
    ads.push(kind, resources, version)
    ads.wait_for_ack(kind, version)


def test_clusters_that_go_leave_neither_counters_nor_memory_behind(ads, driven, pair):
    bodies = {pair[0].port: b"v1\n", pair[1].port: b"v2\n"}
    ports = [pair[0].port, pair[1].port]
    kept = [discovered_cluster("v1"), discovered_cluster("v2")]
    before = 0
    for number in range(ROUNDS):
        name, port = f"c{number}", ports[number % 2]
        coming = message(Cluster, cluster(name, port))
        if number % 50 == 0:
            # In use when its successor comes: it stays until the routes have left it.
            push_and_wait(ads, CLUSTER, [*kept, coming], f"{number}")
            push_and_wait(ads, ROUTES, [routes(split(**{name: 1}))], f"{number}")
            assert driven.ask().body == bodies[port]
        elif number % 50 == 1:
            push_and_wait(ads, CLUSTER, [*kept, coming], f"{number}")
            assert driven.ask().body == bodies[ports[(number - 1) % 2]]
            push_and_wait(ads, ROUTES, [routes(split(v1=1, v2=0))], f"{number}")
        else:
            push_and_wait(ads, CLUSTER, [*kept, coming], f"{number}")
        if number == ROUNDS // 5:
            eventually(lambda: len(shown(driven, "cluster")) < 10)
            before = driven.resident()
    last = {"control", "v1", "v2", f"c{ROUNDS - 1}"}
    eventually(lambda: shown(driven, "cluster"), lambda names: names == last)
    assert driven.resident() - before < MOST_GROWTH


def test_a_cluster_that_comes_back_is_counted_from_zero(ads, driven, pair):
    kept = [discovered_cluster("v1"), discovered_cluster("v2")]
    third = message(Cluster, cluster("third", pair[0].port))
    driven.ask()
    for version in ("2", "3"):
        push_and_wait(ads, CLUSTER, [*kept, third], version)
        push_and_wait(ads, ROUTES, [routes(split(third=1))], version)
        assert driven.ask().body == b"v1\n"
        driven.expect("cluster.third.upstream_rq_total", 1)
        push_and_wait(ads, ROUTES, [routes(split(v2=1))], f"{version} without")
        push_and_wait(ads, CLUSTER, kept, f"{version} without")
        eventually(lambda: "third" not in shown(driven, "cluster"))
        assert driven.ask().body == b"v2\n"


def test_counters_stay_while_somebody_uses_what_they_count(ads, driven, upstream):
    ending = threading.Event()

    def dribble(wire: Wire) -> None:
        wire.read_request()
        wire.send("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nab")
        ending.wait(60)
        wire.send("cd")

    port = free_port()
    kept = [discovered_cluster("v1"), discovered_cluster("v2")]
    slow = message(Cluster, cluster("slow", upstream(dribble).port))
    push_and_wait(ads, CLUSTER, [*kept, slow], "2")
    more = own_listener(port, to_cluster("slow"), "more", drain_timeout="0.1s")
    push_and_wait(ads, LISTENER, [discovered_listener(driven.port), more], "2")
    with Wire.to(port) as client:
        client.get("/")
        client.read_head()
        assert client.read(2) == b"ab"
        push_and_wait(ads, LISTENER, [discovered_listener(driven.port)], "3")
        push_and_wait(ads, CLUSTER, kept, "3")
        # Its listener is gone; a client alone keeps the counters, at which it may still fail.
        eventually(lambda: not accepts(port))
        assert "more" in shown(driven, "listener")
        assert driven.stat("http.more.downstream_rq_active") == 1
        assert driven.stat("cluster.slow.upstream_rq_active") == 1
        ending.set()
        assert client.read(2) == b"cd"
    eventually(lambda: "more" not in shown(driven, "http"), seconds=15)
    eventually(lambda: "more" not in shown(driven, "listener"), seconds=15)
    eventually(lambda: "slow" not in shown(driven, "cluster"), seconds=15)
