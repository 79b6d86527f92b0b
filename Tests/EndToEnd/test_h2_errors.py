"""Peers that break HTTP/2: counted once, and told by their address and what was wrong."""

import re

import pytest
from h2_cases import GET
from h2_frames import (
    END_HEADERS,
    PREFACE,
    Code,
    Kind,
    Setting,
    data,
    frame,
    goaway,
    headers,
    ping,
    priority,
    settings,
    window_update,
)
from h2_wire import H2Wire
from martlet import STDOUT_LOG, over_http2
from polling import PATIENCE, eventually, sooner_than
from upstreams import ScriptedUpstream

ERRORS = {
    "PROTOCOL_ERROR": window_update(0, 0),
    "FLOW_CONTROL_ERROR": settings({Setting.INITIAL_WINDOW_SIZE: 2**31}),
    "FRAME_SIZE_ERROR": frame(Kind.PING, 0, b"seven b"),
    "COMPRESSION_ERROR": frame(Kind.HEADERS, 1, b"\xff\xff\xff\xff\xff\xff", END_HEADERS),
    "PROTOCOL_ERROR on a stream of none": priority(0, 1),
}


def expect_told(martlet, place: str, whom: str, code: str) -> None:
    said = re.compile(rf"{place}: \d HTTP/2 connections failed, the last with {whom}: {code}")
    eventually(lambda: any(said.search(line) for line in martlet.process.lines))


@pytest.mark.parametrize("leaves", [False, True], ids=["stays", "leaves"])
@pytest.mark.parametrize("error", ERRORS)
def test_a_client_that_breaks_http2_is_counted_and_named(proxy, echo, error, leaves):
    martlet = proxy({"c": echo()})
    with H2Wire.to(martlet.port) as wire:
        wire.begin()
        own = f"{wire.socket.getsockname()[0]}:{wire.socket.getsockname()[1]}"
        wire.send(ERRORS[error])
        if not leaves:
            last = wire.read_until(lambda found: found.kind == Kind.GOAWAY)
            assert last.code != 0
    martlet.expect("http.in.downstream_cx_active", 0)
    assert martlet.stat("http.in.downstream_cx_http2_error") == 1
    assert martlet.stat("http.in.downstream_cx_protocol_error") == 1
    assert martlet.stat("http.in.downstream_cx_http2_flood") == 0
    expect_told(martlet, "listener in", own, error.split()[0])


def test_a_client_that_says_goodbye_is_no_error(proxy, echo):
    martlet = proxy({"c": echo()})
    with H2Wire.to(martlet.port) as wire:
        wire.begin()
        assert wire.ask(1, GET)[0] == 200
        wire.send(goaway())
    martlet.expect("http.in.downstream_cx_active", 0)
    assert martlet.stat("http.in.downstream_cx_http2_error") == 0


def test_a_flood_is_no_error_besides(proxy, echo):
    martlet = proxy({"c": echo()})
    with H2Wire.to(martlet.port) as wire:
        wire.begin()
        wire.send(ping() * 3000)
        wire.drain(1)
    martlet.expect("http.in.downstream_cx_http2_flood", 1)
    assert martlet.stat("http.in.downstream_cx_http2_error") == 0
    assert martlet.stat("http.in.downstream_cx_protocol_error") == 1


@pytest.fixture
def before(proxy, closing):
    """Starts a proxy before an endpoint of HTTP/2 that runs the function once it is asked."""

    def before(then, begins: bool = True, **more):
        def script(wire) -> None:
            peer = H2Wire(wire.socket)
            if begins:
                peer.accept()
                peer.read_head()
            then(peer)

        server = closing(ScriptedUpstream(script))
        config = over_http2(more)
        allowing = {
            "upgrade_configs": [{"upgrade_type": "raw"}],
            "http2_protocol_options": {"allow_connect": True},
            "access_log": [STDOUT_LOG],
        }
        return proxy({"c": server}, cluster_config=config, **allowing), server

    return before


@pytest.mark.parametrize("error", ERRORS)
def test_an_endpoint_that_breaks_http2_is_counted_and_named(before, error):
    def script(peer: H2Wire) -> None:
        peer.send(ERRORS[error])
        peer.drain(PATIENCE)

    martlet, server = before(script)
    response = martlet.ask(method="POST")
    assert (response.status, response.body) == (502, b"http2_connection_error\n")
    assert martlet.stat("cluster.c.upstream_cx_http2_error") == 1
    expect_told(martlet, "cluster c", f"127.0.0.1:{server.port}", error.split()[0])


def test_an_endpoint_that_floods_is_counted_and_named(before):
    def script(peer: H2Wire) -> None:
        peer.send(ping() * 3000)
        peer.drain(PATIENCE)

    martlet, server = before(script)
    response = martlet.ask(method="POST")
    assert (response.status, response.body) == (502, b"http2_ping_flood\n")
    assert martlet.stat("cluster.c.upstream_cx_http2_error") == 1
    martlet.process.wait_for(
        r"cluster c: \d HTTP/2 connections closed for floods \(http2_ping_flood\), "
        f"the last with 127.0.0.1:{server.port}"
    )


def test_an_endpoint_that_leaves_with_an_error_is_counted_and_named(before):
    def script(peer: H2Wire) -> None:
        peer.send(goaway(1, Code.ENHANCE_YOUR_CALM))
        peer.socket.close()

    martlet, server = before(script)
    response = martlet.ask(method="POST")
    assert (response.status, response.body) == (503, b"upstream_reset_before_response\n")
    assert martlet.stat("cluster.c.upstream_cx_http2_error") == 1
    told = "it sent GOAWAY with ENHANCE_YOUR_CALM"
    expect_told(martlet, "cluster c", f"127.0.0.1:{server.port}", told)


def test_streams_beyond_what_is_allowed_are_refused_and_counted(proxy, upstream):
    options = {"http2_protocol_options": {"max_concurrent_streams": 4}}
    martlet = proxy({"c": upstream(lambda wire: wire.read_rest())}, **options)
    with H2Wire.to(martlet.port) as wire:
        # Whoever has not read the proxy's SETTINGS cannot know better.
        asking = b"".join(headers(stream, GET) for stream in range(1, 13, 2))
        wire.send(PREFACE + settings({}) + asking)
        martlet.expect("http.in.downstream_rq_refused", 2)
    assert martlet.stat("http.in.downstream_rq_total") == 4


def test_what_needs_the_endpoints_settings_waits_as_long_as_for_a_connection(before):
    martlet, _ = before(lambda peer: peer.drain(PATIENCE), begins=False, connect_timeout="0.3s")
    with sooner_than(PATIENCE / 2), martlet.connect() as client:
        client.get("/", "connection: upgrade", "upgrade: raw")
        assert client.read_response().status == 503
    (line,) = eventually(martlet.access_log)
    assert line["response_code_details"] == "http2_settings_timeout"
    assert line["response_flags"] == "UF"
    # It was tried twice, as with any connection that does not come about.
    assert martlet.stat("cluster.c.upstream_cx_connect_timeout") == 2
    martlet.expect("cluster.c.upstream_cx_active", 0)


def test_an_ordinary_request_waits_for_no_settings(before):
    def script(peer: H2Wire) -> None:
        peer.read_preface()
        peer.read_head()
        peer.send(settings() + headers(1, [(":status", "200")], end=False) + data(1, b"ok"))
        peer.drain(PATIENCE)

    martlet, _ = before(script, begins=False, connect_timeout="0.5s")
    assert martlet.ask().body == b"ok"
