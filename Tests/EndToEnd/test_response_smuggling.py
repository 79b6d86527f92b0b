"""Malformed and ambiguous responses: the client gets one that is well-formed, or a failure."""

import functools
from concurrent.futures import ThreadPoolExecutor

import pytest
from h1_response_cases import ANSWERS
from h1_response_run import AnsweringUpstream, check
from h2_wire import H2Wire
from martlet import cluster, http_listener
from strict_clients import H1Client, H2Client
from tls import NAME, connect, downstream_tls, over_tls, upstream_tls
from upstreams import free_port
from wire import Wire

AT_ONCE = 8
# Through TLS every so many of them.
SHARE = 4


@pytest.fixture(params=[False, True], ids=["plain", "tls"])
def answered(request, start, closing, certificates):
    """An upstream of answers, a proxy in front of it with a route for each, and how to reach it."""
    upstream = closing(AnsweringUpstream())
    port = free_port()
    routes = [
        {"match": {"prefix": f"/{number}/"}, "route": {"cluster": f"case-{number}"}}
        for number in range(len(ANSWERS))
    ]
    listener, options = http_listener(port, routes), {}
    if request.param:
        upstream.script = over_tls(upstream.script, certificates.server())
        options = {"transport_socket": upstream_tls(certificates, sni=NAME)}
        transport = downstream_tls(certificates.pair("server"))
        listener["filter_chains"][0]["transport_socket"] = transport
    clusters = [
        cluster(f"case-{number}", upstream.port, **options) for number in range(len(ANSWERS))
    ]
    martlet = start({"static_resources": {"listeners": [listener], "clusters": clusters}}, port)
    return upstream, martlet, request.param


@pytest.mark.parametrize("protocol", ["http/1.1", "h2"])
def test_the_client_gets_one_response(answered, certificates, protocol):
    upstream, martlet, is_secure = answered
    trust = certificates.client()
    trust.set_alpn_protocols([protocol])

    def client():
        wire = connect(martlet.port, trust) if is_secure else Wire.to(martlet.port)
        return H1Client(wire) if protocol == "http/1.1" else H2Client(H2Wire(wire.socket))

    numbers = range(0, len(ANSWERS), SHARE if is_secure else 1)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = pool.map(functools.partial(check, upstream=upstream, connect=client), numbers)
        wrong = [
            f"{ANSWERS[number].name}: {fault}"
            for number, faults in zip(numbers, found, strict=True)
            for fault in faults
        ]
    assert wrong == [], "\n".join(wrong)
    assert not upstream.faults


def test_no_answer_stands_twice():
    assert len({answer.name for answer in ANSWERS}) == len(ANSWERS) > 300
