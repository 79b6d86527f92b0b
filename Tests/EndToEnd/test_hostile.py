"""Clients that mean harm, or do not know better: refused, bounded, and kept from the upstream."""

import contextlib
import resource
import time

import pytest
from h2_peer import H2Peer
from hostile_requests import CHUNKED_BODIES, HEADS
from martlet import STDOUT_LOG
from polling import eventually, sooner_than
from wire import Wire

# Seconds that a head has when nothing is said.
DEFAULT_HEADERS_TIMEOUT = 10
REFUSALS = {400, 405, 411, 413, 414, 417, 431, 501, 505}
# What follows a hostile request on its connection must not be taken for another one.
SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"


def test_there_are_enough_hostile_requests():
    assert len(set(HEADS)) == len(HEADS) >= 60


def test_a_malformed_request_is_refused_and_not_a_byte_of_it_passed_on(proxy, echo):
    upstream = echo()
    martlet = proxy({"one": upstream}, access_log=[STDOUT_LOG])
    wrong = [fault for request in HEADS for fault in faults_of_refusal(martlet, request)]
    assert wrong == []
    assert bytes(upstream.received) == b""
    eventually(lambda: martlet.stat("http.in.downstream_cx_protocol_error") >= len(HEADS) - 1)
    # And it still serves.
    assert martlet.ask().status == 200


def faults_of_refusal(martlet, request: str):
    """What is wrong with the answer to a request that must be refused."""
    with martlet.connect() as client:
        client.send(request + SMUGGLED)
        try:
            response = client.read_response()
            if response.status not in REFUSALS:
                yield f"{request!r}: answered {response.status}"
            if rest := client.read_rest():
                yield f"{request!r}: answered again: {rest[:60]!r}"
        except (EOFError, ConnectionResetError) as fault:
            yield f"{request!r}: {fault!r} without an answer"


def test_a_malformed_body_never_becomes_a_whole_request(proxy, echo):
    upstream = echo()
    martlet = proxy({"one": upstream})
    head = "POST /body HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    wrong = [fault for body in CHUNKED_BODIES for fault in faults_of_refusal(martlet, head + body)]
    assert wrong == []
    assert upstream.requests == []
    assert b"smuggled" not in upstream.received
    assert martlet.ask().status == 200


def test_an_ambiguous_request_in_single_bytes_is_refused_too(proxy, echo):
    upstream = echo()
    martlet = proxy({"one": upstream})
    lengths = "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"
    request = f"POST / HTTP/1.1\r\nHost: a\r\n{lengths}\r\n"
    with martlet.connect() as client:
        for byte in request:
            client.send(byte)
        assert client.read_response().status == 400
        assert client.is_closed_by_peer()
    assert bytes(upstream.received) == b""


# Fields that the standard access log asks for, in heads that come to nothing.
LOGGED = "User-Agent: tests/1\r\nX-Request-Id: one\r\nX-Forwarded-For: 192.0.2.1\r\n"


@pytest.mark.parametrize(
    "fault", ["no colon\r\n", " folded\r\n", "X: a\0b\r\n", "X: 1\n", "X: 1\r\n" * 200, "Y : 1\r\n"]
)
def test_a_head_refused_behind_fields_that_are_logged_is_refused_and_logged(proxy, echo, fault):
    martlet = proxy({"one": echo()}, access_log=[STDOUT_LOG])
    with martlet.connect() as client:
        client.send(f"GET / HTTP/1.1\r\nHost: a\r\n{LOGGED}{fault}\r\n")
        assert client.read_response().status in {400, 431}
    assert [line["response_flags"] for line in eventually(martlet.access_log)] == ["DPE"]
    assert martlet.ask().status == 200


def test_a_head_that_dribbles_in_is_cut_off_in_time(proxy, echo):
    martlet = proxy({"one": echo()}, request_headers_timeout="0.3s", access_log=[STDOUT_LOG])
    with martlet.connect() as client:
        client.send(f"GET / HTTP/1.1\r\nHost: a\r\n{LOGGED}X: ")
        with sooner_than(DEFAULT_HEADERS_TIMEOUT):
            assert client.read_response().status == 408
        assert client.is_closed_by_peer()
    martlet.expect("http.in.downstream_rq_header_timeout", 1)
    assert [line["response_flags"] for line in eventually(martlet.access_log)] == ["DPE"]


def test_many_slow_heads_are_all_cut_off(proxy, echo):
    martlet = proxy({"one": echo()}, request_headers_timeout="0.5s")
    clients = [martlet.connect() for _ in range(100)]
    for client in clients:
        client.send("GET / HTTP/1.1\r\nHost: a\r\n")
    assert {client.read_response().status for client in clients} == {408}
    for client in clients:
        client.close()
    eventually(lambda: martlet.stat("http.in.downstream_cx_active"), lambda active: active == 0)


def test_a_body_that_stops_is_cut_off_in_time(proxy, echo):
    martlet = proxy({"one": echo()}, stream_idle_timeout="0.3s")
    with martlet.connect() as client:
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nsome")
        assert client.read_response().status == 408
        assert client.is_closed_by_peer()


def test_a_body_that_takes_too_long_as_a_whole_is_cut_off(proxy, echo):
    martlet = proxy({"one": echo()}, request_timeout="0.3s")
    with martlet.connect() as client:
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n")
        assert client.read_response().status == 408
        assert client.is_closed_by_peer()


@pytest.mark.parametrize(
    "framing",
    [
        "Content-Length: 100\r\n\r\n",
        "Content-Length: 1000000000\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n1;",
        "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n",
    ],
    ids=["small", "large", "chunk-extension", "trailers"],
)
def test_a_body_that_drips_in_is_cut_off_in_time(proxy, echo, framing):
    martlet = proxy({"one": echo()}, request_headers_timeout="0.2s")
    with martlet.connect() as client:
        client.send(f"POST / HTTP/1.1\r\nHost: a\r\n{framing}")
        with contextlib.suppress(OSError):
            for _ in range(60):
                client.send("x")
                time.sleep(0.05)
        with sooner_than(DEFAULT_HEADERS_TIMEOUT / 2):
            assert client.read_response().status == 408


@pytest.mark.parametrize("protocol", ["http/1.1", "h2"])
def test_a_body_of_unknown_length_that_drips_in_is_cut_off_in_time(proxy, echo, protocol):
    martlet = proxy({"one": echo()}, request_headers_timeout="0.2s")
    drip = drip_over_http2 if protocol == "h2" else drip_over_http1
    with sooner_than(DEFAULT_HEADERS_TIMEOUT / 2):
        assert drip(martlet) == 408
    martlet.expect("http.in.downstream_rq_timeout", 1)
    martlet.process.wait_for("listener in: 1 requests came too slowly and were given up, the last")
    assert martlet.ask().status == 200


def drip_over_http1(martlet) -> int:
    with martlet.connect() as client:
        client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        with contextlib.suppress(OSError):
            for _ in range(60):
                client.send("1\r\nx\r\n")
                time.sleep(0.05)
        return client.read_response().status


def drip_over_http2(martlet) -> int:
    head = [(":method", "POST"), (":path", "/"), (":scheme", "http"), (":authority", "a")]
    with H2Peer.to(martlet.port) as peer:
        stream = peer.ask(head)
        for _ in range(60):
            peer.send(stream, b"x")
            time.sleep(0.05)
        return peer.status(stream)


MAY_STREAM = {
    "endless": ("/endless", ""),
    "call": ("/", "content-type: application/grpc\r\n"),
}


@pytest.mark.parametrize("kind", MAY_STREAM)
def test_a_stream_of_rare_chunks_is_left_alone(proxy, echo, kind):
    path, fields = MAY_STREAM[kind]
    routes = """
- match: { prefix: /endless }
  route: { cluster: one, timeout: 0s }
- match: { prefix: / }
  route: { cluster: one }
"""
    martlet = proxy({"one": echo()}, routes, request_headers_timeout="0.1s")
    with martlet.connect() as client:
        framing = "Transfer-Encoding: chunked"
        client.send(f"POST {path} HTTP/1.1\r\nHost: a\r\n{fields}{framing}\r\n\r\n")
        for _ in range(3):
            time.sleep(0.4)
            client.send("1\r\nx\r\n")
        client.send("0\r\n\r\n")
        assert client.read_response().status == 200


def test_an_idle_connection_is_closed_in_time(proxy, echo):
    martlet = proxy({"one": echo()}, common_http_protocol_options={"idle_timeout": "2s"})
    with martlet.connect() as served:
        served.get()
        assert served.read_response().status == 200
        with martlet.connect() as silent:
            assert silent.is_closed_by_peer()
        assert served.is_closed_by_peer()


def test_a_thousand_idle_connections_are_kept_while_others_are_served(proxy, nginx):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(8192, hard), hard))
    try:
        martlet = proxy({"one": nginx("plain")})
        idle = [Wire.to(martlet.port) for _ in range(1000)]
        eventually(lambda: martlet.stat("http.in.downstream_cx_active"), lambda n: n == 1000)
        for _ in range(50):
            assert martlet.ask().status == 200
        for client in idle:
            client.get()
            assert client.read_response().status == 200
            client.close()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize(
    "head",
    [
        "X: " + "x" * 70_000 + "\r\n",
        "".join(f"X-{number}: {'x' * 700}\r\n" for number in range(99)),
        "".join(f"X-{number}: 1\r\n" for number in range(101)),
        "X" * 70_000 + ": 1\r\n",
    ],
    ids=["one-large-field", "large-altogether", "too-many", "large-name"],
)
def test_a_head_over_the_limit_is_refused_with_431(proxy, echo, head):
    upstream = echo()
    martlet = proxy({"one": upstream})
    with martlet.connect() as client:
        client.send(f"GET / HTTP/1.1\r\nHost: a\r\n{head}\r\n")
        assert client.read_response().status == 431
        assert client.is_closed_by_peer()
    assert bytes(upstream.received) == b""


def test_limits_are_as_configured(proxy, echo):
    martlet = proxy(
        {"one": echo()},
        max_request_headers_kb=4,
        common_http_protocol_options={"max_headers_count": 10},
    )
    assert martlet.ask("/", "x: " + "x" * 3000).status == 200
    assert martlet.ask("/", "x: " + "x" * 5000).status == 431
    assert martlet.ask("/", *(f"x-{number}: 1" for number in range(8))).status == 200
    assert martlet.ask("/", *(f"x-{number}: 1" for number in range(11))).status == 431


def test_a_target_over_the_limit_is_refused(proxy, echo):
    martlet = proxy({"one": echo()})
    assert martlet.ask("/" + "x" * 70_000).status in {414, 431}
