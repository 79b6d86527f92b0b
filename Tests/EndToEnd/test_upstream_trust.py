"""Endpoints that are judged otherwise from now on: what becomes of what goes to them."""

import contextlib
import threading

import pytest
from h2_peer import H2Peer
from martlet import STDOUT_LOG, http_listener, over_http2, tcp_listener, to_cluster
from polling import PATIENCE, eventually, sooner_than
from tls import over_tls, tls_cluster
from upstreams import answering, free_port
from wire import Wire

OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
DISTRUSTED = "endpoint_trust_changed"


class Endpoint:
    """Answers what is slow when it may, the rest by half, or with a tunnel."""

    def __init__(self):
        self.may_finish = threading.Event()

    def http1(self, wire: Wire) -> None:
        request = wire.read_request()
        if "upgrade" in request:
            wire.send("HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: raw\r\n\r\n")
        elif request.target == "/half":
            wire.send("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf")
        else:
            assert self.may_finish.wait(PATIENCE)
            wire.send(OK)
        wire.read_rest()

    def h2(self, wire: Wire) -> None:
        peer = H2Peer(wire.socket, client=False, allows_connect=True)
        peer.wait(lambda: sum(bool(heard.fields) for heard in peer.streams.values()) == 3)
        slow = 0
        for stream, heard in list(peer.streams.items()):
            if heard.fields[":path"] == "/slow":
                slow = stream
                continue
            length = [("content-length", "9")] if heard.fields[":path"] == "/half" else []
            peer.answer(stream, 200, *length)
            if length:
                peer.send(stream, b"half")
        assert self.may_finish.wait(PATIENCE)
        peer.answer(slow, 200)
        peer.send(slow, b"ok", ends=True)
        peer.wait(lambda: peer.is_over)


@pytest.fixture
def trust(trust):
    """More is believed than endpoints need, so that less can be."""
    trust.put("trusted_ca", "elsewhere.pem", "root.pem")
    return trust


def before(start, listener: dict, made: dict):
    resources = {"listeners": [listener], "clusters": [made]}
    port = listener["address"]["socket_address"]["port_value"]
    return start({"static_resources": resources}, port, "--concurrency", "1")


def changes(martlet) -> int:
    """How often the cluster's files have changed."""
    return sum("cluster app: its certificate files" in line for line in list(martlet.process.lines))


def believe_less(trust, martlet) -> None:
    """Has the endpoint believed as before, others no more, and waits until the proxy knows."""
    trust.put("trusted_ca", "root.pem")
    eventually(lambda: changes(martlet))


@pytest.mark.parametrize("protocol", ["http1", "h2"])
def test_requests_outlast_the_trust_in_their_endpoint_no_longer_than_a_drain(
    trust, start, upstream, certificates, protocol
):
    endpoint = Endpoint()
    context = certificates.server("server", *(["h2"] if protocol == "h2" else []))
    server = upstream(over_tls(getattr(endpoint, protocol), context))
    made = tls_cluster("app", server.port, trust.in_endpoints())
    listener = http_listener(
        free_port(),
        to_cluster("app"),
        upgrade_configs=[{"upgrade_type": "raw"}],
        drain_timeout="2s",
        access_log=[STDOUT_LOG],
    )
    martlet = before(start, listener, over_http2(made) if protocol == "h2" else made)
    with martlet.connect() as slow, martlet.connect() as half, martlet.connect() as tunnel:
        slow.get("/slow")
        half.get("/half")
        tunnel.get("/", "connection: upgrade", "upgrade: raw")
        assert half.read_head().status == 200
        assert half.read(4) == b"half"
        assert tunnel.read_head().status == 101
        believe_less(trust, martlet)
        endpoint.may_finish.set()
        assert slow.read_response().body == b"ok"
        with sooner_than(PATIENCE / 2):
            for client in (half, tunnel):
                with contextlib.suppress(OSError):
                    assert client.read_rest() == b""
    martlet.expect("cluster.app.upstream_cx_active", 0)
    lines = eventually(martlet.access_log, lambda lines: len(lines) == 3)
    told = sorted((line["response_flags"], line["response_code_details"]) for line in lines)
    assert told[1:] == [("LR", DISTRUSTED)] * 2


def test_a_request_that_is_not_answered_by_then_is_answered_here(
    trust, start, upstream, certificates
):
    server = upstream(over_tls(lambda wire: wire.read_rest(), certificates.server()))
    listener = http_listener(free_port(), to_cluster("app"), drain_timeout="0.1s")
    listener["traffic_direction"] = "OUTBOUND"
    martlet = before(start, listener, tls_cluster("app", server.port, trust.in_endpoints()))
    with martlet.connect() as client:
        client.get()
        martlet.expect("cluster.app.upstream_rq_active", 1)
        eventually(lambda: server.received)
        trust.put("trusted_ca", "root.pem")
        answer = client.read_response()
    assert (answer.status, answer["martlet-cause"]) == (503, DISTRUSTED)


def test_nothing_more_goes_where_nobody_is_believed_any_more(trust, start, upstream, certificates):
    server = upstream(over_tls(answering(OK), certificates.server()))
    listener = http_listener(free_port(), to_cluster("app"))
    listener["traffic_direction"] = "OUTBOUND"
    martlet = before(start, listener, tls_cluster("app", server.port, trust.in_endpoints()))
    assert martlet.ask().body == b"ok"
    trust.put("trusted_ca", "elsewhere.pem")
    refusal = eventually(martlet.ask, lambda answer: answer.status == 503)
    assert refusal["martlet-cause"] == "unknown_ca"


def test_a_handshake_that_ends_too_late_carries_no_request(trust, start, upstream, certificates):
    began, may_go_on = threading.Event(), threading.Event()
    asked = []
    context = certificates.server()

    def script(wire: Wire) -> None:
        began.set()
        assert may_go_on.wait(PATIENCE)
        wire.socket = context.wrap_socket(wire.socket, server_side=True)
        wire.read_request()
        asked.append(wire)
        wire.send(OK)

    server = upstream(script)
    listener = http_listener(free_port(), to_cluster("app"))
    made = tls_cluster("app", server.port, trust.in_endpoints(), connect_timeout="30s")
    martlet = before(start, listener, made)
    with martlet.connect() as client:
        client.get()
        assert began.wait(PATIENCE)
        believe_less(trust, martlet)
        may_go_on.set()
        assert client.read_response().body == b"ok"
    assert asked == server.connections[1:]


@pytest.fixture
def relay(trust, start, upstream, certificates):
    """Starts a proxy that relays to an endpoint of TLS."""
    server = upstream(over_tls(answering(OK), certificates.server()))
    listener = tcp_listener(free_port(), cluster="app", access_log=[STDOUT_LOG])
    return before(start, listener, tls_cluster("app", server.port, trust.in_endpoints()))


def is_answered(client: Wire) -> bool:
    client.get()
    return client.read_response().status == 200


def test_relays_to_an_endpoint_whose_trust_is_withdrawn_are_cut(trust, relay):
    with relay.connect() as client:
        assert is_answered(client)
        trust.put("trusted_ca", "root.pem")
        with sooner_than(PATIENCE / 2), contextlib.suppress(OSError):
            assert client.read_rest() == b""
    (line,) = eventually(relay.access_log)
    assert line["response_code_details"] == DISTRUSTED


def test_a_list_that_revokes_no_endpoint_more_costs_no_relay(trust, relay):
    with relay.connect() as client:
        assert is_answered(client)
        for count, part in enumerate(("reissued.crl", "none.crl"), 1):
            trust.put("crl", part)
            eventually(lambda: changes(relay), lambda found, count=count: found == count)
            assert is_answered(client)
        trust.put("crl", "revoked.crl")
        with sooner_than(PATIENCE / 2), contextlib.suppress(OSError):
            assert client.read_rest() == b""
