"""WebSocket through every pairing of protocols: all is as it is without the proxy, and as soon."""

import collections
import os
import statistics
from concurrent.futures import ThreadPoolExecutor

import pytest
from martlet import cluster, http_listener, over_http2, to_cluster
from test_upgrades import WebSocketServer, echo_messages
from tls import NAME, connect, downstream_tls, upstream_tls
from upstreams import free_port
from websocket_cases import CASES
from websocket_run import WebSocketEcho, play
from websockets.sync.client import connect as open_websocket
from wire import Wire

MANAGER = {
    "upgrade_configs": [{"upgrade_type": "websocket"}],
    "http2_protocol_options": {"allow_connect": True},
}
DEFLATE = "permessage-deflate"
# Seconds within which an endpoint's end reaches the client, on a slow machine.
AT_ONCE = 0.5
# Where a connection of HTTP/1.1 leads to: hops over HTTP/2, or TLS, on its way to the server.
PAIRINGS = {
    "h1-h1": "to-h1",
    "h1-h2-h1": "to-h2",
    "h1-h2-h2-h1": "to-h2-to-h2",
    "h1-tls-h2-h1": "to-h2-by-tls",
    "tls-h1": "to-h1",
}


@pytest.fixture
def paired(start, certificates):
    """Starts one proxy with a listener for each pairing; gives what connects to each of them."""

    def paired(server_port: int) -> dict:
        ports = {name: free_port() for name in [*PAIRINGS, "h2", "h2-h2", "h2-by-tls"]}
        clusters = [
            cluster("to-h1", server_port),
            over_http2(cluster("to-h2", ports["h2"])),
            over_http2(cluster("to-h2-to-h2", ports["h2-h2"])),
            over_http2(cluster("to-h2-by-tls", ports["h2-by-tls"])),
        ]
        clusters[-1]["transport_socket"] = upstream_tls(certificates, sni=NAME)
        leads_to = {**PAIRINGS, "h2": "to-h1", "h2-h2": "to-h2", "h2-by-tls": "to-h1"}
        listeners = {
            name: http_listener(ports[name], to_cluster(target), name=name, **MANAGER)
            for name, target in leads_to.items()
        }
        transport = downstream_tls(certificates.pair("server"))
        for name in ("tls-h1", "h2-by-tls"):
            listeners[name]["filter_chains"][0]["transport_socket"] = transport
        resources = {"listeners": [*listeners.values()], "clusters": clusters}
        start({"static_resources": resources}, ports["h1-h1"])
        return {name: ports[name] for name in PAIRINGS}

    return paired


def test_what_comes_of_a_case_is_as_without_the_proxy(paired, closing, certificates):
    server = closing(WebSocketEcho())
    ports = {**paired(server.port), "direct": server.port}
    trust = certificates.client()
    trust.set_alpn_protocols(["http/1.1"])

    def played(number: int) -> dict:
        found = {}
        for name, port in ports.items():
            # A half of a connection cannot be closed in TLS by this library.
            if name == "tls-h1" and CASES[number].ends:
                continue
            wire = connect(port, trust) if name == "tls-h1" else Wire.to(port)
            found[name] = play(CASES[number], wire, f"/{name}/{number}", server)
        return found

    with ThreadPoolExecutor(6) as pool:
        results = [*pool.map(played, range(len(CASES)))]
    wrong, delays = [], collections.defaultdict(list)
    for case, found in zip(CASES, results, strict=True):
        direct = found.pop("direct").outcome
        for name, one in found.items():
            delays[name].append(one.delay)
            if one.outcome != direct:
                wrong.append(f"{case.name} by {name}: {one.outcome} in place of {direct}")
    assert wrong == [], "\n".join(wrong)
    assert not server.faults
    late = {name: statistics.median(each) for name, each in delays.items()}
    assert max(late.values()) < AT_ONCE, late


@pytest.mark.parametrize("name", PAIRINGS)
def test_compression_is_agreed_on_by_the_two_ends(paired, closing, certificates, name):
    port = paired(closing(WebSocketServer(echo_messages)).port)[name]
    trust = certificates.client()
    trust.set_alpn_protocols(["http/1.1"])
    secure = {"ssl": trust, "server_hostname": NAME} if name == "tls-h1" else {}
    url = f"{'wss' if secure else 'ws'}://127.0.0.1:{port}/"
    with open_websocket(url, compression="deflate", max_size=None, **secure) as client:
        assert [extension.name for extension in client.protocol.extensions] == [DEFLATE]
        for message in ("", "hello", "x" * 100_000, bytes(100_000), os.urandom(100_000)):
            client.send(message)
            assert client.recv() == message


def test_no_case_stands_twice():
    assert len({case.name for case in CASES}) == len(CASES) > 200
