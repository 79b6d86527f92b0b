"""RFC 9113 and RFC 7541 to the letter, as a client: servers that go wrong in one frame each."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from h2_client_run import CASES, CaseServer, ask, ask_over_http2, run
from martlet import cluster, http_listener, over_http2
from upstreams import free_port

# Within which an answer comes, on a slow machine under a sanitizer too.
SECONDS = 20
AT_ONCE = 8


@pytest.mark.parametrize("asks", [ask, ask_over_http2], ids=["from-http1", "from-http2"])
def test_the_client(start, closing, asks):
    """A cluster for each case, reached by the path /NUMBER/."""
    servers = [closing(CaseServer(case, SECONDS)) for case in CASES]
    port = free_port()
    routes = [
        {"match": {"prefix": f"/{number}/"}, "route": {"cluster": f"case-{number}"}}
        for number in range(len(CASES))
    ]
    clusters = [
        over_http2(cluster(f"case-{number}", server.port)) for number, server in enumerate(servers)
    ]
    start(
        {"static_resources": {"listeners": [http_listener(port, routes)], "clusters": clusters}},
        port,
    )

    def one(number: int):
        return run(CASES[number], servers[number], port, f"/{number}/", SECONDS, asks)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        results = pool.map(one, range(len(CASES)))
        wrong = [
            f"{case.title}: wants {case.outcome.name}; {result}"
            for case, result in zip(CASES, results, strict=True)
            if not (result.verdict.exact and result.front_passed)
        ]
    assert wrong == [], "\n".join(wrong)


def test_no_case_stands_twice():
    assert len({case.title for case in CASES}) == len(CASES) > 120
