"""Which HTTP is spoken to endpoints: what is configured, the client speaks, or ALPN chooses."""

import contextlib
import itertools
import socket
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from h2_peer import H2Peer
from martlet import HTTP_OPTIONS, STDOUT_LOG, http_listener, to_cluster
from polling import PATIENCE, eventually, sooner_than
from tls import NAME, over_tls, tls_cluster, upstream_tls
from upstreams import answering, free_port
from wire import Wire

OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
SWITCHED = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: raw\r\n\r\n"
BOTH = ("h2", "http/1.1")
SPEAKERS = {"http1.1": "HTTP/1.1", "http2-prior-knowledge": "HTTP/2.0"}


def choosing(config: dict, **options) -> dict:
    """The part of a cluster that says which HTTP is spoken."""
    config = {"@type": f"type.googleapis.com/{HTTP_OPTIONS}", **config, **options}
    return {"typed_extension_protocol_options": {HTTP_OPTIONS: config}}


EXPLICIT_1 = {"explicit_http_config": {"http_protocol_options": {}}}
EXPLICIT_2 = {"explicit_http_config": {"http2_protocol_options": {}}}
AS_CLIENT = {
    "use_downstream_protocol_config": {"http_protocol_options": {}, "http2_protocol_options": {}}
}
AUTO = {"auto_config": {"http_protocol_options": {}, "http2_protocol_options": {}}}


@pytest.fixture
def to_tls(start, certificates):
    """Starts a proxy in plain text before a cluster of TLS that chooses its protocol so."""

    def to_tls(upstream_port: int, config=AUTO, common=None, routes=None, manager=None, **more):
        port = free_port()
        transport = upstream_tls(certificates, common, sni=NAME)
        made = tls_cluster("app", upstream_port, transport, **choosing(config), **more)
        routes = routes or to_cluster("app")
        listener = http_listener(port, routes, access_log=[STDOUT_LOG], **(manager or {}))
        resources = {"listeners": [listener], "clusters": [made]}
        return start({"static_resources": resources}, port, "--concurrency", "1")

    return to_tls


def ask_with_curl(martlet, version: str, *options: str, path: str = "/") -> str:
    command = ["curl", "-sS", f"--{version}", "--max-time", str(PATIENCE), *options]
    url = f"http://127.0.0.1:{martlet.port}{path}"
    done = subprocess.run([*command, url], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


# each pair


@pytest.mark.parametrize("speaker", SPEAKERS)
@pytest.mark.parametrize(
    ("config", "spoken"),
    [
        (EXPLICIT_1, "HTTP/1.1"),
        (EXPLICIT_2, "HTTP/2.0"),
        (AS_CLIENT, None),
        (AUTO, "HTTP/2.0"),
    ],
    ids=["explicit-1", "explicit-2", "as-client", "auto"],
)
def test_an_endpoint_of_both_is_asked_in_what_the_cluster_says(
    to_tls, nginx_tls, speaker, config, spoken
):
    martlet = to_tls(nginx_tls().port, config)
    for _ in range(3):
        expected = spoken or SPEAKERS[speaker]
        assert ask_with_curl(martlet, speaker) == f"{expected} https\n"
    assert martlet.stat("cluster.app.upstream_cx_total") == 1


@pytest.mark.parametrize(
    ("config", "common", "offered"),
    [
        (EXPLICIT_1, {}, ["http/1.1"]),
        (EXPLICIT_2, {}, ["h2"]),
        (AUTO, {}, ["h2", "http/1.1"]),
        (EXPLICIT_1, {"alpn_protocols": ["mine"]}, ["mine"]),
        (AUTO, {"alpn_protocols": ["http/1.1"]}, ["http/1.1"]),
    ],
)
def test_alpn_offers_what_may_be_spoken(to_tls, upstream, config, common, offered):
    server = upstream(lambda wire: wire.read_rest())
    martlet = to_tls(server.port, config, common, connect_timeout="0.3s")
    assert martlet.ask().status == 503
    names = b"".join(bytes([len(name)]) + name.encode() for name in offered)
    size = len(names)
    extension = b"\0\x10" + (size + 2).to_bytes(2) + size.to_bytes(2) + names
    assert extension in server.received


# found out


def speaking(certificates, *protocols: str):
    """A script that speaks HTTP/1 over TLS whatever was agreed on."""
    return over_tls(answering(OK), certificates.server("server", *protocols))


@pytest.mark.parametrize("protocols", [(), ("http/1.1",)], ids=["without-alpn", "http1"])
@pytest.mark.parametrize("speaker", SPEAKERS)
def test_an_endpoint_that_does_not_choose_http2_is_asked_in_http1(
    to_tls, upstream, certificates, speaker, protocols
):
    server = upstream(speaking(certificates, *protocols))
    martlet = to_tls(server.port)
    for _ in range(3):
        assert ask_with_curl(martlet, speaker) == "ok"
    assert martlet.stat("cluster.app.upstream_cx_total") == 1


@pytest.mark.parametrize("speaker", SPEAKERS)
def test_a_body_reaches_an_endpoint_that_was_not_known(to_tls, upstream, certificates, speaker):
    bodies = []

    def script(wire: Wire) -> None:
        while True:
            bodies.append(wire.read_request().body)
            wire.send(OK)

    server = upstream(over_tls(script, certificates.server("server", *BOTH[1:])))
    martlet = to_tls(server.port)
    body = "x" * 100_000
    chunked = ("-H", "transfer-encoding: chunked") if speaker == "http1.1" else ()
    for options in ((), chunked):
        answer = ask_with_curl(martlet, speaker, "-H", "Expect:", *options, "-d", body)
        assert answer == "ok"
    assert bodies == [body.encode()] * 2


def test_trailers_reach_an_endpoint_that_was_not_known(to_tls, upstream, certificates):
    requests = []

    def script(wire: Wire) -> None:
        requests.append(wire.read_request())
        wire.send(OK)

    server = upstream(over_tls(script, certificates.server("server", "http/1.1")))
    martlet = to_tls(server.port)
    with martlet.connect() as client:
        client.send("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n")
        client.send("3\r\nabc\r\n0\r\nx-sum: 7\r\n\r\n")
        assert client.read_response().status == 200
    assert requests[0].body == b"abc"
    assert requests[0].trailers == [("x-sum", "7")]


def at_once(martlet, count: int) -> list[int]:
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(lambda _: martlet.ask().status, range(count)))


def test_those_who_waited_for_one_handshake_share_http2(to_tls, nginx_tls):
    martlet = to_tls(nginx_tls().port)
    assert at_once(martlet, 20) == [200] * 20
    assert martlet.stat("cluster.app.upstream_cx_total") < 20
    martlet.expect("cluster.app.upstream_rq_pending_active", 0)


def test_those_who_waited_for_one_handshake_each_get_their_connection(
    to_tls, upstream, certificates
):
    together = threading.Barrier(8)

    def script(wire: Wire) -> None:
        wire.read_request()
        together.wait(PATIENCE)
        wire.send(OK)

    server = upstream(over_tls(script, certificates.server("server", "http/1.1")))
    martlet = to_tls(server.port)
    assert at_once(martlet, 8) == [200] * 8
    martlet.expect("cluster.app.upstream_rq_pending_active", 0)
    martlet.expect("cluster.app.upstream_rq_active", 0)


def test_requests_of_one_protocol_do_not_wait_for_connections_of_the_other(proxy, upstream):
    """Each has one of the two connections, both are busy, and that of HTTP/2 has room for more."""
    goes_on = threading.Event()

    def script(wire: Wire) -> None:
        if wire.socket.recv(3, socket.MSG_PEEK) == b"PRI":
            peer = H2Peer(wire.socket, client=False)
            for stream in itertools.count(1, 2):
                peer.wait(lambda stream=stream: peer.streams[stream].is_ended)
                if peer.streams[stream].fields[":path"] != "/held":
                    peer.answer(stream, 200, ends=True)
        wire.read_request()
        assert goes_on.wait(PATIENCE)
        wire.send(OK)

    limits = {"circuit_breakers": {"thresholds": [{"max_connections": 2}]}}
    config = {**limits, **choosing(AS_CLIENT)}
    martlet = proxy({"app": upstream(script)}, None, ("--concurrency", "1"), config)
    with contextlib.ExitStack() as clients:
        modern = clients.enter_context(H2Peer.to(martlet.port))
        asking = [(":method", "GET"), (":scheme", "http"), (":authority", "app")]
        modern.ask([*asking, (":path", "/held")], ends=True)
        martlet.expect("cluster.app.upstream_cx_active", 1)
        old = [clients.enter_context(martlet.connect()) for _ in range(2)]
        for client in old:
            client.get()
        martlet.expect("cluster.app.upstream_rq_pending_active", 1)
        assert modern.status(modern.ask([*asking, (":path", "/")], ends=True)) == 200
        goes_on.set()
        assert [client.read_response().status for client in old] == [200, 200]


def test_the_bound_of_connections_holds_while_nothing_is_known(to_tls, upstream, certificates):
    server = upstream(speaking(certificates, "http/1.1"))
    limits = {"circuit_breakers": {"thresholds": [{"max_connections": 2}]}}
    martlet = to_tls(server.port, **limits)
    assert at_once(martlet, 12) == [200] * 12
    assert len(server.connections) <= 2
    martlet.expect("cluster.app.upstream_rq_pending_active", 0)


def test_the_bound_of_waiting_requests_holds_while_nothing_is_known(to_tls, upstream, certificates):
    may_shake_hands = threading.Event()

    def script(wire: Wire) -> None:
        assert may_shake_hands.wait(PATIENCE)
        speaking(certificates, "http/1.1")(wire)

    limits = {"circuit_breakers": {"thresholds": [{"max_pending_requests": 2}]}}
    martlet = to_tls(upstream(script).port, **limits)
    with contextlib.ExitStack() as clients:
        waiting = [clients.enter_context(martlet.connect()) for _ in range(2)]
        for client in waiting:
            client.get()
        martlet.expect("cluster.app.upstream_rq_pending_active", 2)
        assert martlet.ask().status == 503
        assert martlet.stat("cluster.app.upstream_rq_pending_overflow") == 1
        may_shake_hands.set()
        assert [client.read_response().status for client in waiting] == [200, 200]


def test_a_client_that_leaves_during_the_handshake_leaves_the_others_alone(
    to_tls, upstream, certificates
):
    may_shake_hands = threading.Event()

    def script(wire: Wire) -> None:
        assert may_shake_hands.wait(PATIENCE)
        speaking(certificates, "http/1.1")(wire)

    martlet = to_tls(upstream(script).port)
    with martlet.connect() as first, martlet.connect() as second:
        first.get()
        martlet.expect("cluster.app.upstream_rq_pending_active", 1)
        second.get()
        martlet.expect("cluster.app.upstream_rq_pending_active", 2)
        first.reset()
        martlet.expect("cluster.app.upstream_rq_pending_active", 1)
        may_shake_hands.set()
        assert second.read_response().status == 200
    assert martlet.stat("cluster.app.upstream_cx_total") == 1
    assert martlet.stat("cluster.app.upstream_rq_cancelled") == 1


def test_a_handshake_that_never_ends_fails_all_who_wait_for_it(to_tls, upstream):
    server = upstream(lambda wire: wire.read_rest())
    martlet = to_tls(server.port, connect_timeout="0.3s")
    with sooner_than(PATIENCE / 2):
        assert at_once(martlet, 3) == [503] * 3
    lines = eventually(martlet.access_log, lambda found: len(found) == 3)
    assert {line["response_code_details"] for line in lines} == {"upstream_connect_timeout"}
    martlet.expect("cluster.app.upstream_cx_active", 0)


def test_an_endpoint_may_choose_otherwise_later(to_tls, upstream, certificates):
    """From HTTP/2 to HTTP/1.1 and back, at one address."""
    now = {"protocols": ["h2"]}

    def script(wire: Wire) -> None:
        context = certificates.server("server", *now["protocols"])
        wire.socket = context.wrap_socket(wire.socket, server_side=True)
        if wire.socket.selected_alpn_protocol() == "h2":
            peer = H2Peer(wire.socket, client=False)
            peer.wait(lambda: peer.streams[1].is_ended)
            peer.answer(1, 200, ("spoken", "h2"), ends=True)
        else:
            wire.read_request()
            wire.send(OK.replace("\r\n\r\n", "\r\nspoken: http/1.1\r\n\r\n"))
        with contextlib.suppress(OSError):
            wire.socket.unwrap()

    martlet = to_tls(upstream(script).port)
    for gone, protocol in enumerate(("h2", "http/1.1", "h2"), start=1):
        now["protocols"] = [protocol]
        answer = martlet.ask()
        assert (answer.status, answer["spoken"]) == (200, protocol)
        martlet.expect("cluster.app.upstream_cx_destroy", gone)


def test_what_reached_nobody_is_sent_again_in_what_is_found_out_then(
    to_tls, upstream, certificates
):
    """A kept connection of HTTP/1 ends under a chunked request; the next one is of HTTP/2."""
    seen = []

    def script(wire: Wire) -> None:
        is_first = not seen
        seen.append(wire)
        context = certificates.server("server", "http/1.1" if is_first else "h2")
        wire.socket = context.wrap_socket(wire.socket, server_side=True)
        if is_first:
            wire.read_request()
            wire.send(OK)
            wire.read_head()
            wire.reset()
            return
        peer = H2Peer(wire.socket, client=False)
        peer.wait(lambda: peer.streams[1].is_ended)
        peer.answer(1, 200, ("body", peer.streams[1].body.decode()), ends=True)
        peer.wait(lambda: peer.is_over)

    martlet = to_tls(upstream(script).port)
    with martlet.connect() as client:
        client.get()
        assert client.read_response().status == 200
        client.send("PUT / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n")
        client.send("3\r\nabc\r\n")
        eventually(lambda: len(seen) == 2)
        client.send("2\r\nde\r\n0\r\n\r\n")
        answer = client.read_response()
    assert (answer.status, answer["body"]) == (200, "abcde")
    assert martlet.stat("cluster.app.upstream_rq_retry") == 1


def test_h2load_has_every_request_answered(to_tls, nginx_tls):
    martlet = to_tls(nginx_tls().port)
    command = ["h2load", "--requests=2000", "--clients=10", "--max-concurrent-streams=8"]
    url = f"http://127.0.0.1:{martlet.port}/"
    done = subprocess.run([*command, url], capture_output=True, text=True, timeout=PATIENCE)
    assert "2000 succeeded, 0 failed, 0 errored, 0 timeout" in done.stdout, done.stdout


CONNECTING = """
- match: {connect_matcher: {}}
  route: {cluster: app, upgrade_configs: [{upgrade_type: CONNECT, connect_config: {}}]}
"""


@pytest.mark.parametrize("config", [EXPLICIT_1, EXPLICIT_2, AUTO], ids=["1", "2", "auto"])
@pytest.mark.parametrize("common", [{}, {"alpn_protocols": ["mine"]}], ids=["none", "own"])
def test_what_is_inside_a_connect_is_not_offered_as_http(
    to_tls, upstream, certificates, config, common
):
    agreed = []

    def script(wire: Wire) -> None:
        agreed.append(wire.socket.selected_alpn_protocol())
        while chunk := wire.socket.recv(65536):
            wire.send(chunk.upper())

    context = certificates.server("server", *BOTH, "mine")
    martlet = to_tls(upstream(over_tls(script, context)).port, config, common, CONNECTING)
    with martlet.connect() as client:
        client.send("CONNECT app:80 HTTP/1.1\r\nhost: app:80\r\n\r\n")
        assert client.read_head().status == 200
        client.send("hello")
        assert client.read(5) == b"HELLO"
    assert agreed == [common.get("alpn_protocols", [None])[0]]


@pytest.mark.parametrize("speaker", SPEAKERS)
def test_an_upgrade_reaches_an_endpoint_that_was_not_known(to_tls, upstream, certificates, speaker):
    def script(wire: Wire) -> None:
        head = wire.read_head()
        assert (head["connection"], head["upgrade"]) == ("upgrade", "raw")
        wire.send(SWITCHED)
        while chunk := wire.socket.recv(65536):
            wire.send(chunk.upper())

    server = upstream(over_tls(script, certificates.server("server", "http/1.1")))
    manager = {
        "upgrade_configs": [{"upgrade_type": "raw"}],
        "http2_protocol_options": {"allow_connect": True},
    }
    martlet = to_tls(server.port, manager=manager)
    if speaker == "http1.1":
        with martlet.connect() as client:
            client.get("/", "connection: upgrade", "upgrade: raw")
            assert client.read_head().status == 101
            client.send("hello")
            assert client.read(5) == b"HELLO"
    else:
        with H2Peer.to(martlet.port) as peer:
            stream = peer.connect("raw")
            assert peer.status(stream) == 200
            peer.send(stream, b"hello")
            assert peer.read(stream, 5) == b"HELLO"
