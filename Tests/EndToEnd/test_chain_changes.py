"""Filter chains that change: who stays, who is told to go, and who is cut."""

import contextlib
import hashlib
import ssl

import pytest
from ads_server import CLUSTER, LISTENER
from discovered import message, own_listener
from envoy.config.cluster.v3.cluster_pb2 import Cluster
from envoy.config.listener.v3.listener_pb2 import Listener
from envoy.extensions.transport_sockets.tls.v3 import tls_pb2  # noqa: F401
from martlet import STDOUT_LOG, cluster, http_listener, over_ads, tcp_listener, to_cluster
from polling import PATIENCE, eventually, sooner_than
from tls import NAME, ask, connect, downstream_tls, https_listener, many_chains
from upstreams import free_port
from wire import Wire

FAR = {"source_prefix_ranges": [{"address_prefix": "10.0.0.0", "prefix_len": 8}]}


def answering(body: str, match: dict | None = None, transport: dict | None = None, **more) -> dict:
    """A chain whose routes answer everything with its name."""
    reply = {"status": 200, "body": {"inline_string": body}}
    routes = [{"match": {"prefix": "/"}, "direct_response": reply}]
    made = http_listener(0, routes, name=body)["filter_chains"][0]
    made["filter_chain_match"] = match or {}
    if transport:
        made["transport_socket"] = transport
    return {**made, **more}


@pytest.fixture
def driven_chains(ads, start):
    """Starts a proxy with a listener of these chains, and gives what pushes others."""
    first = free_port()
    version = 0

    def push(*chains: dict, port: int = first, beside: tuple = ()) -> None:
        nonlocal version
        version += 1
        listeners = [*beside, message(Listener, many_chains(port, *chains))]
        ads.push(LISTENER, listeners, str(version))
        ads.wait_for_ack(LISTENER, str(version))

    def driven_chains(*chains: dict, **more):
        martlet = start(over_ads(ads.port), first, ready=False)
        push(*chains, **more)
        martlet.wait_until_ready()
        return martlet, push

    return driven_chains


def get(client: Wire):
    client.get()
    return client.read_response()


def test_a_chain_put_in_front_takes_over_nobody_else_s_connections(driven_chains):
    martlet, push = driven_chains(answering("public"))
    with martlet.connect() as client:
        assert get(client).body == b"public"
        push(answering("internal", FAR), answering("public"))
        response = get(client)
        assert response.body == b"public"
        assert "connection" not in response


def test_a_chain_put_in_front_takes_nobody_s_ticket_away(driven_chains, certificates):
    transport = downstream_tls(certificates.pair("server"))
    martlet, push = driven_chains(answering("public", transport=transport))
    trusting = certificates.client()

    def session(known=None) -> tuple:
        with contextlib.closing(connect(martlet.port, trusting, session=known)) as client:
            assert get(client).body == b"public"
            return client.socket.session, client.socket.session_reused

    ticket, _ = session()
    push(answering("internal", FAR, transport), answering("public", transport=transport))
    assert session(ticket)[1]


def test_a_chain_that_matches_others_lets_its_connections_go(driven_chains):
    martlet, push = driven_chains(answering("one", name="named"))
    with martlet.connect() as client:
        assert get(client).body == b"one"
        push(answering("two", FAR, name="named"), answering("rest"))
        response = get(client)
        assert (response.body, response["connection"]) == (b"one", "close")
        assert client.is_closed_by_peer()
        assert martlet.ask().body == b"rest"


# Trust in clients


def relaying(trust, start, echo, **more):
    port = free_port()
    listener = tcp_listener(port, cluster="app", access_log=[STDOUT_LOG])
    listener["filter_chains"][0]["transport_socket"] = trust.in_clients()
    resources = {"listeners": [listener], "clusters": [cluster("app", echo().port)]}
    return start({"static_resources": resources}, port)


def is_let_in(martlet, context: ssl.SSLContext) -> bool:
    with contextlib.suppress(OSError):
        return ask(martlet.port, context).status == 200
    return False


def test_clients_of_a_trust_that_is_withdrawn_lose_their_relays(trust, start, echo, certificates):
    martlet = relaying(trust, start, echo)
    with contextlib.closing(connect(martlet.port, certificates.client("client"))) as client:
        assert get(client).status == 200
        trust.put("trusted_ca", "elsewhere.pem")
        trust.put("crl", "elsewhere.crl")
        with sooner_than(PATIENCE / 2), contextlib.suppress(OSError):
            assert client.read_rest() == b""
    (line,) = eventually(martlet.access_log)
    assert line["response_code_details"] == "client_trust_changed"
    assert not is_let_in(martlet, certificates.client("client"))
    assert is_let_in(martlet, certificates.client("stranger"))


def test_trust_in_more_authorities_costs_nobody_a_connection(trust, start, echo, certificates):
    relay = relaying(trust, start, echo)
    with contextlib.closing(connect(relay.port, certificates.client("client"))) as client:
        assert get(client).status == 200
        trust.put("crl", "elsewhere.crl", "revoked.crl")
        trust.put("trusted_ca", "elsewhere.pem", "root.pem")
        eventually(lambda: is_let_in(relay, certificates.client("stranger")))
        assert get(client).status == 200


def mutual(certificates, authority: str = "root", required: bool = True, **validation) -> dict:
    """Clients show a certificate of that authority."""
    validation["trusted_ca"] = {"filename": certificates[f"{authority}.pem"]}
    common = {"validation_context": validation}
    return downstream_tls(certificates.pair("server"), common, require_client_certificate=required)


def named(*names: str) -> dict:
    kinds = [{"san_type": "DNS", "matcher": {"exact": name}} for name in names]
    return {"match_typed_subject_alt_names": kinds}


def pinned(certificates, *names: str) -> dict:
    """Pins to these certificates."""
    hashes = []
    for name in names:
        with open(certificates[f"{name}.pem"]) as file:
            der = ssl.PEM_cert_to_DER_cert(file.read())
        hashes.append(hashlib.sha256(der).hexdigest())
    return {"verify_certificate_hash": hashes}


@pytest.mark.parametrize(
    "less, more",
    [
        (lambda _: named("client.example"), lambda _: named("else.example", "client.example")),
        (lambda c: pinned(c, "client"), lambda c: pinned(c, "stranger", "client")),
        (lambda _: {"required": True}, lambda _: {"required": False}),
    ],
    ids=["names", "pins", "requirement"],
)
def test_rules_that_let_in_more_cost_nobody_a_connection(driven_chains, certificates, less, more):
    def chain(rules) -> dict:
        return answering("app", transport=mutual(certificates, **rules(certificates)))

    martlet, push = driven_chains(chain(less))
    trusted = certificates.client("client")
    with contextlib.closing(connect(martlet.port, trusted)) as client:
        for rules, stays in ((more, True), (less, False)):
            push(chain(rules))
            assert ask(martlet.port, trusted).status == 200
            assert ("connection" not in get(client)) == stays


def test_a_list_that_revokes_nothing_more_costs_nobody_a_connection(
    trust, start, echo, certificates
):
    relay = relaying(trust, start, echo)
    with contextlib.closing(connect(relay.port, certificates.client("client"))) as client:
        assert get(client).status == 200
        trust.put("crl", "reissued.crl")
        relay.process.wait_for("listener tcp: its certificate files have changed")
        assert get(client).status == 200
        trust.put("crl", "none.crl")
        eventually(lambda: is_let_in(relay, certificates.client("revoked")))
        assert get(client).status == 200
        trust.put("crl", "revoked.crl")
        with sooner_than(PATIENCE / 2), contextlib.suppress(OSError):
            assert client.read_rest() == b""


def test_http_outlasts_the_trust_it_came_by_no_longer_than_a_drain(
    trust, start, upstream, certificates
):
    def half(wire: Wire) -> None:
        request = wire.read_request()
        if "upgrade" in request:
            wire.send("HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: raw\r\n\r\n")
        else:
            wire.send("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf")
        wire.read_rest()

    port = free_port()
    upgrades = [{"upgrade_type": "raw"}]
    listener = https_listener(
        port, trust.in_clients(), "app", upgrade_configs=upgrades, drain_timeout="0.5s"
    )
    resources = {"listeners": [listener], "clusters": [cluster("app", upstream(half).port)]}
    martlet = start({"static_resources": resources}, port)
    trusted = certificates.client("client")
    with contextlib.ExitStack() as kept:
        idle, streaming, tunnel = (
            kept.enter_context(contextlib.closing(connect(port, trusted))) for _ in range(3)
        )
        streaming.get()
        assert streaming.read_head().status == 200
        assert streaming.read(4) == b"half"
        tunnel.get("/", "connection: upgrade", "upgrade: raw")
        assert tunnel.read_head().status == 101
        trust.put("trusted_ca", "elsewhere.pem")
        with sooner_than(PATIENCE / 2):
            for client in (idle, streaming, tunnel):
                with contextlib.suppress(OSError):
                    assert client.read_rest() == b""
    martlet.expect("http.in.downstream_cx_active", 0)


@pytest.fixture(params=["tunnel", "relay"])
def carrying(request, certificates):
    """Makes a chain to an endpoint that says everything again, for clients of an authority."""

    def carrying(authority: str, match: dict | None = None) -> dict:
        if request.param == "relay":
            made = tcp_listener(0, cluster="app")
        else:
            upgrades = [{"upgrade_type": "raw"}]
            made = http_listener(
                0, to_cluster("app"), upgrade_configs=upgrades, drain_timeout="0.5s"
            )
        (chain,) = made["filter_chains"]
        chain["transport_socket"] = mutual(certificates, authority)
        return {**chain, "name": "app", "filter_chain_match": match or {}}

    return carrying


def switch_and_mirror(wire: Wire) -> None:
    wire.read_request()
    wire.send("HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: raw\r\n\r\n")
    while data := wire.socket.recv(65536):
        wire.send(data)


@pytest.mark.parametrize("change", ["of-its-match", "of-the-address", "with-the-address", "swap"])
def test_a_trust_that_is_withdrawn_reaches_whom_the_chain_let_go_before(
    driven_chains, ads, upstream, certificates, carrying, change
):
    app, other = cluster("app", upstream(switch_and_mirror).port), free_port()
    ads.push(CLUSTER, [message(Cluster, app)])

    def beside(port: int) -> tuple:
        return (own_listener(port, to_cluster("app"), "two"),)

    more = {"beside": beside(other)} if change == "swap" else {}
    martlet, push = driven_chains(carrying("root"), **more)
    with contextlib.closing(connect(martlet.port, certificates.client("client"))) as client:
        client.get("/", "connection: upgrade", "upgrade: raw")
        assert client.read_head().status == 101
        match change:
            case "of-its-match":
                push(carrying("root", FAR))
            case "of-the-address":
                push(carrying("root"), port=other)
        client.send("said")
        assert client.read(4) == b"said"
        match change:
            case "of-its-match":
                push(carrying("elsewhere", FAR))
            case "swap":
                push(carrying("elsewhere"), port=other, beside=beside(martlet.port))
            case _:
                push(carrying("elsewhere"), port=other)
        with sooner_than(PATIENCE / 2), contextlib.suppress(OSError):
            assert client.read_rest() == b""


class SlowHandshake:
    """A client whose handshake is driven by the test."""

    def __init__(self, port: int, context: ssl.SSLContext):
        self.wire = Wire.to(port)
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname=NAME)

    def say_hello(self) -> None:
        """Sends the first message and reads what answers it."""
        with contextlib.suppress(ssl.SSLWantReadError):
            self.tls.do_handshake()
        self.wire.send(self.outgoing.read())
        self.receive()

    def receive(self) -> bytes:
        """The bytes that came; empty at the end."""
        data = self.wire.socket.recv(65536)
        if data:
            self.incoming.write(data)
        return data

    def finish(self) -> None:
        while True:
            try:
                self.tls.do_handshake()
                return self.wire.send(self.outgoing.read())
            except ssl.SSLWantReadError:
                self.wire.send(self.outgoing.read())
                assert self.receive()

    def ask(self) -> bytes:
        """What answers a request, up to the end."""
        self.tls.write(b"GET / HTTP/1.1\r\nhost: test\r\n\r\n")
        self.wire.send(self.outgoing.read())
        answer = b""
        with contextlib.suppress(ssl.SSLError, ConnectionResetError):
            while True:
                try:
                    chunk = self.tls.read(65536)
                except ssl.SSLWantReadError:
                    if not self.receive():
                        break
                else:
                    if not chunk:
                        break
                    answer += chunk
        return answer


@pytest.mark.parametrize("passed", [False, True], ids=["in-time", "too-late"])
def test_a_handshake_ends_where_it_began_though_the_trust_changed_meanwhile(
    driven_chains, certificates, passed
):
    def trusting(authority: str, body: str) -> dict:
        made = answering(body, transport=mutual(certificates, authority))
        manager = made["filters"][0]["typed_config"]
        manager["drain_timeout"] = "0.001s" if passed else "60s"
        return made

    martlet, push = driven_chains(trusting("root", "before"))
    client = SlowHandshake(martlet.port, certificates.client("client"))
    with client.wire:
        client.say_hello()
        push(trusting("elsewhere", "after"))
        eventually(lambda: is_let_in(martlet, certificates.client("stranger")))
        client.finish()
        answer = client.ask()
    if passed:
        assert answer == b""
    else:
        assert b"connection: close" in answer
        assert answer.endswith(b"before")


def test_rules_that_went_cost_no_memory_though_somebody_never_ends_a_handshake(
    driven_chains, certificates
):
    def large(number: int) -> dict:
        """Clients are judged otherwise each time."""
        transport = downstream_tls(
            certificates.pair("server"), require_client_certificate=bool(number % 2)
        )
        made = answering(str(number), transport=transport, transport_socket_connect_timeout="300s")
        host = made["filters"][0]["typed_config"]["route_config"]["virtual_hosts"][0]
        reply = {"status": 200, "body": {"inline_string": f"{number:4000}"}}
        host["routes"] = [{"match": {"path": f"/{n}"}, "direct_response": reply} for n in range(99)]
        return made

    martlet, push = driven_chains(large(0))
    dribbling = SlowHandshake(martlet.port, certificates.client())
    with dribbling.wire:
        dribbling.say_hello()
        for number in range(1, 9):
            push(large(number))
        before = martlet.resident()
        for number in range(9, 33):
            push(large(number))
        eventually(martlet.resident, lambda found: found < before + (6 << 20))
