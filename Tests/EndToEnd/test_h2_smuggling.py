"""Malformed and ambiguous requests over HTTP/2: one that is well-formed goes on, or nothing."""

import pytest
from h2_smuggling_cases import ATTEMPTS
from h2_smuggling_run import run
from martlet import cluster, http_listener, over_http2, to_cluster
from recorders import H1Recorder, H2Recorder
from upstreams import free_port


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
        for number, faults in run(port, upstream).items()
        for fault in faults
    ]
    assert wrong == [], "\n".join(wrong)


def test_no_attempt_stands_twice():
    assert len({attempt.name for attempt in ATTEMPTS}) == len(ATTEMPTS) > 700
