"""Malformed and ambiguous requests over HTTP/2: one that is well-formed goes on, or nothing."""

import contextlib

import pytest
from h2_smuggling_cases import ATTEMPTS
from h2_smuggling_run import run
from hostile_requests import CHUNKED_BODIES, HEADS
from martlet import cluster, http_listener, over_http2, to_cluster
from recorders import H1Recorder, H2Recorder
from upstreams import free_port

# Within which an answer comes, on a slow machine under a sanitizer too.
SECONDS = 10


@pytest.mark.parametrize("recorder", [H1Recorder, H2Recorder], ids=["to-http1", "to-http2"])
def test_nothing_is_smuggled(start, closing, recorder):
    upstream = closing(recorder())
    one = cluster("one", upstream.port)
    port = free_port()
    resources = {
        "listeners": [http_listener(port, to_cluster("one"), codec_type="HTTP2")],
        "clusters": [over_http2(one) if recorder is H2Recorder else one],
    }
    start({"static_resources": resources}, port)
    wrong = [
        f"{ATTEMPTS[number].name if number >= 0 else 'unknown'}: {fault}"
        for number, faults in run(port, upstream, SECONDS).items()
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
