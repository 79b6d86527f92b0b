"""Floods and waits over HTTP/2: they are ended, others are served, memory stays small."""

import pytest
from h2_cases import GET, filler
from h2_flood_run import run
from h2_floods import FLOODS, WAITS, Flood
from h2_frames import block, continuation, headers
from h2_wire import H2Wire
from martlet import Martlet
from polling import eventually
from process import SANITIZER


@pytest.fixture
def flooded(proxy, nginx):
    """Starts a proxy that takes HTTP/2 before an nginx with a large file at /files/large."""

    def flooded(**manager) -> Martlet:
        upstream = nginx()
        (upstream.files / "large").write_bytes(b"x" * (4 << 20))
        return proxy({"one": upstream}, codec_type="HTTP2", **manager)

    return flooded


def check(martlet: Martlet, flood: Flood) -> None:
    outcome = run(flood, martlet.port, martlet.process.pid)
    assert outcome.end in flood.ends, str(outcome)
    assert outcome.failed == [] and outcome.served > 0, str(outcome)
    assert SANITIZER or outcome.growth < flood.growth << 20, str(outcome)
    gauge = "http.in.downstream_cx_active"
    eventually(lambda: martlet.stat(gauge), lambda active: active == 0)
    assert martlet.process.is_running


@pytest.mark.parametrize("flood", FLOODS, ids=lambda flood: flood.name)
def test_a_flood_is_ended_while_others_are_served(flooded, flood):
    check(flooded(), flood)


@pytest.mark.parametrize("flood", WAITS, ids=lambda flood: flood.name)
def test_a_wait_is_ended_while_others_are_served(flooded, flood):
    short = {
        "request_headers_timeout": "1s",
        "stream_idle_timeout": "1s",
        "request_timeout": "5s",
        "common_http_protocol_options": {"idle_timeout": "3s"},
    }
    check(flooded(**short), flood)


def test_a_list_of_fields_over_the_limit_costs_its_stream_alone(flooded):
    martlet = flooded()
    fields = block([*GET, *filler(30)])
    with H2Wire.to(martlet.port) as wire:
        wire.begin()
        wire.send(headers(1, fields[:16_000], whole=False))
        for at in range(16_000, len(fields), 16_000):
            end = at + 16_000 >= len(fields)
            wire.send(continuation(1, fields[at : at + 16_000], whole=end))
        assert wire.read_response(1)[0] == 431
        assert wire.ask(3, GET)[0] == 200
