"""RFC 9113 and RFC 7541 to the letter, as a server: frame by frame, right ones and wrong ones."""

import contextlib

import pytest
from h2_server_run import APART, CASES, SLOWLY, TOGETHER, run
from martlet import Martlet, cluster, http_listener, to_cluster
from upstreams import Nginx, free_port

# Within which an answer comes, on a slow machine under a sanitizer too.
SECONDS = 20


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A proxy that takes HTTP/2 alone, before an nginx; all cases share it."""
    directory = tmp_path_factory.mktemp("h2-server")
    with contextlib.ExitStack() as started:
        upstream = started.enter_context(contextlib.closing(Nginx(directory / "nginx", "plain")))
        port = free_port()
        resources = {
            "listeners": [http_listener(port, to_cluster("one"), codec_type="HTTP2")],
            "clusters": [cluster("one", upstream.port)],
        }
        martlet = Martlet(directory, {"static_resources": resources}, port)
        yield started.enter_context(contextlib.closing(martlet)).wait_until_ready()


@pytest.mark.parametrize("timing", [TOGETHER, APART, SLOWLY])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_the_server(server, case, timing):
    verdict = run(case, server.port, SECONDS, timing=timing)
    assert verdict.exact, f"wants {case.outcome.name}; {verdict}"


def test_no_case_stands_twice():
    assert len({case.title for case in CASES}) == len(CASES) > 200
