"""gRPC-Web in front, a server of grpcio's behind."""

import base64
import threading

import pytest
from grpc_service import Service
from grpc_web import Answer, begin, call, call_over_http2, finish, frame, frames, head, plain
from h2_peer import H2Peer
from martlet import ROUTER, TYPES, cluster, http_listener, over_http2, to_cluster
from polling import PATIENCE, eventually
from upstreams import free_port
from wire import Wire

ROUTES = """
- match: { prefix: /dead. }
  route: { cluster: dead }
- match: { prefix: /other. }
  route: { cluster: other }
- match: { prefix: /closed. }
  direct_response: { status: 403, body: { inline_string: "stay out, 100 %" } }
- match: { prefix: /moved. }
  redirect: { path_redirect: /test.Echo/Unary }
- match: { prefix: /hurried. }
  route:
    cluster: grpc
    prefix_rewrite: /test.
    max_stream_duration: { max_stream_duration: 0.3s }
- match: { prefix: /test. }
  route: { cluster: grpc, timeout: 0s }
"""
BRIDGE = {
    "name": "envoy.filters.http.grpc_web",
    "typed_config": {"@type": f"{TYPES}.filters.http.grpc_web.v3.GrpcWeb"},
}
MEBIBYTE = 1 << 20


@pytest.fixture
def service(closing):
    return closing(Service())


@pytest.fixture
def bridge(start, service):
    """Starts a proxy; `script` is what an endpoint of HTTP/1.1 does."""

    def bridge(other: int = 0, filters=(BRIDGE, ROUTER)):
        port = free_port()
        clusters = [
            over_http2(cluster("grpc", service.port)),
            over_http2(cluster("dead", free_port())),
            cluster("other", other or free_port()),
        ]
        listener = http_listener(port, ROUTES, http_filters=list(filters))
        return start({"static_resources": {"listeners": [listener], "clusters": clusters}}, port)

    return bridge


both_protocols = pytest.mark.parametrize("ask", [call, call_over_http2])
both_forms = pytest.mark.parametrize("is_text", [False, True])


@both_protocols
@both_forms
def test_a_unary_call(bridge, service, ask, is_text):
    proxy = bridge()
    for size in (0, 1, 5000, 300_000):
        message = bytes(number % 251 for number in range(size))
        answer = ask(proxy.port, "/test.Echo/Unary", message, is_text=is_text, word="w")
        assert answer.status == 200
        kind = "application/grpc-web-text+proto" if is_text else "application/grpc-web+proto"
        assert answer.fields["content-type"] == kind
        assert answer.fields["told"] == "first"
        assert answer.messages == [message]
        assert answer.outcome[0] == "0"
        assert answer.trailers["seen"] == "w"
    assert not is_text or "content-length" not in service.asked[-1]


@both_protocols
@both_forms
def test_a_server_streams(bridge, ask, is_text):
    answer = ask(bridge().port, "/test.Echo/Spread", b"10000", is_text=is_text)
    assert answer.messages == [str(number).encode() for number in range(10_000)]
    assert answer.outcome[0] == "0"


@both_protocols
@both_forms
def test_a_client_streams(bridge, ask, is_text):
    answer = ask(bridge().port, "/test.Echo/Collect", *[b"x" * 999] * 1000, is_text=is_text)
    assert answer.messages == [b"x" * 999_000]


@both_protocols
@both_forms
def test_a_status_of_the_servers_passes(bridge, ask, is_text):
    answer = ask(bridge().port, "/test.Echo/Refuse", b"", is_text=is_text)
    assert (answer.status, answer.messages) == (200, [])
    assert answer.outcome == ("9", "not now: %C3%BC")


@both_forms
def test_each_message_comes_at_once(bridge, is_text):
    """A call that goes on in both directions, over HTTP/1.1."""
    with bridge().connect() as wire:
        begin(wire, "/test.Echo/Talk", head(is_text))
        for number, word in enumerate([b"a", b"bc", b"", b"defg"]):
            text = base64.b64encode(frame(word)) if is_text else frame(word)
            wire.send(b"%x\r\n%s\r\n" % (len(text), text))
            if number == 0:
                assert wire.read_head().status == 200
            size = int(wire.read_line(), 16)
            chunk = wire.read(size)
            assert wire.read(2) == b"\r\n"
            assert frames(plain(chunk) if is_text else chunk) == [(0, word)]
        wire.send(b"0\r\n\r\n")
        body, _ = wire.read_chunked()
        assert Answer(200, {}, body, is_text).outcome[0] == "0"


def test_texts_are_read_however_they_are_cut_and_padded(bridge):
    proxy = bridge()
    messages = [b"", b"a", b"four", b"x" * 20]
    texts = [base64.b64encode(frame(message)) for message in messages]
    body = b"".join(texts)
    for count in [1, 2, 3, 5, 7]:
        with proxy.connect() as wire:
            begin(wire, "/test.Echo/Collect", head(True))
            for start in range(0, len(body), count):
                piece = body[start : start + count]
                wire.send(b"%x\r\n%s\r\n" % (len(piece), piece))
            wire.send(b"0\r\n\r\n")
            assert finish(wire, True).messages == [b"".join(messages)]


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        (b"AAAA AAA", "grpc_web_base64_invalid"),
        (b"AAAAAA=A", "grpc_web_base64_invalid"),
        (b"\x00\x00\x00\x00\x00", "grpc_web_base64_invalid"),
        (b"AAAAAA", "grpc_web_base64_incomplete"),
    ],
)
@both_forms
def test_a_text_that_is_no_base64_is_refused(bridge, service, body, cause, is_text):
    proxy = bridge()
    fields = head(True, accept="application/grpc-web" + ("-text" if is_text else ""))
    for length in (len(body), None):
        with proxy.connect() as wire:
            begin(wire, "/test.Echo/Unary", fields, length)
            wire.send(body if length else b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))
            answer = finish(wire, is_text)
            assert (answer.status, answer.outcome) == (200, ("13", cause))
    with H2Peer.to(proxy.port) as peer:
        pseudo = {":method": "POST", ":scheme": "http", ":authority": "a"}
        path = {":path": "/test.Echo/Unary"}
        stream = peer.ask(list((pseudo | path | fields).items()))
        peer.send(stream, body, ends=True)
        answer = Answer(peer.status(stream), peer.streams[stream].fields, b"")
        assert (answer.status, answer.outcome) == (200, ("13", cause))
        # The connection lives on.
        assert call_over_http2(proxy.port, "/test.Echo/Unary", b"x").messages == [b"x"]
    assert eventually(lambda: proxy.stat("http.in.downstream_cx_protocol_error") == 3)
    assert len(service.asked) == 1


@both_protocols
@both_forms
@pytest.mark.parametrize(
    ("method", "status", "cause"),
    [
        ("/dead.Service/Call", "14", "upstream_connection_refused"),
        ("/Nowhere/Call", "12", "route_not_found"),
        ("/closed.Service/Call", "7", "stay out, 100 %25"),
        ("/moved.Service/Call", "2", None),
        ("/hurried.Echo/Hang", "4", "max_stream_duration_reached"),
    ],
)
def test_what_the_proxy_answers_is_told_in_the_head(bridge, ask, is_text, method, status, cause):
    answer = ask(bridge().port, method, b"", is_text=is_text)
    assert (answer.status, answer.body) == (200, b"")
    assert answer.fields["content-type"].startswith("application/grpc-web")
    assert answer.outcome == (status, cause)


@both_protocols
@both_forms
def test_what_fails_behind_a_message_is_told_behind_it(bridge, ask, is_text):
    answer = ask(bridge().port, "/hurried.Echo/Begin", b"x", is_text=is_text)
    assert answer.messages == [b"x"]
    assert answer.outcome == ("4", "max_stream_duration_reached")


NOT_GRPC = [
    (b"HTTP/1.1 503 No\r\ncontent-length: 8\r\n\r\n50 % off", "14", "50 %25 off"),
    (b"HTTP/1.1 404 No\r\ncontent-type: text/html\r\ntransfer-encoding: chunked\r\n\r\n"
     b"3\r\n<p>\r\n0\r\n\r\n", "12", "<p>"),
    (b"HTTP/1.1 401 No\r\ncontent-length: 0\r\n\r\n", "16", None),
    (b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\n\xc3\xbc", "2",
     "%C3%BC"),
    (b"HTTP/1.1 204 No\r\n\r\n", "2", None),
    (b"HTTP/1.1 304 No\r\ncontent-length: 10\r\n\r\n", "2", None),
    (b"HTTP/1.1 502 No\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\n\x1f\x8b\x08\x00",
     "14", None),
    (b"HTTP/1.1 500 No\r\nconnection: close\r\n\r\n" + b"long" * 5000, "2", "long" * 1024),
    (b"HTTP/1.1 200 OK\r\ncontent-type: application/grpc\r\ncontent-length: 0\r\n\r\n", "2",
     "grpc_status_missing"),
    (b"HTTP/1.1 200 OK\r\ncontent-type: application/grpc+proto\r\ngrpc-status: 5\r\n"
     b"grpc-message: no%20such\r\ncontent-length: 0\r\n\r\n", "5", "no%20such"),
    (b"HTTP/1.1 200 OK\r\ncontent-type: application/grpc+proto\r\ngrpc-status: 5\r\n"
     b"grpc-message: 1%25\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", "5", "1%25"),
]  # fmt: skip


@both_protocols
@both_forms
@pytest.mark.parametrize(("response", "status", "cause"), NOT_GRPC)
def test_what_is_no_answer_of_grpc_becomes_one(
    bridge, upstream, ask, is_text, response, status, cause
):
    def script(wire: Wire) -> None:
        wire.read_request()
        wire.send_last(response)

    proxy = bridge(upstream(script).port)
    answer = ask(proxy.port, "/other.Service/Call", b"", is_text=is_text)
    assert (answer.status, answer.messages) == (200, [])
    assert answer.outcome == (status, cause)
    assert "content-encoding" not in answer.fields


@both_forms
def test_a_status_in_the_head_stands_though_an_empty_frame_ends_the_answer(
    start, upstream, is_text
):
    def script(wire: Wire) -> None:
        peer = H2Peer(wire.socket, client=False)
        peer.wait(lambda: any(stream.is_ended for stream in peer.streams.values()))
        (stream,) = peer.streams
        fields = {"content-type": "application/grpc", "grpc-status": "0"}
        peer.answer(stream, 200, *fields.items())
        peer.h2.send_data(stream, b"", end_stream=True)
        peer.flush()
        wire.read_rest()

    port = free_port()
    listener = http_listener(port, to_cluster("one"), http_filters=[BRIDGE, ROUTER])
    one = over_http2(cluster("one", upstream(script).port))
    start({"static_resources": {"listeners": [listener], "clusters": [one]}}, port)
    answer = call(port, "/other.S/Call", b"", is_text=is_text)
    assert answer.outcome == ("0", None)


@both_forms
def test_an_endpoint_of_http1_is_asked_for_trailers_and_gives_them(bridge, upstream, is_text):
    asked = []

    def script(wire: Wire) -> None:
        asked.append(wire.read_request())
        wire.send(
            b"HTTP/1.1 200 OK\r\ncontent-type: application/grpc+json\r\n"
            b"transfer-encoding: chunked\r\n\r\n"
            b"7\r\n" + frame(b"{}") + b"\r\n0\r\nGrpc-Status: 0\r\nX-More: Yes\r\n\r\n"
        )

    proxy = bridge(upstream(script).port)
    kind = "application/grpc-web" + ("-text" if is_text else "") + "+json"
    fields = {"content-type": kind, "accept": "*/*"}
    answer = call(proxy.port, "/other.S/Call", b"{}", is_text=is_text, **fields)
    assert answer.fields["content-type"] == kind
    assert answer.messages == [b"{}"]
    assert answer.trailers == {"grpc-status": "0", "x-more": "Yes"}
    (request,) = asked
    assert request["content-type"] == "application/grpc+json"
    assert request["te"] == "trailers"
    assert request.body == frame(b"{}")


def test_an_endpoint_that_breaks_off_within_a_message_breaks_the_answer_off(bridge, upstream):
    may_leave = threading.Event()

    def script(wire: Wire) -> None:
        wire.read_request()
        wire.send(
            b"HTTP/1.1 200 OK\r\ncontent-type: application/grpc\r\n"
            b"transfer-encoding: chunked\r\n\r\n3\r\n\0\0\0\r\n"
        )
        assert may_leave.wait(PATIENCE)

    with bridge(upstream(script).port).connect() as wire:
        begin(wire, "/other.S/Call", head(False), 5)
        wire.send(frame(b""))
        assert wire.read_head().status == 200
        may_leave.set()
        with pytest.raises((EOFError, ConnectionResetError)):
            wire.read_chunked()


def test_other_requests_and_other_filters_are_left_alone(bridge, upstream):
    seen = []

    def script(wire: Wire) -> None:
        while True:
            seen.append(wire.read_request())
            wire.send(b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\nhi")

    port = upstream(script).port
    for proxy, method, kind in [
        (bridge(port), "POST", "application/grpc-web-like"),
        (bridge(port), "PUT", "application/grpc-web"),
        (bridge(port, [ROUTER]), "POST", "application/grpc-web"),
        (bridge(port, [{**BRIDGE, "disabled": True}, ROUTER]), "POST", "application/grpc-web"),
    ]:
        with proxy.connect() as wire:
            wire.send(
                f"{method} /other.S/Call HTTP/1.1\r\nhost: a\r\ncontent-type: {kind}\r\n"
                "content-length: 3\r\n\r\nabc"
            )
            answer = wire.read_response()
            assert (answer.status, answer.body) == (200, b"hi")
        assert (seen[-1]["content-type"], seen[-1].body) == (kind, b"abc")


def test_a_client_that_reads_nothing_slows_the_server_down(bridge, service):
    """Text is longer than what it stands for, and is not stored."""
    proxy = bridge()
    before = proxy.resident()
    with proxy.connect(receive_buffer=4096) as wire:
        body = base64.b64encode(frame(b"3000000"))
        begin(wire, "/test.Echo/Spread", head(True), len(body))
        wire.send(body)
        assert wire.read_head().status == 200
        received = eventually(lambda: settled(proxy))
        assert received < 16 * MEBIBYTE
        assert proxy.resident() < before + 4 * MEBIBYTE


def settled(proxy) -> int | None:
    """Bytes received from endpoints, once they stay the same."""
    found = proxy.stat("cluster.grpc.upstream_cx_rx_bytes_total")
    threading.Event().wait(0.3)
    return found if found == proxy.stat("cluster.grpc.upstream_cx_rx_bytes_total") else None


def test_a_large_text_passes_a_slow_server(bridge, service):
    """A request of text, longer than all windows and buffers."""
    message = b"y" * 3_000_000
    for ask in (call, call_over_http2):
        assert ask(bridge().port, "/test.Echo/Unary", message, is_text=True).messages == [message]


def test_a_client_that_goes_away_ends_the_call(bridge, service):
    wire = bridge().connect()
    begin(wire, "/test.Echo/Begin", head(False), 6)
    wire.send(frame(b"x"))
    assert wire.read_head().status == 200
    wire.reset()
    assert service.cancelled.wait(PATIENCE)
