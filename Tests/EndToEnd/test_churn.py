"""Configuration that changes many times a second, of every kind, while all sorts of traffic run.

Every request is accounted for, and no connection closes that could live on.
"""

import itertools
import threading
import time

import grpc
import pytest
from ads_server import CLUSTER, ENDPOINTS, LISTENER, ROUTES
from discovered import (
    discovered_cluster,
    discovered_listener,
    endpoints,
    message,
    own_listener,
    relaying_listener,
    split,
)
from envoy.config.route.v3.route_pb2 import RouteConfiguration
from load import Load
from martlet import over_ads
from polling import eventually
from upstreams import free_port
from wire import Wire

CLIENTS = 4
SECONDS = 20
# A push for every so many answers: about thirty a second.
ANSWERS_PER_PUSH = 25


class Stream:
    """A response that an upstream dribbles for as long as the test runs."""

    def __init__(self):
        self.ending = threading.Event()

    def __call__(self, wire: Wire) -> None:
        wire.read_request()
        wire.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        for number in itertools.count():
            text = f"piece {number}\n"
            wire.send(f"{len(text):x}\r\n{text}\r\n")
            if self.ending.wait(0.05):
                wire.send("0\r\n\r\n")
                return


def repeat(wire: Wire) -> None:
    """An upstream that says each line again."""
    while True:
        wire.send(wire.read_line() + b"\r\n")


class World:
    """What the control plane knows, and the ways in which it changes."""

    def __init__(self, ads, ports: dict[str, int], listener: int, relay: int):
        self.ads = ads
        self.ports = ports
        self.listener_port = listener
        self.relay_port = relay
        self.version = itertools.count(1)
        self.last: dict[str, str] = {}
        self.step = 0
        self.members = {name: [port] for name, port in ports.items()}
        self.clusters = {name: {} for name in ports}
        self.weights = {"v1": 1, "v2": 1}
        self.hosts = 0
        self.manager: dict = {}
        self.relay: dict = {}
        self.extra_port = free_port()
        self.has_extra_listener = False
        for kind in (CLUSTER, ENDPOINTS, LISTENER, ROUTES):
            self.push(kind)

    def push(self, kind: str) -> None:
        resources = {
            CLUSTER: lambda: [discovered_cluster(n, **more) for n, more in self.clusters.items()],
            ENDPOINTS: lambda: [endpoints(n, *ports) for n, ports in self.members.items()],
            LISTENER: self.listeners,
            ROUTES: self.routes,
        }[kind]()
        self.last[kind] = f"v{next(self.version)}"
        self.ads.push(kind, resources, self.last[kind])

    def listeners(self) -> list:
        table = [{"match": {"prefix": "/"}, "direct_response": {"status": 200}}]
        listeners = [
            discovered_listener(self.listener_port, **self.manager),
            relaying_listener(self.relay_port, cluster="repeat", **self.relay),
        ]
        if self.has_extra_listener:
            listeners.append(own_listener(self.extra_port, table, name="extra"))
        return listeners

    def routes(self) -> list:
        slow = {"match": {"prefix": "/slow"}, "route": {"cluster": "slow", "timeout": "0s"}}
        table = [slow, split(**self.weights)]
        hosts = [
            {"name": f"h{n}", "domains": [f"h{n}.test"], "routes": table} for n in range(self.hosts)
        ]
        hosts.append({"name": "all", "domains": ["*"], "routes": table})
        return [message(RouteConfiguration, {"name": "routes", "virtual_hosts": hosts})]

    # changes

    def weigh_otherwise(self) -> None:
        self.weights = {"v1": 1 + self.step % 7, "v2": 1 + self.step % 3}
        self.push(ROUTES)

    def add_virtual_hosts(self) -> None:
        self.hosts = self.step % 40
        self.push(ROUTES)

    def add_a_cluster(self) -> None:
        self.clusters["v3"] = {}
        self.members["v3"] = [self.ports["v1"]]
        self.weights = {"v1": 1, "v3": 3}
        # Routes, clusters, endpoints: the order of which it is not.
        for kind in (ROUTES, CLUSTER, ENDPOINTS) if self.step % 2 else (CLUSTER, ENDPOINTS, ROUTES):
            self.push(kind)

    def remove_a_cluster(self) -> None:
        self.clusters.pop("v3", None)
        self.members.pop("v3", None)
        self.weights = {"v1": 2, "v2": 1}
        for kind in (CLUSTER, ROUTES) if self.step % 2 else (ROUTES, CLUSTER):
            self.push(kind)

    def change_cluster_settings(self) -> None:
        policy = ("ROUND_ROBIN", "LEAST_REQUEST", "RANDOM")[self.step % 3]
        self.clusters["v1"] = {"connect_timeout": f"{1 + self.step % 5}s", "lb_policy": policy}
        self.clusters["repeat"] = {"connect_timeout": f"{1 + self.step % 4}s"}
        self.push(CLUSTER)

    def churn_endpoints(self) -> None:
        first, second = self.ports["v1"], self.ports["v2"]
        self.members["v1"] = [[first], [second], [first, second]][self.step % 3]
        self.members["v2"] = [[second], [second, first]][self.step % 2]
        # The relays' and the stream's endpoints leave, too; their connections live on.
        away = self.step % 2 == 0
        self.members["repeat"] = [first] if away else [self.ports["repeat"]]
        self.members["slow"] = [first] if away else [self.ports["slow"]]
        self.push(ENDPOINTS)

    def change_the_filter_chain(self) -> None:
        self.manager = {"via": f"proxy-{self.step}", "stat_prefix": f"in{self.step % 2}"}
        self.relay = {"idle_timeout": f"{100 + self.step % 50}s"}
        self.push(LISTENER)

    def add_or_remove_a_listener(self) -> None:
        self.has_extra_listener = not self.has_extra_listener
        self.push(LISTENER)

    def change(self) -> None:
        changes = (
            self.weigh_otherwise,
            self.churn_endpoints,
            self.add_a_cluster,
            self.change_cluster_settings,
            self.add_virtual_hosts,
            self.change_the_filter_chain,
            self.remove_a_cluster,
            self.add_or_remove_a_listener,
        )
        changes[self.step % len(changes)]()
        self.step += 1


@pytest.fixture
def world(ads, start, pair, upstream, closing):
    stream = Stream()
    ports = {"v1": pair[0].port, "v2": pair[1].port}
    ports |= {"slow": upstream(stream).port, "repeat": upstream(repeat).port}
    world = World(ads, ports, free_port(), free_port())
    world.stream = stream
    world.martlet = start(over_ads(ads.port), world.listener_port, "--concurrency", "2")
    return world


def counted(martlet, name: str) -> int:
    """A counter of the HTTP listener, over all the prefixes that its statistics have had."""
    stats = martlet.stats()
    return sum(stats.get(f"http.in{suffix}.{name}", 0) for suffix in ("", 0, 1))


def test_nothing_is_lost_while_everything_changes(ads, world, closing):
    martlet = world.martlet
    slow = closing(martlet.connect())
    slow.get("/slow")
    assert slow.read_head().status == 200
    relays = [closing(Wire.to(world.relay_port)) for _ in range(3)]
    for relay in relays:
        relay.send("first\r\n")
        assert relay.read_line() == b"first"
    load = closing(Load(martlet.port, clients=CLIENTS))

    begun = time.monotonic()
    resets = iter([begun + SECONDS * part for part in (0.25, 0.5, 0.75)] + [begun + 1e9])
    reset_at = next(resets)
    while time.monotonic() < begun + SECONDS:
        load.wait_for_more(ANSWERS_PER_PUSH)
        world.change()
        line = f"step {world.step}"
        relays[world.step % len(relays)].send(f"{line}\r\n")
        assert relays[world.step % len(relays)].read_line() == line.encode()
        if time.monotonic() > reset_at:
            ads.end_streams(grpc.StatusCode.UNAVAILABLE, "another version")
            reset_at = next(resets)
    for kind, version in world.last.items():
        ads.wait_for_ack(kind, version)

    load.stop()
    assert load.failures == []
    assert load.statuses == {200: load.total}
    world.stream.ending.set()
    pieces, _ = slow.read_chunked()
    assert pieces.decode().splitlines() == [f"piece {n}" for n in range(pieces.count(b"\n"))]
    for relay in relays:
        relay.send("last\r\n")
        assert relay.read_line() == b"last"
        relay.close()
    assert [r.error_detail.message for r in ads.requests if r.HasField("error_detail")] == []
    eventually(lambda: counted(martlet, "downstream_rq_2xx"), lambda count: count == load.total + 1)
    # Nobody had to connect twice.
    assert counted(martlet, "downstream_cx_total") == CLIENTS + 1
    assert martlet.stat("tcp.tcp.downstream_cx_total") == len(relays)
    assert martlet.process.terminate() == 0
