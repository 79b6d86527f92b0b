"""TLS towards endpoints: who is believed, and what becomes of a request where nobody is."""

import contextlib
import os
import pathlib
import signal
import ssl
import threading

import pytest
from h2_peer import H2Peer
from martlet import STDOUT_LOG, cluster, http_listener, over_http2, tcp_listener, to_cluster
from polling import PATIENCE, eventually, sooner_than
from tls import NAME, WEAK_SUITE, expect_failure, over_tls, tls_cluster, upstream_tls
from upstreams import answering, free_port
from wire import Wire

OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


@pytest.fixture
def to_tls(start, certificates):
    """Starts a proxy with a listener in plain text before a cluster of TLS at the port."""

    def to_tls(upstream_port: int, common=None, options=None, trusts=True, **more):
        port = free_port()
        transport = upstream_tls(certificates if trusts else None, common, **more)
        made = tls_cluster("app", upstream_port, transport, **(options or {}))
        listener = http_listener(port, to_cluster("app"), access_log=[STDOUT_LOG])
        listener["traffic_direction"] = "OUTBOUND"
        return start({"static_resources": {"listeners": [listener], "clusters": [made]}}, port)

    return to_tls


def saying(name: str) -> dict:
    matcher = {"san_type": "DNS", "matcher": {"exact": name}}
    return {"match_typed_subject_alt_names": [matcher]}


def test_a_request_goes_out_encrypted_to_whom_the_certificate_names(to_tls, upstream, certificates):
    asked = []
    context = certificates.server()
    context.sni_callback = lambda _, name, __: asked.append(name)
    server = upstream(over_tls(answering(OK), context))
    validation = {"trusted_ca": {"filename": certificates["root.pem"]}, **saying(NAME)}
    martlet = to_tls(server.port, {"validation_context": validation}, sni=NAME)
    assert martlet.ask().body == b"ok"
    assert asked == [NAME]
    assert martlet.stat("cluster.app.ssl_handshake") == 1


def test_a_connection_is_used_again_though_tickets_came_between(to_tls, upstream, certificates):
    server = upstream(over_tls(answering(OK), certificates.server()))
    martlet = to_tls(server.port, sni=NAME)
    with martlet.connect() as client:
        for _ in range(5):
            client.get()
            assert client.read_response().body == b"ok"
    assert martlet.stat("cluster.app.upstream_cx_total") == 1


@pytest.mark.parametrize("is_secure", [False, True])
@pytest.mark.parametrize("protocol", ["http/1.1", "h2"])
def test_a_post_that_the_endpoints_kernel_never_took_is_sent_again(
    start, upstream, certificates, protocol, is_secure
):
    """The connection ends between its last response and the request, unseen by the proxy."""
    may_leave, has_left = threading.Event(), threading.Event()
    asked = []

    def script(wire: Wire) -> None:
        serve = serve_over_http2 if protocol == "h2" else serve_over_http1
        for method in serve(wire, asked):
            if method == "GET":
                break
        assert may_leave.wait(PATIENCE)
        wire.close()
        has_left.set()

    port = free_port()
    context = certificates.server("server", protocol)
    server = upstream(over_tls(script, context) if is_secure else script)
    made = cluster("app", server.port)
    if is_secure:
        made["transport_socket"] = upstream_tls(certificates, sni=NAME)
    if protocol == "h2":
        made = over_http2(made)
    listener = http_listener(port, to_cluster("app"))
    resources = {"listeners": [listener], "clusters": [made]}
    martlet = start({"static_resources": resources}, port, "--concurrency", "1")
    with martlet.connect() as client:
        client.get()
        assert client.read_response().status == 200
        with asleep(martlet.process.pid):
            client.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nhi")
            may_leave.set()
            assert has_left.wait(PATIENCE)
        assert client.read_response().status == 200
    assert asked == ["GET", "POST"]
    assert martlet.stat("cluster.app.upstream_rq_retry") == 1


def serve_over_http1(wire: Wire, asked: list[str]):
    """Gives each method behind its answer."""
    while True:
        asked.append(wire.read_request().method)
        wire.send(OK)
        yield asked[-1]


def serve_over_http2(wire: Wire, asked: list[str]):
    peer = H2Peer(wire.socket, client=False)
    for stream in range(1, 99, 2):
        peer.wait(lambda stream=stream: peer.streams[stream].is_ended)
        asked.append(peer.streams[stream].fields[":method"])
        peer.answer(stream, 200, ends=True)
        yield asked[-1]


def states(pid: int) -> set[str]:
    """What the process's threads do: S where they wait, T where they are stopped."""
    threads = pathlib.Path(f"/proc/{pid}/task").glob("*/stat")
    return {thread.read_text().rpartition(")")[2].split()[0] for thread in threads}


@contextlib.contextmanager
def asleep(pid: int):
    """The process sees what happens meanwhile all at once, in the order in which it happened."""
    # What it is in the midst of could see the last of it first.
    eventually(lambda: states(pid), lambda found: found == {"S"})
    os.kill(pid, signal.SIGSTOP)
    eventually(lambda: states(pid), lambda found: found == {"T"})
    yield
    os.kill(pid, signal.SIGCONT)


@pytest.mark.parametrize(
    ("shown", "cause"),
    [
        ("expired", "certificate_expired"),
        ("early", "certificate_not_yet_valid"),
        ("self_signed", "self_signed_certificate"),
        ("stranger", "unknown_ca"),
    ],
)
def test_an_endpoint_that_proves_nothing_gets_no_request(
    to_tls, upstream, certificates, shown, cause
):
    server = upstream(over_tls(answering(OK), certificates.server(shown)))
    martlet = to_tls(server.port, sni=NAME)
    answer = martlet.ask()
    assert (answer.status, answer["martlet-response-flags"]) == (503, "UF")
    assert answer["martlet-cause"] == cause
    expect_failure(martlet, "cluster.app", cause)
    martlet.process.wait_for(f"cluster app: .*{cause}.* 127.0.0.1:{server.port}: the peer's")


def test_an_endpoint_of_another_name_gets_no_request(to_tls, upstream, certificates):
    server = upstream(over_tls(answering(OK), certificates.server()))
    martlet = to_tls(server.port, sni="other.example", auto_sni_san_validation=True)
    assert martlet.ask()["martlet-cause"] == "certificate_name_mismatch"


def test_names_of_other_endpoints_are_not_enough(to_tls, upstream, certificates):
    server = upstream(over_tls(answering(OK), certificates.server()))
    validation = {"trusted_ca": {"filename": certificates["root.pem"]}, **saying("else.example")}
    martlet = to_tls(server.port, {"validation_context": validation}, sni=NAME)
    assert martlet.ask()["martlet-cause"] == "certificate_name_mismatch"


def test_an_endpoint_in_plain_text_is_named(to_tls, upstream):
    server = upstream(lambda wire: wire.send("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"))
    martlet = to_tls(server.port, sni=NAME)
    assert martlet.ask()["martlet-cause"] == "plaintext_http"


def test_an_endpoint_that_never_shakes_hands_is_given_up(to_tls, upstream):
    server = upstream(lambda wire: wire.read_rest())
    martlet = to_tls(server.port, sni=NAME, options={"connect_timeout": "0.2s"})
    with sooner_than(PATIENCE / 2):
        assert martlet.ask()["martlet-cause"] == "upstream_connect_timeout"
    expect_failure(martlet, "cluster.app", "handshake_timeout")


def test_our_own_certificate_is_shown_to_endpoints_that_ask(to_tls, upstream, certificates):
    context = certificates.server()
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(certificates["root.pem"])
    shown = []

    def script(wire: Wire) -> None:
        shown.append(wire.socket.getpeercert()["subject"])
        answering(OK)(wire)

    server = upstream(over_tls(script, context))
    common = {"tls_certificates": [certificates.pair("client")]}
    validation = {"validation_context": {"trusted_ca": {"filename": certificates["root.pem"]}}}
    martlet = to_tls(server.port, {**common, **validation}, sni=NAME)
    assert martlet.ask().body == b"ok"
    assert (("commonName", "client"),) in shown[0]


def test_an_endpoint_that_misses_our_certificate_says_so(to_tls, upstream, certificates):
    context = certificates.server()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(certificates["root.pem"])
    martlet = to_tls(upstream(over_tls(answering(OK), context)).port, sni=NAME)
    assert martlet.ask()["martlet-cause"] == "alert_received"


def until_close(wire: Wire) -> None:
    wire.read_request()
    wire.send("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nthe first half")


def test_a_body_that_ends_without_close_notify_is_known_to_be_cut(to_tls, upstream, certificates):
    half_came = threading.Event()

    def cut(wire: Wire) -> None:
        until_close(wire)
        assert half_came.wait(PATIENCE)
        # The connection ends without a word of TLS.
        os.close(wire.socket.detach())

    martlet = to_tls(upstream(over_tls(cut, certificates.server())).port, sni=NAME)
    with martlet.connect() as client:
        client.get()
        assert client.read_head().status == 200
        half_came.set()
        with pytest.raises((ConnectionResetError, EOFError)):
            client.read_chunked()
    (line,) = eventually(martlet.access_log)
    assert line["response_flags"] == "UC"
    expect_failure(martlet, "cluster.app", "closed_without_close_notify")


def test_a_body_that_ends_with_close_notify_is_whole(to_tls, upstream, certificates):
    def end(wire: Wire) -> None:
        until_close(wire)
        with contextlib.suppress(OSError):
            wire.socket.unwrap()

    martlet = to_tls(upstream(over_tls(end, certificates.server())).port, sni=NAME)
    assert martlet.ask().body == b"the first half"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_sessions_are_resumed(to_tls, upstream, certificates, version):
    def once(wire: Wire) -> None:
        wire.read_request()
        wire.send("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok")
        with contextlib.suppress(OSError):
            wire.socket.unwrap()

    context = certificates.server()
    context.maximum_version = version
    server = upstream(over_tls(once, context))
    martlet = to_tls(server.port, sni=NAME)
    options = [martlet.ask().body for _ in range(4)]
    assert options == [b"ok"] * 4
    found = martlet.stats()
    # Each worker has its own sessions.
    assert found["cluster.app.ssl_handshake"] == 4
    assert found["cluster.app.ssl_session_reused"] >= 2


def test_http2_is_offered_where_it_is_spoken(start, nginx_tls, certificates):
    port = free_port()
    upstream = nginx_tls()
    made = tls_cluster("app", upstream.port, upstream_tls(certificates, sni=NAME))
    listener = http_listener(port, to_cluster("app"))
    resources = {"listeners": [listener], "clusters": [over_http2(made)]}
    martlet = start({"static_resources": resources}, port)
    with martlet.connect() as client:
        for _ in range(3):
            client.get()
            assert client.read_response().body == b"HTTP/2.0 https\n"
    assert martlet.stat("cluster.app.upstream_cx_total") == 1


def test_http1_goes_to_an_nginx_of_tls(to_tls, nginx_tls):
    upstream = nginx_tls()
    martlet = to_tls(upstream.port, sni=NAME)
    for _ in range(3):
        assert martlet.ask().body == b"HTTP/1.1 https\n"


def test_an_endpoint_that_chooses_another_version_of_http_gets_no_request(
    start, upstream, certificates
):
    server = upstream(over_tls(answering(OK), certificates.server("server", "http/1.1")))
    port = free_port()
    common = {"alpn_protocols": ["h2", "http/1.1"]}
    made = tls_cluster("app", server.port, upstream_tls(certificates, common, sni=NAME))
    listener = http_listener(port, to_cluster("app"), access_log=[STDOUT_LOG])
    resources = {"listeners": [listener], "clusters": [over_http2(made)]}
    martlet = start({"static_resources": resources}, port)
    assert martlet.ask().status == 503
    (line,) = eventually(martlet.access_log)
    assert line["response_code_details"] == "alpn_mismatch"
    expect_failure(martlet, "cluster.app", "alpn_mismatch")


def test_http2_goes_over_no_suite_that_is_too_weak_for_it(start, upstream, certificates):
    context = certificates.server("server", "h2")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(WEAK_SUITE)
    server = upstream(over_tls(lambda wire: wire.read_rest(), context))
    port = free_port()
    common = {"tls_params": {"cipher_suites": [WEAK_SUITE]}}
    made = tls_cluster("app", server.port, upstream_tls(certificates, common, sni=NAME))
    listener = http_listener(port, to_cluster("app"))
    resources = {"listeners": [listener], "clusters": [over_http2(made)]}
    martlet = start({"static_resources": resources}, port)
    assert martlet.ask().status == 503
    expect_failure(martlet, "cluster.app", "alpn_mismatch")
    martlet.process.wait_for(f"not spoken here: h2 over {WEAK_SUITE}")


@pytest.fixture
def relayed(start, upstream, certificates):
    """Starts a proxy that relays to one that says everything louder, over TLS."""
    may_break = threading.Event()

    def shout(wire: Wire) -> None:
        while data := wire.socket.recv(65536):
            wire.send(data.upper())
            if may_break.is_set():
                # The connection ends without a word of TLS.
                return os.close(wire.socket.detach())
        wire.send("END")
        with contextlib.suppress(OSError):
            wire.socket.unwrap()

    server = upstream(over_tls(shout, certificates.server()))
    port = free_port()
    resources = {
        "listeners": [tcp_listener(port, cluster="app")],
        "clusters": [tls_cluster("app", server.port, upstream_tls(certificates, sni=NAME))],
    }
    return start({"static_resources": resources}, port), may_break


def shouted(martlet) -> bytes:
    """What comes behind the answer."""
    with martlet.connect() as client:
        client.send("hello")
        assert client.read(5) == b"HELLO"
        client.finish_sending()
        return client.read_rest()


def test_the_tcp_proxy_encrypts_and_takes_up_sessions(relayed):
    martlet, _ = relayed
    # Each worker has its own sessions.
    assert [shouted(martlet) for _ in range(3)] == [b"END"] * 3
    assert martlet.stats().get("cluster.app.ssl_session_reused", 0) > 0


def test_the_tcp_proxy_tells_what_failed(relayed):
    martlet, may_break = relayed
    may_break.set()
    # A client that ends first has the endpoint's end turned into a reset.
    with martlet.connect() as client, contextlib.suppress(OSError):
        client.send("hello")
        client.read_rest()
    expect_failure(martlet, "cluster.app", "closed_without_close_notify")


def test_a_cluster_in_plain_text_stays_so(start, echo):
    port = free_port()
    resources = {
        "listeners": [http_listener(port, to_cluster("app"))],
        "clusters": [cluster("app", echo().port)],
    }
    martlet = start({"static_resources": resources}, port)
    assert martlet.ask().status == 200
    assert not [name for name in martlet.stats() if "ssl_" in name]
