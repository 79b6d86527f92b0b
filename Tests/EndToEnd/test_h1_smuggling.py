"""Ambiguous requests over HTTP/1.1: one that is well-formed goes on, or nothing."""

import pytest
from h1_smuggling_cases import ATTEMPTS
from h1_smuggling_run import run
from recorders import H1Recorder, H2Recorder


@pytest.mark.parametrize("recorder", [H1Recorder, H2Recorder], ids=["to-http1", "to-http2"])
@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
def test_nothing_is_smuggled(recorded, recorder, secure):
    upstream, connect = recorded(recorder, "http/1.1", secure)
    # Through TLS a part of them.
    numbers = range(0, len(ATTEMPTS), 4 if secure else 1)
    wrong = run(connect, upstream, numbers)
    assert wrong == [], "\n".join(wrong)


def test_no_attempt_stands_twice():
    assert len({attempt.name for attempt in ATTEMPTS}) == len(ATTEMPTS) > 300
