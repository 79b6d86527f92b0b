"""RFC 9113 and RFC 7541 to the letter, as a server: frame by frame, right ones and wrong ones."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from h2_server_run import APART, CASES, SLOWLY, TOGETHER, run
from martlet import cluster, http_listener, to_cluster
from recorders import H1Recorder
from upstreams import free_port

# Within which an answer comes, on a slow machine under a sanitizer too.
SECONDS = 20
AT_ONCE = 8


@pytest.mark.parametrize("timing", [TOGETHER, APART, SLOWLY])
def test_the_server(start, closing, timing):
    # It awaits the body, so that a stream is open as long as its case needs.
    upstream = closing(H1Recorder())
    port = free_port()
    resources = {
        "listeners": [http_listener(port, to_cluster("one"), codec_type="HTTP2")],
        "clusters": [cluster("one", upstream.port)],
    }
    start({"static_resources": resources}, port)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        verdicts = pool.map(lambda case: run(case, port, SECONDS, timing=timing), CASES)
        wrong = [
            f"{case.title}: wants {case.outcome.name}; {verdict}"
            for case, verdict in zip(CASES, verdicts, strict=True)
            if not verdict.exact
        ]
    assert wrong == [], "\n".join(wrong)


def test_no_case_stands_twice():
    assert len({case.title for case in CASES}) == len(CASES) > 200
