"""gRPC through the proxy, with a client and a server that are grpcio's: HTTP/2 on both sides."""

import threading
import time

import grpc
import pytest
from grpc_service import Service
from grpc_web import frame
from h2.settings import SettingCodes
from h2_peer import H2Peer
from martlet import HTTP_OPTIONS, Martlet, cluster, http_listener, over_http2, to_cluster
from polling import PATIENCE
from upstreams import free_port
from wire import Message, Wire

ROUTES = """
- match: { prefix: /dead. }
  route: { cluster: dead }
- match: { prefix: /bounded. }
  route:
    cluster: grpc
    timeout: 0s
    prefix_rewrite: /test.
    max_stream_duration: { grpc_timeout_header_max: 0.3s }
- match: { prefix: /hurried. }
  route:
    cluster: grpc
    prefix_rewrite: /test.
    max_stream_duration: { max_stream_duration: 0.3s }
- match: { prefix: /shortened. }
  route:
    cluster: grpc
    timeout: 0s
    prefix_rewrite: /test.
    max_stream_duration: { grpc_timeout_header_max: 0s, grpc_timeout_header_offset: 3599.7s }
- match: { prefix: /capped. }
  route:
    cluster: grpc
    timeout: 0.2s
    prefix_rewrite: /test.
    max_grpc_timeout: 1s
- match: { prefix: /unbounded. }
  route:
    cluster: grpc
    timeout: 0.2s
    prefix_rewrite: /test.
    max_grpc_timeout: 0s
- match: { prefix: /both. }
  route:
    cluster: grpc
    timeout: 0.2s
    prefix_rewrite: /test.
    max_grpc_timeout: 0s
    max_stream_duration: { max_stream_duration: 1s }
- match: { prefix: /closed. }
  direct_response: { status: 403, body: { inline_string: "stay out" } }
- match: { prefix: /test. }
  route: { cluster: grpc, timeout: 0s }
"""


@pytest.fixture
def service(closing):
    return closing(Service())


@pytest.fixture
def channel(closing, start, service):
    port = free_port()
    resources = {
        "listeners": [http_listener(port, ROUTES)],
        "clusters": [
            over_http2(cluster("grpc", service.port)),
            over_http2(cluster("dead", free_port())),
        ],
    }
    martlet = start({"static_resources": resources}, port)
    channel = closing(grpc.insecure_channel(f"127.0.0.1:{port}"))
    channel.martlet = martlet
    return channel


def test_unary_calls_carry_messages_and_metadata_both_ways(channel):
    call = channel.unary_unary("/test.Echo/Unary")
    for size in (0, 1, 70_000, 3_000_000):
        answer, done = call.with_call(bytes(size), metadata=(("word", "w"),), timeout=PATIENCE)
        assert len(answer) == size
        assert ("seen", "w") in [(key, value) for key, value in done.trailing_metadata()]


def test_a_client_streams(channel):
    call = channel.stream_unary("/test.Echo/Collect")
    answer = call((b"x" * 1000 for _ in range(2000)), timeout=PATIENCE)
    assert len(answer) == 2_000_000
    answer = call((b"x" for _ in range(10_000)), timeout=PATIENCE)
    assert len(answer) == 10_000


def test_a_server_streams_ten_thousand_messages(channel):
    call = channel.unary_stream("/test.Echo/Spread")
    assert [int(word) for word in call(b"10000", timeout=PATIENCE)] == list(range(10_000))


def test_both_stream_in_turn(channel):
    asked = threading.Semaphore(1)

    def questions():
        for number in range(200):
            assert asked.acquire(timeout=PATIENCE)
            yield str(number).encode()

    heard = []
    for answer in channel.stream_stream("/test.Echo/Talk")(questions(), timeout=PATIENCE):
        heard.append(int(answer))
        asked.release()
    assert heard == list(range(200))


def test_a_status_of_the_servers_passes(channel):
    with pytest.raises(grpc.RpcError) as fault:
        channel.unary_unary("/test.Echo/Refuse")(b"", timeout=PATIENCE)
    assert fault.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert fault.value.details() == "not now: ü"


def test_an_unknown_method_is_the_servers_to_refuse(channel):
    with pytest.raises(grpc.RpcError) as fault:
        channel.unary_unary("/test.Echo/Nothing")(b"", timeout=PATIENCE)
    assert fault.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_a_call_that_is_given_up_is_cancelled_at_the_server(channel, service):
    call = channel.unary_unary("/test.Echo/Hang").future(b"", timeout=PATIENCE)
    threading.Timer(0.2, call.cancel).start()
    with pytest.raises((grpc.FutureCancelledError, grpc.RpcError)):
        call.result()
    assert service.cancelled.wait(PATIENCE)


def test_a_deadline_ends_the_call_at_the_server(channel, service):
    with pytest.raises(grpc.RpcError) as fault:
        channel.unary_unary("/test.Echo/Hang")(b"", timeout=0.3)
    assert fault.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert service.cancelled.wait(PATIENCE)


def test_calls_share_one_connection(channel):
    call = channel.unary_unary("/test.Echo/Unary")
    calls = [call.future(b"x", metadata=(("word", "w"),), timeout=PATIENCE) for _ in range(300)]
    assert all(future.result() == b"x" for future in calls)
    assert channel.martlet.stat("cluster.grpc.upstream_cx_total") <= 2
    assert channel.martlet.stat("cluster.grpc.upstream_rq_total") == 300


@pytest.mark.parametrize(
    ("method", "code", "cause"),
    [
        ("/dead.Service/Call", grpc.StatusCode.UNAVAILABLE, "upstream_connection_refused"),
        ("/Nowhere/Call", grpc.StatusCode.UNIMPLEMENTED, "route_not_found"),
    ],
)
def test_what_fails_in_the_proxy_is_told_as_grpc(channel, method, code, cause):
    with pytest.raises(grpc.RpcError) as fault:
        channel.unary_unary(method)(b"", timeout=PATIENCE)
    assert (fault.value.code(), fault.value.details()) == (code, cause)


def ask_for(martlet, path: str, **headers) -> Message:
    """A call without a message, over HTTP/1.1, where no library of gRPC looks at the deadline."""
    wire = martlet.connect()
    fields = {"content-type": "application/grpc", "te": "trailers", **headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    wire.send(
        f"POST {path} HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n{lines}\r\n".encode() + bytes(5)
    )
    return wire.read_response()


@pytest.fixture
def before_http1(start):
    """Starts a proxy whose endpoint of the calls speaks HTTP/1.1."""

    def before_http1(upstream, **options) -> Martlet:
        port = free_port()
        protocol = {
            "@type": f"type.googleapis.com/{HTTP_OPTIONS}",
            "explicit_http_config": {"http_protocol_options": {}},
            **options,
        }
        calls = cluster("grpc", upstream.port)
        calls["typed_extension_protocol_options"] = {HTTP_OPTIONS: protocol}
        clusters = [calls, cluster("dead", free_port())]
        resources = {"listeners": [http_listener(port, ROUTES)], "clusters": clusters}
        return start({"static_resources": resources}, port)

    return before_http1


LIMITS = [
    ("hurried", {}, "max_stream_duration_reached"),
    ("bounded", {"grpc-timeout": "1H"}, "grpc_timeout_header_max_reached"),
    ("bounded", {"grpc-timeout": "100m"}, "grpc_timeout_reached"),
    ("capped", {}, "max_grpc_timeout_reached"),
    ("both", {"grpc-timeout": "1H"}, "max_stream_duration_reached"),
]


@pytest.mark.parametrize(("route", "fields", "cause"), LIMITS)
def test_the_proxy_ends_a_call_and_names_the_limit_it_reached(
    before_http1, upstream, route, fields, cause
):
    given_up = threading.Event()

    def script(wire: Wire) -> None:
        wire.read_request()
        wire.read_rest()
        given_up.set()

    martlet = before_http1(upstream(script))
    answer = ask_for(martlet, f"/{route}.Echo/Hang", **fields)
    assert (answer.status, answer["grpc-status"], answer["grpc-message"]) == (200, "4", cause)
    assert given_up.wait(PATIENCE)


@pytest.mark.parametrize("fields", [{}, {"grpc-timeout": "1H"}])
@pytest.mark.parametrize("route", ["capped", "both"])
def test_a_route_may_bound_calls_in_place_of_its_timeout(channel, service, route, fields):
    """What a call may ask for, if anything, never lifts what a stream may last."""
    began = time.monotonic()
    answer = ask_for(channel.martlet, f"/{route}.Echo/Hang", **fields)
    assert (answer["grpc-status"], time.monotonic() - began >= 0.9) == ("4", True)
    assert service.cancelled.wait(PATIENCE)


def test_a_call_may_have_all_the_time_it_asks_for(channel, service):
    threading.Timer(0.5, service.cancelled.set).start()
    answer = ask_for(channel.martlet, "/unbounded.Echo/Hang", **{"grpc-timeout": "1H"})
    assert dict(answer.trailers)["grpc-status"] == "0"


def test_an_answer_that_is_whole_waits_for_its_client_beyond_the_deadline(channel):
    head = [(":method", "POST"), (":scheme", "http"), (":authority", "a")]
    fields = [("te", "trailers"), ("content-type", "application/grpc"), ("grpc-timeout", "500m")]
    with H2Peer.to(channel.martlet.port) as peer:
        peer.h2.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: 0})
        peer.flush()
        answered = peer.ask([*head, (":path", "/test.Echo/Unary"), *fields])
        peer.send(answered, frame(b"word"), ends=True)
        assert peer.status(answered) == 200
        # By the end of this one the other's time is up as well.
        hanging = peer.ask([*head, (":path", "/test.Echo/Hang"), *fields])
        peer.send(hanging, frame(b""), ends=True)
        peer.read_rest(hanging)
        assert peer.streams[hanging].fields["grpc-status"] == "4"
        peer.h2.increment_flow_control_window(1 << 16, answered)
        peer.flush()
        assert peer.read_rest(answered) == frame(b"word")


TOLD = [
    ("bounded", "20S", "300m"), ("bounded", "100m", "100m"), ("hurried", "1H", "300m"),
    ("capped", "2S", "1000m"), ("unbounded", "20S", "20S"), ("shortened", "1H", "300m"),
    ("unbounded", "30S", "25000m"),
]  # fmt: skip


@pytest.mark.parametrize(("route", "asked", "told"), TOLD)
def test_an_endpoint_is_told_of_no_more_time_than_the_call_has(
    before_http1, echo, route, asked, told
):
    upstream = echo()
    bounded = {"max_stream_duration": "25s"}
    martlet = before_http1(upstream, common_http_protocol_options=bounded)
    ask_for(martlet, f"/{route}.Echo/Unary", **{"grpc-timeout": asked})
    (request,) = upstream.requests
    assert request.all("grpc-timeout") == [told]


def test_an_offset_shortens_what_a_call_asks_for(channel, service):
    answer = ask_for(channel.martlet, "/shortened.Echo/Hang", **{"grpc-timeout": "1H"})
    assert answer["grpc-status"] == "4"
    # One that is not longer stays as it is.
    service.cancelled.set()
    answer = ask_for(channel.martlet, "/shortened.Echo/Hang", **{"grpc-timeout": "3S"})
    assert dict(answer.trailers)["grpc-status"] == "0"


def test_a_call_that_lasts_too_long_behind_its_head_is_told_in_trailers(channel, service):
    # Without a time of its own, of which the server would be told.
    call = channel.unary_stream("/hurried.Echo/Begin")(b"x")
    patience = threading.Timer(PATIENCE, call.cancel)
    patience.daemon = True
    patience.start()
    assert next(call) == b"x"
    with pytest.raises(grpc.RpcError) as fault:
        next(call)
    assert fault.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert fault.value.details() == "max_stream_duration_reached"
    assert service.cancelled.wait(PATIENCE)


def test_an_endpoint_that_goes_away_behind_its_head_is_told_in_trailers(start, closing, upstream):
    may_leave = threading.Event()

    def script(wire: Wire) -> None:
        peer = H2Peer(wire.socket, client=False)
        peer.wait(lambda: any(stream.is_ended for stream in peer.streams.values()))
        (stream,) = peer.streams
        peer.answer(stream, 200, ("content-type", "application/grpc"))
        peer.send(stream, frame(b"x"))
        assert may_leave.wait(PATIENCE)
        wire.reset()

    port = free_port()
    resources = {
        "listeners": [http_listener(port, to_cluster("one"))],
        "clusters": [over_http2(cluster("one", upstream(script).port))],
    }
    start({"static_resources": resources}, port)
    channel = closing(grpc.insecure_channel(f"127.0.0.1:{port}"))
    call = channel.unary_stream("/test.Echo/Begin")(b"x", timeout=PATIENCE)
    assert next(call) == b"x"
    may_leave.set()
    with pytest.raises(grpc.RpcError) as fault:
        next(call)
    assert fault.value.code() is grpc.StatusCode.UNAVAILABLE
    assert fault.value.details() == "upstream_reset_in_response"


def test_a_direct_response_is_told_as_grpc(channel):
    with pytest.raises(grpc.RpcError) as fault:
        channel.unary_unary("/closed.Service/Call")(b"", timeout=PATIENCE)
    assert fault.value.code() is grpc.StatusCode.PERMISSION_DENIED
    assert fault.value.details() == "stay out"


def test_a_long_direct_response_is_told_in_part(start):
    port = free_port()
    body = {"inline_string": "ü" * 40_000}
    routes = [{"match": {"prefix": "/"}, "direct_response": {"status": 403, "body": body}}]
    config = {
        "name": "routes",
        "max_direct_response_body_size_bytes": 1 << 20,
        "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": routes}],
        "response_headers_to_add": [{"header": {"key": "behind", "value": "it"}}],
    }
    listener = http_listener(port, routes, route_config=config)
    martlet = start({"static_resources": {"listeners": [listener]}}, port)
    answer = ask_for(martlet, "/test.Echo/Unary")
    assert answer["grpc-status"] == "7"
    assert answer["grpc-message"] == "%C3%BC" * 682
    assert answer["behind"] == "it"


def test_trailers_alone_carry_no_length(channel):
    head = [(":method", "POST"), (":scheme", "http"), (":authority", "a")]
    for path in ("/closed.S/Call", "/Nowhere/Call", "/dead.S/Call"):
        with H2Peer.to(channel.martlet.port) as peer:
            kind = ("content-type", "application/grpc")
            stream = peer.ask([*head, (":path", path), kind], ends=True)
            assert peer.read_rest(stream) == b""
            assert "content-length" not in peer.streams[stream].fields


def test_a_stream_that_is_given_up_is_cancelled_at_the_server(channel, service):
    call = channel.unary_stream("/test.Echo/Begin")(b"x", timeout=PATIENCE)
    assert next(call) == b"x"
    call.cancel()
    assert service.cancelled.wait(PATIENCE)


def test_both_stream_ten_thousand_messages_at_once(channel):
    words = [str(number).encode() for number in range(10_000)]
    assert list(channel.stream_stream("/test.Echo/Talk")(iter(words), timeout=PATIENCE)) == words
