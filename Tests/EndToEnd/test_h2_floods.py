"""Floods and waits over HTTP/2: they are ended, others are served, memory stays small."""

import contextlib
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from h2_cases import GET, filler
from h2_flood_run import Outcome, run
from h2_floods import CALMED, FLOODS, WAITS, Flood
from h2_frames import block, continuation, headers
from h2_wire import H2Wire
from martlet import Martlet, cluster, http_listener, to_cluster
from polling import eventually
from process import SANITIZER
from upstreams import Nginx, free_port

# What stalls holds a connection to the upstream as well: there are more for others.
MANY = {"max_connections": 4000, "max_pending_requests": 4000, "max_requests": 4000}


@contextlib.contextmanager
def before_nginx(directory, **manager):
    """A proxy that takes HTTP/2 before an nginx with a large file at /files/large."""
    with contextlib.ExitStack() as started:
        upstream = started.enter_context(contextlib.closing(Nginx(directory / "nginx", "plain")))
        # More than the proxy holds, less than what would fill the kernel a thousand times over.
        (upstream.files / "large").write_bytes(b"x" * (128 << 10))
        port = free_port()
        resources = {
            "listeners": [http_listener(port, to_cluster("one"), codec_type="HTTP2", **manager)],
            "clusters": [cluster("one", upstream.port, circuit_breakers={"thresholds": [MANY]})],
        }
        martlet = Martlet(directory, {"static_resources": resources}, port)
        yield started.enter_context(contextlib.closing(martlet)).wait_until_ready()


@pytest.fixture(scope="module")
def flooded(tmp_path_factory):
    with before_nginx(tmp_path_factory.mktemp("floods")) as martlet:
        yield martlet


@pytest.fixture(scope="module")
def waited_for(tmp_path_factory):
    """What became of all waits, which go on at the same time."""
    short = {
        "request_headers_timeout": "2s",
        # Long enough for 1,500 requests at once on a slow machine.
        "stream_idle_timeout": "5s",
        "request_timeout": "5s",
        "common_http_protocol_options": {"idle_timeout": "3s"},
    }
    with before_nginx(tmp_path_factory.mktemp("waits"), **short) as martlet:
        with ThreadPoolExecutor(len(WAITS)) as pool:
            outcomes = pool.map(
                lambda wait: run(wait, martlet.port, martlet.process.pid, others=1), WAITS
            )
            by_name = dict(zip([wait.name for wait in WAITS], outcomes, strict=True))
        nobody_is_left(martlet)
        yield by_name


def nobody_is_left(martlet: Martlet) -> None:
    gauge = "http.in.downstream_cx_active"
    eventually(lambda: martlet.stat(gauge), lambda active: active == 0)
    assert martlet.process.is_running


def check(outcome: Outcome, flood: Flood) -> None:
    assert outcome.end in flood.ends, str(outcome)
    assert outcome.failed == [] and outcome.served > 0, str(outcome)
    assert SANITIZER or outcome.growth < flood.growth << 20, str(outcome)


@pytest.mark.parametrize("flood", FLOODS, ids=lambda flood: flood.name)
def test_a_flood_is_ended_while_others_are_served(flooded, flood):
    counter = "http.in.downstream_cx_http2_flood"
    counted = flooded.stat(counter)
    outcome = run(flood, flooded.port, flooded.process.pid)
    check(outcome, flood)
    if outcome.end == CALMED:
        eventually(lambda: flooded.stat(counter), lambda now: now > counted)
    nobody_is_left(flooded)


def test_floods_are_told_once_a_second(flooded):
    run(next(flood for flood in FLOODS if flood.name == "PING"), flooded.port)
    said = re.compile(
        r"listener in: \d HTTP/2 connections closed for floods \(http2_ping_flood\), the last with "
    )
    eventually(lambda: any(said.search(line) for line in flooded.process.lines))
    assert flooded.stat("http.in.downstream_cx_flooded.http2_ping_flood") > 0


@pytest.mark.parametrize("wait", WAITS, ids=lambda wait: wait.name)
def test_a_wait_is_ended_while_others_are_served(waited_for, wait):
    check(waited_for[wait.name], wait)


def test_a_list_of_fields_over_the_limit_costs_its_stream_alone(flooded):
    fields = block([*GET, *filler(30)])
    with H2Wire.to(flooded.port) as wire:
        wire.begin()
        wire.send(headers(1, fields[:16_000], whole=False))
        for at in range(16_000, len(fields), 16_000):
            end = at + 16_000 >= len(fields)
            wire.send(continuation(1, fields[at : at + 16_000], whole=end))
        assert wire.read_response(1)[0] == 431
        assert wire.ask(3, GET)[0] == 200
