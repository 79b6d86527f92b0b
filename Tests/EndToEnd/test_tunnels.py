"""Tunnels in each pairing of what clients and endpoints speak: WebSocket, CONNECT and the like."""

import os
import threading
import time

import pytest
from h2_peer import H2Peer
from martlet import over_http2
from polling import PATIENCE, eventually
from upstreams import ScriptedUpstream
from websockets.frames import Opcode
from websockets.protocol import SERVER, Protocol
from websockets.sync.client import connect

UPGRADES = [{"upgrade_type": "raw"}, {"upgrade_type": "websocket"}]
MANAGER = {"upgrade_configs": UPGRADES, "http2_protocol_options": {"allow_connect": True}}
ROUTES = """
- match: {{connect_matcher: {{}}}}
  route:
    cluster: c
    upgrade_configs: [{{upgrade_type: CONNECT{connect}}}]
- match: {{prefix: /}}
  route: {{cluster: c}}
"""
SWITCHED = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: {}\r\n\r\n"


class H1Tunnel:
    """A client's side of a tunnel on a connection of HTTP/1.1."""

    def __init__(self, martlet, protocol: str | None):
        self.wire = martlet.connect()
        if protocol is None:
            self.wire.send("CONNECT app:80 HTTP/1.1\r\nhost: app:80\r\n\r\n")
        else:
            self.wire.get("/chat", "connection: upgrade", f"upgrade: {protocol}")
        self.status = self.wire.read_head().status

    def send(self, data: bytes, ends: bool = False) -> None:
        self.wire.send(data)
        if ends:
            self.wire.finish_sending()

    def read(self, count: int) -> bytes:
        return self.wire.read(count)

    def read_rest(self) -> bytes:
        return self.wire.read_rest()

    def reset(self) -> None:
        self.wire.reset()

    def close(self) -> None:
        self.wire.close()


class H2Tunnel:
    """A client's side of a tunnel on a stream of HTTP/2."""

    def __init__(self, martlet, protocol: str | None):
        self.peer = H2Peer.to(martlet.port)
        self.stream = self.peer.connect(protocol)
        self.status = self.peer.status(self.stream)

    def send(self, data: bytes, ends: bool = False) -> None:
        self.peer.send(self.stream, data, ends)

    def read(self, count: int) -> bytes:
        return self.peer.read(self.stream, count)

    def read_rest(self) -> bytes:
        return self.peer.read_rest(self.stream)

    def reset(self) -> None:
        self.peer.reset(self.stream)

    def close(self) -> None:
        self.peer.close()


class H1Side:
    """An endpoint's side of a tunnel: the bytes of a connection."""

    def __init__(self, wire, reads_head: bool):
        self.wire = wire
        if not reads_head:
            return
        head = wire.read_head()
        if head.method == "CONNECT":
            assert head.target == head["host"] == "app:80"
            wire.send("HTTP/1.1 200 OK\r\n\r\n")
        else:
            assert (head.start, head["connection"]) == ("GET /chat HTTP/1.1", "upgrade")
            wire.send(SWITCHED.format(head["upgrade"]))

    def read_some(self) -> bytes:
        return self.wire.socket.recv(65536)

    def is_broken(self) -> bool:
        """Waits for the tunnel's end: whether it is a reset."""
        try:
            return bool(self.read_some())
        except ConnectionResetError:
            return True

    def send(self, data: bytes) -> None:
        self.wire.send(data)

    def finish(self) -> None:
        self.wire.finish_sending()


class H2Side:
    """An endpoint's side of a tunnel: one stream."""

    def __init__(self, wire):
        self.peer = H2Peer(wire.socket, client=False, allows_connect=True)
        self.peer.wait(lambda: any(stream.fields for stream in self.peer.streams.values()))
        (self.stream,) = self.peer.streams
        self.heard = self.peer.streams[self.stream]
        fields = self.heard.fields
        assert fields[":method"] == "CONNECT"
        assert (":path" in fields) is (":protocol" in fields)
        assert not {"upgrade", "connection", "sec-websocket-key"} & set(fields)
        self.peer.answer(self.stream, 200)

    def read_some(self) -> bytes:
        self.peer.wait(lambda: self.heard.body or self.heard.is_ended)
        found, self.heard.body = bytes(self.heard.body), bytearray()
        return found

    def is_broken(self) -> bool:
        """Waits for the tunnel's end: whether it is a reset."""
        self.peer.wait(lambda: self.heard.is_ended or self.heard.reset is not None)
        return self.heard.reset is not None

    def send(self, data: bytes) -> None:
        self.peer.send(self.stream, data)

    def finish(self) -> None:
        self.peer.send(self.stream, b"", ends=True)

    def linger(self) -> None:
        while self.peer.pump():
            pass


@pytest.fixture(params=["h1", "h2"])
def client(request):
    return {"h1": H1Tunnel, "h2": H2Tunnel}[request.param]


@pytest.fixture(params=["h1-upgrade", "h2-upgrade", "h1-connect", "h2-connect", "ends-here"])
def pairing(request, proxy, closing, client):
    """Opens a tunnel to an endpoint that runs a function on its side of it."""

    def opened(then, **manager):
        kind = request.param

        def script(wire) -> None:
            side = H2Side(wire) if kind.startswith("h2") else H1Side(wire, kind != "ends-here")
            then(side)
            if kind.startswith("h2"):
                side.linger()

        endpoint = closing(ScriptedUpstream(script))
        config = over_http2({}, allow_connect=True) if kind.startswith("h2") else None
        connect = ", connect_config: {}" if kind == "ends-here" else ""
        martlet = proxy(
            {"c": endpoint},
            ROUTES.format(connect=connect),
            cluster_config=config,
            **{**MANAGER, **manager},
        )
        tunnel = closing(client(martlet, "raw" if kind.endswith("upgrade") else None))
        assert tunnel.status == (101 if client is H1Tunnel and kind.endswith("upgrade") else 200)
        return tunnel, martlet, endpoint

    return opened


def echo(side, answer: bytes = b"") -> None:
    """Says it again until the other side's end, and then its own last word."""
    while chunk := side.read_some():
        side.send(chunk)
    side.send(answer)
    side.finish()


def test_bytes_and_the_clients_end_pass(pairing):
    tunnel, martlet, endpoint = pairing(lambda side: echo(side, b"last"))
    tunnel.send(b"one ")
    assert tunnel.read(4) == b"one "
    assert martlet.stat("http.in.downstream_cx_upgrades_active") == 1
    tunnel.send(b"two ", ends=True)
    assert tunnel.read_rest() == b"two last"
    martlet.expect("http.in.downstream_cx_upgrades_active", 0)
    assert martlet.stat("http.in.downstream_cx_upgrades_total") == 1
    martlet.expect("cluster.c.upstream_rq_active", 0)
    assert not endpoint.faults


def test_an_endpoints_end_passes_at_once_and_the_client_goes_on(pairing):
    heard, said = [], []

    def leave(side) -> None:
        assert side.read_some()
        said.append(time.monotonic())
        side.send(b"bye")
        side.finish()
        while chunk := side.read_some():
            heard.append(chunk)

    tunnel, martlet, endpoint = pairing(leave)
    tunnel.send(b"go")
    assert tunnel.read_rest() == b"bye"
    assert time.monotonic() - said[0] < 0.5
    tunnel.send(b"x" * 300_000, ends=True)
    martlet.expect("http.in.downstream_cx_upgrades_active", 0)
    eventually(lambda: sum(map(len, heard)), lambda count: count == 300_000)
    assert not endpoint.faults


def test_megabytes_pass_unchanged_both_ways(pairing):
    tunnel, _, endpoint = pairing(echo)
    sent = os.urandom(4 << 20)
    received = bytearray()
    for start in range(0, len(sent), 32768):
        tunnel.send(sent[start : start + 32768])
        received += tunnel.read(32768)
    assert bytes(received) == sent
    assert not endpoint.faults


def test_a_clients_reset_reaches_the_endpoint(pairing):
    gone = threading.Event()

    def watch(side) -> None:
        if side.is_broken():
            gone.set()

    tunnel, martlet, _ = pairing(watch)
    tunnel.reset()
    assert gone.wait(PATIENCE)
    martlet.expect("http.in.downstream_cx_upgrades_active", 0)
    martlet.expect("cluster.c.upstream_rq_active", 0)


def test_nothing_moving_ends_the_tunnel(pairing):
    tunnel, martlet, _ = pairing(echo, stream_idle_timeout="0.3s")
    martlet.expect("http.in.downstream_cx_upgrades_active", 0)
    assert martlet.stat("http.in.downstream_rq_idle_timeout") == 1
    del tunnel


# WebSocket across versions


def serve_messages(side) -> None:
    """A WebSocket server behind its handshake, which says every message again."""
    protocol = Protocol(SERVER)
    while chunk := side.read_some():
        protocol.receive_data(chunk)
        for frame in protocol.events_received():
            if frame.opcode is Opcode.TEXT:
                protocol.send_text(frame.data)
        for data in protocol.data_to_send():
            if data:
                side.send(data)
    side.finish()


def test_a_websocket_client_reaches_a_server_over_http2(proxy, closing):
    def script(wire) -> None:
        side = H2Side(wire)
        assert side.heard.fields[":protocol"] == "websocket"
        assert side.heard.fields["sec-websocket-version"] == "13"
        serve_messages(side)
        side.linger()

    endpoint = closing(ScriptedUpstream(script))
    config = over_http2({}, allow_connect=True)
    martlet = proxy({"c": endpoint}, cluster_config=config, **MANAGER)
    # The client checks sec-websocket-accept.
    with connect(f"ws://127.0.0.1:{martlet.port}/chat", compression=None) as client:
        client.send("hello")
        assert client.recv() == "hello"
    assert not endpoint.faults


def test_a_stream_reaches_a_websocket_server_over_http1(proxy, closing):
    from test_upgrades import WebSocketServer, echo_messages
    from websockets.client import ClientProtocol
    from websockets.uri import parse_uri

    server = closing(WebSocketServer(echo_messages))
    martlet = proxy({"c": server}, **MANAGER)
    with H2Peer.to(martlet.port) as peer:
        assert peer.may_connect
        stream = peer.connect("websocket", ("sec-websocket-version", "13"))
        assert peer.status(stream) == 200
        fields = peer.streams[stream].fields
        assert not {"sec-websocket-accept", "upgrade", "connection"} & set(fields)
        protocol = ClientProtocol(parse_uri("ws://app/"))
        protocol.state = protocol.state.OPEN
        protocol.send_text(b"hello")
        peer.send(stream, b"".join(protocol.data_to_send()))
        assert peer.read(stream, 7) == b"\x81\x05hello"


# what may not be had


def h2_refusal(martlet, protocol: str | None, *fields) -> int:
    with H2Peer.to(martlet.port) as peer:
        return peer.status(peer.connect(protocol, *fields))


def test_a_stream_may_ask_for_a_protocol_only_where_it_is_told_so(proxy, echo):
    endpoint = echo()
    martlet = proxy({"c": endpoint}, upgrade_configs=UPGRADES)
    with H2Peer.to(martlet.port) as peer:
        assert not peer.may_connect
        assert peer.status(peer.connect("websocket")) == 400 or peer.streams[1].reset is not None
    assert not endpoint.connections


def test_a_protocol_that_is_not_allowed_is_forbidden_to_a_stream(proxy, echo):
    endpoint = echo()
    martlet = proxy({"c": endpoint}, **MANAGER)
    assert h2_refusal(martlet, "other") == 403
    assert h2_refusal(martlet, "connect") == 403
    assert h2_refusal(martlet, None) == 501
    assert not endpoint.connections


def test_the_proxys_own_answer_is_not_taken_for_a_switch(proxy, echo):
    answer = "direct_response: {status: 200, body: {inline_string: here}}"
    routes = f"[{{match: {{connect_matcher: {{}}}}, {answer}}}, {{match: {{prefix: /}}, {answer}}}]"
    martlet = proxy({"c": echo()}, routes, **MANAGER)
    assert h2_refusal(martlet, "raw") == h2_refusal(martlet, None) == 403
    assert martlet.ask("/", "connection: upgrade", "upgrade: raw").body == b"here"


def test_an_answer_that_is_no_switch_is_not_taken_for_one(proxy, echo):
    martlet = proxy({"c": echo()}, **MANAGER)
    assert h2_refusal(martlet, "raw") == 502


def test_a_wrong_proof_of_the_key_is_refused(proxy, upstream):
    def script(wire) -> None:
        head = wire.read_head()
        assert len(head["sec-websocket-key"]) == 24
        switched = SWITCHED.format("websocket")
        wire.send(switched.replace("\r\n\r\n", "\r\nsec-websocket-accept: no\r\n\r\n"))
        wire.read_rest()

    endpoint = upstream(script)
    martlet = proxy({"c": endpoint}, **MANAGER)
    assert h2_refusal(martlet, "websocket") == 502
    assert not endpoint.faults


def test_an_endpoint_that_takes_no_protocols_is_not_asked(proxy, closing):
    heard = []

    def script(wire) -> None:
        peer = H2Peer(wire.socket, client=False)
        while peer.pump():
            heard.extend(peer.streams)

    martlet = proxy(
        {"c": closing(ScriptedUpstream(script))}, cluster_config=over_http2({}), **MANAGER
    )
    assert h2_refusal(martlet, "raw") == 503
    assert not heard


def test_what_a_stream_sends_early_waits_for_the_switch(proxy, upstream):
    asked, may_switch = threading.Event(), threading.Event()

    def script(wire) -> None:
        wire.read_head()
        asked.set()
        assert may_switch.wait(PATIENCE)
        wire.socket.settimeout(0.2)
        with pytest.raises(TimeoutError):
            wire.socket.recv(1)
        wire.socket.settimeout(PATIENCE)
        wire.send(SWITCHED.format("raw"))
        while chunk := wire.socket.recv(65536):
            wire.send(chunk)

    endpoint = upstream(script)
    martlet = proxy({"c": endpoint}, **MANAGER)
    with H2Peer.to(martlet.port) as peer:
        stream = peer.connect("raw")
        assert asked.wait(PATIENCE)
        peer.send(stream, b"GET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n", ends=True)
        may_switch.set()
        assert peer.read_rest(stream) == b"GET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n"
    assert not endpoint.faults


def test_what_a_stream_sends_early_is_dropped_with_a_refusal(proxy, echo):
    endpoint = echo()
    martlet = proxy({"c": endpoint}, **MANAGER)
    with H2Peer.to(martlet.port) as peer:
        stream = peer.connect("raw")
        peer.send(stream, b"GET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n")
        assert peer.status(stream) == 502
    assert [request.target for request in endpoint.requests] == ["/chat"]
    assert b"smuggled" not in endpoint.received


@pytest.mark.parametrize(
    "fields",
    [
        [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":protocol", "raw")],
        [(":method", "CONNECT"), (":protocol", "raw")],
        [(":method", "CONNECT"), (":scheme", "http"), (":path", "/"), (":protocol", "ra w")],
        [(":method", "CONNECT"), (":scheme", "http"), (":path", "/"), (":protocol", "")],
        [
            (":method", "CONNECT"),
            (":scheme", "http"),
            (":path", "/"),
            (":protocol", "raw"),
            (":protocol", "raw"),
        ],
        [
            (":method", "CONNECT"),
            (":scheme", "http"),
            (":path", "/"),
            (":protocol", "raw"),
            ("content-length", "5"),
        ],
        [(":method", "CONNECT"), (":scheme", "http"), (":path", "/")],
        [(":method", "CONNECT"), ("content-length", "5")],
    ],
)
def test_a_malformed_request_for_a_tunnel_goes_nowhere(proxy, echo, fields):
    endpoint = echo()
    martlet = proxy({"c": endpoint}, ROUTES.format(connect=""), **MANAGER)
    with H2Peer.to(martlet.port) as peer:
        fields.insert(1, (":authority", "app:80"))
        stream = peer.ask(fields)
        assert peer.status(stream) in (0, 400)
    assert not endpoint.connections


def test_fields_do_not_belong_into_a_tunnel(proxy, upstream):
    endpoint = upstream(lambda wire: (H1Side(wire, True), wire.read_rest()))
    martlet = proxy({"c": endpoint}, **MANAGER)
    with H2Peer.to(martlet.port) as peer:
        stream = peer.connect("raw")
        assert peer.status(stream) == 200
        peer.h2.send_headers(stream, [("x-late", "1")], end_stream=True)
        peer.flush()
        heard = peer.streams[stream]
        peer.wait(lambda: heard.reset is not None)
        assert heard.reset == 1
