"""Peers on either side that flood, stall or vanish: the proxy stays small and goes on serving."""

import contextlib
import os
import resource
import threading

import pytest
from h2_frames import headers
from h2_wire import H2Wire
from martlet import over_http2
from polling import PATIENCE, eventually
from process import SANITIZER
from upstreams import answering
from wire import Wire

OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
MEBIBYTE = 1 << 20


def grown(martlet, before: int) -> int:
    return martlet.resident() - before


def descriptors(martlet) -> int:
    return len(os.listdir(f"/proc/{martlet.process.pid}/fd"))


HINT = [(":status", "103"), ("link", "x" * 1000)]


def hints_over_http1(wire) -> bytes:
    wire.read_head()
    return b"HTTP/1.1 103 Early Hints\r\nlink: <" + b"x" * 1000 + b">\r\n\r\n"


def hints_over_http2(wire) -> bytes:
    return headers(H2Wire(wire.socket).accept().read_head().stream, HINT, end=False)


@pytest.mark.parametrize("hints", [hints_over_http1, hints_over_http2], ids=["http1", "http2"])
def test_interim_responses_without_end_do_not_pile_up(proxy, upstream, hints):
    gone = threading.Event()
    sent = [0]

    def script(wire):
        many = hints(wire) * 1000
        try:
            for _ in range(100):
                wire.send(many)
                sent[0] += 1
        finally:
            gone.set()

    config = over_http2({}) if hints is hints_over_http2 else None
    martlet = proxy({"one": upstream(script)}, cluster_config=config)
    assert martlet.admin_get("/ready")[0] == 200
    before = martlet.resident()
    with martlet.connect(receive_buffer=65536) as client:
        client.get()
        eventually(lambda: sent[0] > 20 or gone.is_set())
        assert grown(martlet, before) < 4 * MEBIBYTE
        assert client.read_response().status == 502


def test_a_switch_of_protocols_nobody_asked_for_is_a_502(proxy, upstream):
    def script(wire):
        wire.read_request()
        wire.send("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n")
        wire.read_rest()

    response = proxy({"one": upstream(script)}).ask()
    assert (response.status, response.body) == (502, b"switch_to_a_protocol_not_asked_for\n")


def test_a_client_that_resets_while_it_waits_frees_its_upstream(proxy, upstream):
    gone = threading.Event()
    asked = threading.Event()

    def script(wire):
        wire.read_request()
        asked.set()
        try:
            wire.read_rest()
        finally:
            gone.set()

    martlet = proxy({"one": upstream(script)})
    client = martlet.connect()
    client.get()
    assert asked.wait(PATIENCE)
    client.reset()
    assert gone.wait(PATIENCE)
    eventually(lambda: martlet.stat("http.in.downstream_rq_active"), lambda active: active == 0)


def test_an_upload_that_breaks_off_is_no_whole_request(proxy, upstream):
    ends = []
    begun, ended = threading.Event(), threading.Event()

    def script(wire):
        wire.read_head()
        begun.set()
        try:
            wire.read_chunked()
            ends.append("whole")
        except (EOFError, ConnectionResetError) as fault:
            ends.append(type(fault).__name__)
        ended.set()

    martlet = proxy({"one": upstream(script)})
    client = martlet.connect()
    client.send("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n")
    assert begun.wait(PATIENCE)
    client.close()
    assert ended.wait(PATIENCE)
    assert ends != ["whole"]


def test_a_flood_of_pipelined_requests_is_bounded(proxy, upstream):
    answer = "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n" + "x" * 1000
    martlet = proxy({"one": upstream(answering(answer))})
    assert martlet.ask().status == 200
    before = martlet.resident()
    with martlet.connect(receive_buffer=65536) as client:
        client.socket.settimeout(1)
        with pytest.raises(TimeoutError):
            for _ in range(10_000):
                client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n" * 1000)
        assert grown(martlet, before) < 2 * MEBIBYTE
    assert martlet.ask().status == 200


def test_trailers_over_the_limit_are_refused(proxy, echo):
    upstream = echo()
    martlet = proxy({"one": upstream})
    with martlet.connect() as client:
        client.send("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n0\r\n")
        client.send("x: " + "y" * 100_000 + "\r\n\r\n")
        assert client.read_response().status in {400, 431}
    assert upstream.requests == []


def test_chunk_extensions_without_end_are_refused(proxy, echo):
    upstream = echo()
    martlet = proxy({"one": upstream})
    with martlet.connect() as client:
        client.send("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n5;")
        client.send("x" * 100_000)
        assert client.read_response().status in {400, 413, 431}
    assert upstream.requests == []


def test_running_out_of_descriptors_passes(proxy, nginx):
    martlet = proxy({"one": nginx("plain")})
    limit = resource.prlimit(martlet.process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(martlet.process.pid, resource.RLIMIT_NOFILE, (64, limit[1]))
    crowd = [Wire.to(martlet.port) for _ in range(200)]
    eventually(lambda: descriptors(martlet) == 64)
    for client in crowd:
        client.close()

    def is_served() -> bool:
        # Until the crowd has gone, newcomers may be refused or reset.
        with contextlib.suppress(OSError, EOFError):
            return martlet.ask().status == 200

    eventually(is_served)


def test_a_log_that_nobody_reads_any_more_does_not_end_it(proxy, upstream, tmp_path):
    log = {
        "name": "full",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog",
            "path": "/dev/full",
        },
    }
    martlet = proxy({"one": upstream(answering(OK))}, access_log=[log])
    for _ in range(20):
        assert martlet.ask().status == 200
    eventually(lambda: martlet.stat("telemetry.access_log_lines"), lambda lines: lines == 20)
    assert martlet.process.terminate() == 0


@pytest.mark.skipif(bool(SANITIZER), reason="a sanitizer keeps what is freed")
def test_the_memory_of_many_large_heads_goes_back_to_the_kernel(proxy, nginx):
    martlet = proxy({"one": nginx("plain")})
    martlet.ask()
    memory = martlet.resident()
    clients = [martlet.connect() for _ in range(400)]
    for client in clients:
        client.send("GET / HTTP/1.1\r\nHost: a\r\nX: " + "a" * 40_000)
    eventually(lambda: grown(martlet, memory), lambda growth: growth > 15 * MEBIBYTE)
    for client in clients:
        client.close()
    eventually(lambda: grown(martlet, memory), lambda growth: growth < 6 * MEBIBYTE)


def test_memory_and_descriptors_return_after_a_crowd(proxy, nginx):
    martlet = proxy({"one": nginx("plain")})

    def crowd() -> None:
        clients = [martlet.connect() for _ in range(300)]
        for client in clients:
            client.get()
        assert {client.read_response().status for client in clients} == {200}
        for client in clients:
            client.close()
        gauge = "http.in.downstream_cx_active"
        eventually(lambda: martlet.stat(gauge), lambda active: active == 0)

    # Connections fall on the workers by chance: each has its largest share soon.
    for _ in range(3):
        crowd()
    before, memory = descriptors(martlet), martlet.resident()
    for _ in range(5):
        crowd()
    # Pooled connections to the upstream may differ in number.
    assert descriptors(martlet) <= before + 300
    # A connection left behind, with its buffers, would hold more than this for each of the 1,500.
    assert grown(martlet, memory) < 3 * MEBIBYTE


@pytest.mark.parametrize(
    "begun", [b"P", b"PRI", b"PRI * HTTP/2.0\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r"]
)
def test_a_client_that_stops_within_the_preface_of_http2_is_not_waited_for(proxy, echo, begun):
    martlet = proxy({"one": echo()}, request_headers_timeout="0.3s")
    with martlet.connect() as client:
        client.send(begun)
        assert client.read_response().status == 408
        assert client.read_rest() == b""


def test_a_client_that_says_nothing_behind_the_preface_is_not_waited_for(proxy, echo):
    martlet = proxy({"one": echo()}, request_headers_timeout="0.3s")
    with martlet.connect() as client:
        client.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        client.read_rest()
    martlet.expect("http.in.downstream_rq_header_timeout", 1)
