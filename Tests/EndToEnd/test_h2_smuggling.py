"""Malformed and ambiguous requests over HTTP/2: one that is well-formed goes on, or nothing."""

import contextlib

import pytest
from h2_smuggling_cases import ATTEMPTS
from h2_smuggling_run import run
from h2_wire import H2Wire
from hostile_requests import CHUNKED_BODIES, HEADS
from martlet import cluster, over_http2
from recorders import H1Recorder, H2Recorder

# Within which an answer comes, on a slow machine under a sanitizer too.
SECONDS = 10


@pytest.mark.parametrize("recorder", [H1Recorder, H2Recorder], ids=["to-http1", "to-http2"])
@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
def test_nothing_is_smuggled(recorded, recorder, secure):
    upstream, connect = recorded(recorder, "h2", secure)
    # Through TLS a part of them.
    numbers = range(0, len(ATTEMPTS), 5 if secure else 1)
    found = run(lambda: H2Wire(connect().socket), upstream, SECONDS, numbers)
    wrong = [
        f"{ATTEMPTS[number].name if number >= 0 else 'unknown'}: {fault}"
        for number, faults in found.items()
        for fault in faults
    ]
    assert wrong == [], "\n".join(wrong)


def test_no_hostile_request_over_http1_reaches_an_http2_upstream(proxy, closing):
    upstream = closing(H2Recorder())
    options = over_http2(cluster("one", upstream.port))["typed_extension_protocol_options"]
    martlet = proxy({"one": upstream}, cluster_config={"typed_extension_protocol_options": options})
    body = "POST /body HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    for attack in [*HEADS, *(body + chunks for chunks in CHUNKED_BODIES)]:
        with martlet.connect() as client, contextlib.suppress(OSError):
            client.send(attack + "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n")
            client.read_rest()
    assert (upstream.records, upstream.faults) == ([], [])
    assert martlet.ask().status == 200
    assert [record.target for record in upstream.records] == [b"/"]


def test_no_attempt_stands_twice():
    assert len({attempt.name for attempt in ATTEMPTS}) == len(ATTEMPTS) > 700
