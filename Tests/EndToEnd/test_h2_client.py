"""RFC 9113 and RFC 7541 to the letter, as a client: servers that go wrong in one frame each."""

import contextlib

import pytest
from h2_client_run import CASES, CaseServer, run
from martlet import Martlet, cluster, http_listener, over_http2
from upstreams import free_port

# Within which an answer comes, on a slow machine under a sanitizer too.
SECONDS = 20


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """A proxy with a cluster for each case, reached by the path /NUMBER/, and their servers."""
    with contextlib.ExitStack() as started:
        servers = [
            started.enter_context(contextlib.closing(CaseServer(case, SECONDS))) for case in CASES
        ]
        port = free_port()
        routes = [
            {"match": {"prefix": f"/{number}/"}, "route": {"cluster": f"case-{number}"}}
            for number in range(len(CASES))
        ]
        clusters = [
            over_http2(cluster(f"case-{number}", server.port))
            for number, server in enumerate(servers)
        ]
        resources = {"listeners": [http_listener(port, routes)], "clusters": clusters}
        directory = tmp_path_factory.mktemp("h2-client")
        martlet = Martlet(directory, {"static_resources": resources}, port)
        yield started.enter_context(contextlib.closing(martlet)).wait_until_ready(), servers


@pytest.mark.parametrize("number", range(len(CASES)), ids=lambda number: CASES[number].title)
def test_the_client(client, number):
    martlet, servers = client
    case = CASES[number]
    result = run(case, servers[number], martlet.port, f"/{number}/", SECONDS)
    assert result.verdict.exact, f"wants {case.outcome.name}; {result}"
    assert result.front_passed, str(result)


def test_no_case_stands_twice():
    assert len({case.title for case in CASES}) == len(CASES) > 120
