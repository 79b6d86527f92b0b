"""Connections that leave HTTP/1.1: WebSocket and other upgrades, and CONNECT."""

import contextlib
import hashlib
import os
import signal
import subprocess
import threading
import time

import pytest
from ads_server import CLUSTER, ENDPOINTS, LISTENER, ROUTES
from discovered import discovered_cluster, discovered_listener, endpoints, routes, split
from martlet import STDOUT_LOG, over_ads, to_cluster
from polling import PATIENCE, eventually
from upstreams import free_port
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.sync.server import serve

WEBSOCKET = [{"upgrade_type": "websocket"}]
ASKING = ("connection: upgrade", "upgrade: raw")
SWITCHED = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: raw\r\n\r\n"
RAW = [{"upgrade_type": "raw"}]


class WebSocketServer:
    """A real WebSocket server that runs a function for each connection."""

    def __init__(self, handler, **options):
        self.server = serve(handler, "127.0.0.1", 0, max_size=None, **options)
        self.port = self.server.socket.getsockname()[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()


def echo_messages(connection) -> None:
    for message in connection:
        connection.send(message)


def until_end(wire, answer=b"") -> None:
    """Says it again until the peer's end, and then its own last word."""
    while chunk := wire.socket.recv(65536):
        wire.received += chunk
        wire.send(chunk)
    wire.send(answer)


def switching(then=until_end):
    """A script that switches to another protocol."""

    def script(wire) -> None:
        request = wire.read_head()
        assert request["upgrade"] == "raw"
        assert request["connection"].lower() == "upgrade"
        wire.send(SWITCHED)
        then(wire)

    return script


@pytest.fixture
def websocket_server(closing):
    return lambda handler=echo_messages, **options: closing(WebSocketServer(handler, **options))


@pytest.fixture
def tunnel(proxy, upstream):
    """A proxy whose endpoint switches to another protocol and runs the function then."""

    def tunnel(then=until_end, **manager):
        endpoint = upstream(switching(then))
        return proxy({"c": endpoint}, upgrade_configs=RAW, **manager), endpoint

    return tunnel


def open_tunnel(martlet):
    client = martlet.connect()
    client.get("/", *ASKING)
    head = client.read_head()
    assert head.status == 101
    assert head["connection"] == "upgrade"
    assert head["upgrade"] == "raw"
    return client


# WebSocket


def test_websocket_messages_pass_both_ways(proxy, websocket_server):
    martlet = proxy({"c": websocket_server()}, upgrade_configs=WEBSOCKET)
    with connect(f"ws://127.0.0.1:{martlet.port}/chat", compression="deflate") as client:
        for message in ("hello", b"\x00\xff" * 1000, "x" * 100_000):
            client.send(message)
            assert client.recv() == message
        assert martlet.stat("http.in.downstream_cx_upgrades_active") == 1
    martlet.expect("http.in.downstream_cx_upgrades_active", 0)
    assert martlet.stat("http.in.downstream_cx_upgrades_total") == 1


def test_many_megabytes_pass_unchanged_both_ways(proxy, websocket_server):
    martlet = proxy({"c": websocket_server()}, upgrade_configs=WEBSOCKET)
    message = os.urandom(64 << 20)
    with connect(f"ws://127.0.0.1:{martlet.port}/", max_size=None, compression=None) as client:
        client.send(message)
        assert hashlib.sha256(client.recv()).digest() == hashlib.sha256(message).digest()


def test_a_servers_close_reaches_the_client_at_once(proxy, websocket_server):
    def say_goodbye(connection) -> None:
        connection.recv()
        connection.close(1001, "enough")

    martlet = proxy({"c": websocket_server(say_goodbye)}, upgrade_configs=WEBSOCKET)
    with connect(f"ws://127.0.0.1:{martlet.port}/") as client:
        client.send("now")
        began = time.monotonic()
        assert list(client) == []
        assert client.close_code == 1001
    assert time.monotonic() - began < 1


def test_a_refused_websocket_gets_the_endpoints_answer(proxy, websocket_server):
    server = websocket_server(process_request=lambda connection, _: connection.respond(403, "no\n"))
    martlet = proxy({"c": server}, upgrade_configs=WEBSOCKET)
    with pytest.raises(InvalidStatus) as refusal, connect(f"ws://127.0.0.1:{martlet.port}/"):
        pass
    assert refusal.value.response.status_code == 403
    assert refusal.value.response.body == b"no\n"


# what may be had


@pytest.mark.parametrize(
    ("manager", "route", "is_asked"),
    [
        (None, None, False),
        (True, None, True),
        (False, None, False),
        (None, True, True),
        (False, True, True),
        (True, False, False),
    ],
)
def test_a_route_says_over_its_manager_what_may_be_had(proxy, echo, manager, route, is_asked):
    def configs(enabled: bool | None) -> list:
        return [] if enabled is None else [{"upgrade_type": "RAW", "enabled": enabled}]

    action = {"cluster": "c", "upgrade_configs": configs(route)}
    endpoint = echo()
    martlet = proxy(
        {"c": endpoint},
        [{"match": {"prefix": "/"}, "route": action}],
        upgrade_configs=configs(manager),
    )
    assert martlet.ask("/", *ASKING).status == 200
    (request,) = endpoint.requests
    assert ("upgrade" in request) is is_asked
    assert ("connection" in request) is is_asked


def test_a_refused_upgrade_leaves_a_connection_for_more(proxy, echo):
    endpoint = echo()
    martlet = proxy({"c": endpoint}, upgrade_configs=RAW)
    with martlet.connect() as client:
        for path in ("/one", "/two", "/three"):
            client.get(path, *ASKING)
            assert client.read_response().body == f"echo {path}\n".encode()
    assert len(endpoint.connections) == 1
    assert martlet.stat("http.in.downstream_cx_upgrades_total") == 0


def test_what_follows_an_upgrade_is_not_sent_before_it_is_granted(proxy, upstream):
    early = []
    has_waited = threading.Event()

    def script(wire) -> None:
        wire.read_head()
        early.append(wire.unread)
        wire.socket.settimeout(0.3)
        with contextlib.suppress(TimeoutError):
            early.append(wire.socket.recv(65536))
        has_waited.set()
        wire.socket.settimeout(PATIENCE)
        wire.send(SWITCHED)
        until_end(wire)

    martlet = proxy({"c": upstream(script)}, upgrade_configs=RAW)
    with martlet.connect() as client:
        client.get("/", *ASKING)
        client.send("early")
        assert has_waited.wait(PATIENCE)
        assert early == [b""]
        assert client.read_head().status == 101
        assert client.read(5) == b"early"


def test_what_follows_a_refused_upgrade_is_the_next_request(proxy, echo):
    endpoint = echo()
    martlet = proxy({"c": endpoint}, upgrade_configs=RAW)
    with martlet.connect() as client:
        client.get("/", *ASKING)
        client.get("/behind")
        assert client.read_response().status == 200
        assert client.read_response().body == b"echo /behind\n"
    assert [request.target for request in endpoint.requests] == ["/", "/behind"]


@pytest.mark.parametrize(
    "lines",
    [
        ("upgrade: raw",),
        ("connection: upgrade",),
        ("connection: upgrade", "upgrade: raw, websocket"),
        ("connection: upgrade", "upgrade: raw", "upgrade: raw"),
        ("connection: upgrade", "upgrade: "),
        ("connection: upgrade", "upgrade: connect"),
        ("connection: upgrade", "upgrade: ra w"),
        ("connection: upgrade", "upgrade: raw/1/2"),
        ("connection: upgrade", "upgrade: raw", "transfer-encoding: chunked"),
        ("connection: upgrade", "upgrade: raw", "content-length: 5"),
    ],
)
def test_a_doubtful_upgrade_is_not_asked_for(proxy, echo, lines):
    endpoint = echo()
    martlet = proxy(
        {"c": endpoint},
        [{"match": {"prefix": "/"}, "route": {"cluster": "c"}}],
        upgrade_configs=[*RAW, {"upgrade_type": "websocket"}, {"upgrade_type": "CONNECT"}],
    )
    with martlet.connect() as client:
        client.get("/", *lines)
        if "transfer-encoding: chunked" in lines:
            client.send("0\r\n\r\n")
        if "content-length: 5" in lines:
            client.send("12345")
        assert client.read_response().status == 200
    (request,) = endpoint.requests
    assert "upgrade" not in request


@pytest.mark.parametrize(
    "answer",
    [
        SWITCHED.replace("upgrade: raw", "upgrade: other"),
        SWITCHED.replace("connection: upgrade\r\n", ""),
        SWITCHED.replace("upgrade: raw\r\n", ""),
        SWITCHED.replace("upgrade: raw", "upgrade: raw, raw"),
        SWITCHED.replace("\r\n\r\n", "\r\ncontent-length: 3\r\n\r\n"),
        SWITCHED.replace("\r\n\r\n", "\r\ntransfer-encoding: chunked\r\n\r\n"),
    ],
)
def test_a_switch_to_something_else_is_no_answer(proxy, upstream, answer):
    def script(wire) -> None:
        wire.read_head()
        wire.send(answer)
        wire.read_rest()

    martlet = proxy({"c": upstream(script)}, upgrade_configs=RAW)
    assert martlet.ask("/", *ASKING).status == 502


def test_an_endpoint_cannot_switch_what_did_not_ask(proxy, upstream):
    def script(wire) -> None:
        wire.read_head()
        wire.send(SWITCHED)
        wire.read_rest()

    martlet = proxy({"c": upstream(script)}, upgrade_configs=RAW)
    assert martlet.ask("/").status == 502


# endings


def test_an_endpoints_end_reaches_the_client_at_once(tunnel):
    said = []

    def leave(wire) -> None:
        wire.read(4)
        said.append(time.monotonic())
        wire.send_last("bye")
        wire.read_rest()

    martlet, _ = tunnel(leave)
    with open_tunnel(martlet) as client:
        client.send("hey!")
        assert client.read_rest() == b"bye"
        assert time.monotonic() - said[0] < 0.1
        # The other direction is open still.
        client.send("more")
        client.finish_sending()
    martlet.expect("http.in.downstream_cx_upgrades_active", 0)


def test_a_clients_end_leaves_the_answer_its_time(tunnel):
    martlet, _ = tunnel(lambda wire: until_end(wire, b"last"))
    with open_tunnel(martlet) as client:
        client.send("first ")
        client.finish_sending()
        assert client.read_rest() == b"first last"
    martlet.expect("http.in.downstream_cx_upgrades_active", 0)
    martlet.expect("cluster.c.upstream_cx_active", 0)


def test_a_clients_end_right_behind_its_request_is_passed_on(tunnel):
    martlet, _ = tunnel(lambda wire: until_end(wire, b"last"))
    with martlet.connect() as client:
        client.send_last("GET / HTTP/1.1\r\nhost: test\r\n" + "\r\n".join(ASKING) + "\r\n\r\nabc")
        assert client.read_head().status == 101
        assert client.read_rest() == b"abclast"


def test_a_reset_of_either_side_resets_the_other(tunnel):
    broken = threading.Event()

    def watch(wire) -> None:
        with contextlib.suppress(ConnectionResetError):
            wire.read_rest()
            return
        broken.set()

    martlet, _ = tunnel(watch)
    open_tunnel(martlet).reset()
    assert broken.wait(PATIENCE)
    martlet, _ = tunnel(lambda wire: (wire.read(2), wire.reset()))
    with open_tunnel(martlet) as client:
        client.send("go")
        with pytest.raises(ConnectionResetError):
            client.read_rest()


def test_a_tunnel_in_which_nothing_moves_ends(tunnel):
    martlet, _ = tunnel(stream_idle_timeout="0.3s", access_log=[STDOUT_LOG])
    with open_tunnel(martlet) as client:
        client.send("x")
        assert client.read(1) == b"x"
        assert client.is_closed_by_peer()
    eventually(martlet.access_log)
    (line,) = martlet.access_log()
    assert "SI" in line["response_flags"]


def test_a_tunnel_outlives_the_routes_timeout(proxy, upstream):
    action = {"cluster": "c", "timeout": "0.2s"}
    martlet = proxy(
        {"c": upstream(switching())},
        [{"match": {"prefix": "/"}, "route": action}],
        upgrade_configs=RAW,
    )
    with open_tunnel(martlet) as client:
        time.sleep(0.5)
        client.send("still")
        assert client.read(5) == b"still"


def test_a_slow_peer_holds_up_the_other(tunnel):
    """What one side does not read is not read from the other either."""
    martlet, _ = tunnel(lambda wire: wire.socket.recv(0) or time.sleep(PATIENCE))
    with open_tunnel(martlet) as client:
        before = martlet.resident()
        client.socket.settimeout(0.5)
        with pytest.raises(TimeoutError):
            client.send(bytes(256 << 20))
        assert martlet.resident() - before < 2 << 20


# change


def test_a_tunnel_outlives_changes_of_what_is_around_it(ads, start, upstream, echo):
    martlet = start(over_ads(ads.port), (port := free_port()), ready=False)
    first, second = upstream(switching()), echo("second")
    ads.push(CLUSTER, [discovered_cluster("v1"), discovered_cluster("v2")])
    ads.push(ENDPOINTS, [endpoints("v1", first.port), endpoints("v2", second.port)])
    ads.push(LISTENER, [discovered_listener(port, upgrade_configs=RAW)])
    ads.push(ROUTES, [routes(split(v1=1, v2=0))])
    martlet.wait_until_ready()
    with open_tunnel(martlet) as client:
        # Another prefix of the statistics, a cluster that goes, routes that lead elsewhere.
        ads.push(LISTENER, [discovered_listener(port, stat_prefix="other")], "2")
        ads.push(ROUTES, [routes(split(v2=1))], "2")
        eventually(lambda: martlet.ask().body == b"second /\n")
        ads.push(CLUSTER, [discovered_cluster("v2")], "2")
        ads.wait_for_ack(CLUSTER, "2")
        martlet.expect("http.other.downstream_cx_upgrades_active", 1)
        client.send("still here")
        assert client.read(10) == b"still here"
    martlet.expect("http.other.downstream_cx_upgrades_active", 0)


def test_a_drain_waits_for_tunnels_as_long_as_it_may(tunnel):
    martlet, _ = tunnel(options=("--drain-time", "1"))
    with open_tunnel(martlet) as client:
        begun = time.monotonic()
        martlet.process.signal(signal.SIGTERM)
        client.send("x")
        assert client.read(1) == b"x"
        with pytest.raises(ConnectionResetError):
            client.read_rest()
        assert 0.9 <= time.monotonic() - begun < 15


# CONNECT

TERMINATED = """
- match: {connect_matcher: {}}
  route:
    cluster: c
    upgrade_configs: [{upgrade_type: CONNECT, connect_config: {}}]
- match: {prefix: /}
  route: {cluster: c}
"""
FORWARDED = TERMINATED.replace(", connect_config: {}", "")


def connect_through(martlet, *lines: str):
    client = martlet.connect()
    client.send("\r\n".join(["CONNECT app:80 HTTP/1.1", "host: app:80", *lines, "", ""]))
    return client


def test_curl_reaches_a_server_through_connect(proxy, nginx):
    server = nginx("inside")
    martlet = proxy({"c": server}, TERMINATED)
    command = ["curl", "-sS", "--max-time", str(PATIENCE), "--proxytunnel"]
    command += ["-x", f"http://127.0.0.1:{martlet.port}", "http://app:80/", "http://app:80/two"]
    found = subprocess.run(command, check=True, capture_output=True).stdout
    assert found == b"inside\ninside\n"
    martlet.expect("http.in.downstream_cx_upgrades_active", 0)


def test_connect_carries_bytes_and_both_ends(proxy, upstream):
    endpoint = upstream(lambda wire: until_end(wire, b"last"))
    martlet = proxy({"c": endpoint}, TERMINATED)
    with connect_through(martlet) as client:
        head = client.read_head()
        assert head.status == 200
        names = {name for name, _ in head.fields}
        assert not {"content-length", "transfer-encoding", "connection"} & names
        client.send("first ")
        client.finish_sending()
        assert client.read_rest() == b"first last"
    # Nothing of the CONNECT itself.
    assert endpoint.received == b"first "


def test_connect_may_be_the_endpoints_to_end(proxy, upstream):
    def script(wire) -> None:
        request = wire.read_head()
        assert request.start == "CONNECT app:80 HTTP/1.1"
        assert request["host"] == "app:80"
        # A length says nothing here (RFC 9110 section 9.3.6).
        wire.send("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n")
        until_end(wire)

    endpoint = upstream(script)
    martlet = proxy({"c": endpoint}, FORWARDED)
    with connect_through(martlet) as client:
        head = client.read_head()
        assert head.status == 200
        assert "content-length" not in head
        client.send("through")
        assert client.read(7) == b"through"
    assert not endpoint.faults


def test_a_refused_connect_closes_the_connection(proxy, upstream):
    def script(wire) -> None:
        wire.read_head()
        wire.send("HTTP/1.1 407 No\r\ncontent-length: 0\r\n\r\n")
        wire.read_rest()

    endpoint = upstream(script)
    martlet = proxy({"c": endpoint}, FORWARDED)
    with connect_through(martlet) as client:
        client.get("/smuggled")
        assert client.read_response().status == 407
        assert client.is_closed_by_peer()
    assert b"smuggled" not in endpoint.received


@pytest.mark.parametrize(
    ("routes", "status"),
    [
        (to_cluster("c"), 501),
        ("- {match: {connect_matcher: {}}, route: {cluster: c}}", 403),
    ],
)
def test_connect_is_served_only_where_it_is_allowed(proxy, echo, routes, status):
    endpoint = echo()
    martlet = proxy({"c": endpoint}, routes)
    with connect_through(martlet) as client:
        assert client.read_response().status == status
        assert client.is_closed_by_peer()
    assert not endpoint.connections


@pytest.mark.parametrize("framing", ["content-length: 4", "transfer-encoding: chunked"])
def test_a_connect_with_a_body_is_refused(proxy, echo, framing):
    endpoint = echo()
    martlet = proxy({"c": endpoint}, TERMINATED)
    with connect_through(martlet, framing) as client:
        assert client.read_response().status == 400
    assert not endpoint.connections


def test_connect_to_an_endpoint_that_is_not_there_gets_503(proxy, upstream):
    endpoint = upstream(until_end)
    endpoint.refuse()
    martlet = proxy({"c": endpoint}, TERMINATED)
    with connect_through(martlet) as client:
        assert client.read_response().status == 503
