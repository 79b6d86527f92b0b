"""Attacks on TLS: odd handshakes, names of others, identities that are made up, floods."""

import contextlib
import itertools
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from client_hellos import ALERT, HANDSHAKE, hello, openings, records
from h2_wire import H2Wire
from martlet import cluster, http_listener, to_cluster
from polling import PATIENCE, eventually, sooner_than
from strict_clients import H2Client
from tls import (
    INSPECTOR,
    NAME,
    WEAK_SUITE,
    ask,
    connect,
    downstream_tls,
    expect_failures,
    many_chains,
)
from upstreams import free_port
from wire import Wire

VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]
SECRET = "secret.example"


def trusting(certificates) -> dict:
    return {"validation_context": {"trusted_ca": {"filename": certificates["root.pem"]}}}


@pytest.fixture(params=[False, True], ids=["sole-chain", "inspected"])
def secured(request, start, echo, certificates):
    """A proxy that finds the filter chain of a connection with or without a look at its opening."""
    port = free_port()
    chain = http_listener(port, to_cluster("app"))["filter_chains"][0]
    chain["transport_socket"] = downstream_tls(certificates.pair("server"))
    listener = many_chains(port, chain)
    if request.param:
        chain["filter_chain_match"] = {"server_names": [NAME]}
        listener["listener_filters"] = [INSPECTOR]
    resources = {"listeners": [listener], "clusters": [cluster("app", echo().port)]}
    return start({"static_resources": resources}, port)


def test_a_client_hello_is_understood_in_any_form_and_nothing_else_is(secured, certificates):
    wrong = []
    for opening in openings(certificates.client()):
        with secured.connect() as client:
            with contextlib.suppress(OSError):
                for piece in opening.pieces:
                    client.send(piece)
            try:
                first = client.read(1)[0]
            except (EOFError, ConnectionResetError):
                first = ALERT
        if first not in (HANDSHAKE, ALERT) or (first == HANDSHAKE) != opening.is_answered:
            wrong.append(f"{opening.name}: {first}")
    assert wrong == []
    assert ask(secured.port, certificates.client()).status == 200


# Names


@pytest.fixture
def two_names(start, echo, certificates):
    """A proxy where one of two names asks clients for a certificate."""
    port = free_port()
    chains = []
    for name, common, more in (
        (NAME, {}, {}),
        (SECRET, trusting(certificates), {"require_client_certificate": True}),
    ):
        chain = http_listener(port, to_cluster("app"), name=name)["filter_chains"][0]
        chain["name"] = name
        chain["filter_chain_match"] = {"server_names": [name]}
        chain["transport_socket"] = downstream_tls(certificates.pair("server"), common, **more)
        chains.append(chain)
    upstream = echo()
    resources = {
        "listeners": [many_chains(port, *chains)],
        "clusters": [cluster("app", upstream.port)],
    }
    return start({"static_resources": resources}, port), upstream


@pytest.mark.parametrize("version", VERSIONS)
def test_no_other_name_and_no_earlier_session_opens_what_asks_for_a_certificate(
    two_names, certificates, version
):
    martlet, upstream = two_names
    client = certificates.client(check_hostname=False, maximum_version=version)
    with contextlib.closing(connect(martlet.port, client)) as wire:
        wire.get()
        assert wire.read_response().status == 200
        session = wire.socket.session
    for name in (SECRET, SECRET.upper(), f"{SECRET}.", f"a.{SECRET}", "127.0.0.1", None):
        for earlier in (None, session):
            with (
                pytest.raises(OSError),
                contextlib.closing(connect(martlet.port, client, name, session=earlier)) as wire,
            ):
                wire.get("/secret", f"host: {SECRET}")
                wire.read(1)
    assert [request.target for request in upstream.requests] == ["/"]
    named = certificates.client("client", check_hostname=False, maximum_version=version)
    assert ask(martlet.port, named, "/secret", name=SECRET).status == 200


@pytest.mark.parametrize("shown", ["server_only", "expired", "stranger", "self_signed"])
@pytest.mark.parametrize("version", VERSIONS)
def test_a_certificate_that_is_none_for_a_client_lets_nobody_in(
    two_names, certificates, shown, version
):
    martlet, upstream = two_names
    client = certificates.client(shown, check_hostname=False, maximum_version=version)
    with pytest.raises(OSError):
        ask(martlet.port, client, name=SECRET)
    assert not upstream.requests


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("SANITIZE", 0), ("SANITIZE_SET", 1), ("FORWARD_ONLY", 2), ("APPEND_FORWARD", 3)],
)
def test_a_stream_cannot_make_up_who_its_client_is(https, certificates, mode, expected):
    manager = {"forward_client_cert_details": mode}
    martlet, upstream = https(trusting(certificates), manager=manager)
    forged = ("x-forwarded-client-cert", "Hash=forged")
    found = []
    for shown in ("client", ""):
        trust = certificates.client(shown)
        trust.set_alpn_protocols(["h2"])
        with contextlib.closing(connect(martlet.port, trust)) as wire:
            client = H2Client(H2Wire(wire.socket))
            assert client.ask("GET", "/", fields=[forged, forged]).status == 200
        found.append(upstream.requests[-1].all("x-forwarded-client-cert"))
    own, none = found
    assert none == []
    assert len(own) == min(expected, 1)
    elements = [element for field in own for element in field.split(",")]
    assert len(elements) == expected
    assert elements.count("Hash=forged") == (0 if mode.startswith("SANITIZE") else 2)


# Floods


@pytest.mark.parametrize("sent", [5, -1, None], ids=["header", "part", "whole"])
def test_handshakes_that_do_not_end_take_nothing_from_others(https, certificates, sent):
    martlet, _ = https(chain={"transport_socket_connect_timeout": "3s"})
    descriptors = pathlib.Path(f"/proc/{martlet.process.pid}/fd")
    ask(martlet.port, certificates.client())
    before = len([*descriptors.iterdir()])
    opening = records(hello(certificates.client()))[:sent]
    flood = [Wire.to(martlet.port) for _ in range(200)]
    for client in flood:
        client.send(opening)
    with sooner_than(PATIENCE / 2):
        for _ in range(5):
            assert ask(martlet.port, certificates.client()).status == 200
    expect_failures(martlet, "listener.in", "handshake_timeout", 200)
    for client in flood:
        client.close()
    # Each worker may have kept a connection to the endpoint.
    eventually(lambda: len([*descriptors.iterdir()]), lambda count: count < before + 20)


def test_certificates_change_under_load_and_nobody_notices(https, certificates, tmp_path):
    chain, key = tmp_path / "own.pem", tmp_path / "own.key"

    def put(name: str) -> None:
        """One file behind the other: for a moment they do not fit."""
        for suffix, path in ((".pem", chain), (".key", key)):
            fresh = path.with_suffix(".new")
            shutil.copy(certificates[f"{name}{suffix}"], fresh)
            os.replace(fresh, path)

    put("server")
    pair = {"certificate_chain": {"filename": str(chain)}, "private_key": {"filename": str(key)}}
    martlet, _ = https(pair=pair)
    is_over = threading.Event()

    def load() -> set:
        serials = set()
        while not is_over.is_set():
            with contextlib.closing(connect(martlet.port, certificates.client())) as client:
                serials.add(client.socket.getpeercert()["serialNumber"])
                client.get()
                assert client.read_response().status == 200
        return serials

    with ThreadPoolExecutor(3) as pool:
        try:
            found = [pool.submit(load) for _ in range(3)]
            for name in itertools.islice(itertools.cycle(["server_rsa", "server"]), 4):
                put(name)
                time.sleep(1.1)
        finally:
            is_over.set()
        assert len(set.union(*(each.result() for each in found))) == 2


def test_keys_that_change_without_end_end_the_connection(https, certificates):
    martlet, _ = https()
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{martlet.port}", "-tls1_3"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0
    ) as client:

        def wait_for(text: bytes) -> bool:
            """Whether it was said before the end."""
            said = b""
            while text not in said:
                said += (chunk := os.read(client.stdout.fileno(), 65536))
                if not chunk:
                    return False
            return True

        assert wait_for(b"Verify return code")
        for count in range(200):
            # One command is read at a time.
            with contextlib.suppress(BrokenPipeError):
                client.stdin.write(b"K\n")
            if not wait_for(b"KEYUPDATE"):
                break
            if count % 8 == 0:
                assert ask(martlet.port, certificates.client()).status == 200
        client.kill()
    assert 32 < count < 100
    expect_failures(martlet, "listener.in", "post_handshake_flood", 1)
    martlet.process.wait_for("listener in: 1 TLS connections failed .post_handshake_flood.")


def test_what_fails_behind_a_handshake_is_counted_and_told(https, certificates):
    martlet, _ = https()
    for cause, breaks in (
        ("closed_without_close_notify", lambda raw: raw.shutdown(socket.SHUT_WR)),
        ("protocol_violation", lambda raw: raw.sendall(b"\x17\x03\x03\x00\x20" + bytes(32))),
    ):
        with contextlib.closing(connect(martlet.port, certificates.client())) as client:
            client.get()
            assert client.read_response().status == 200
            with socket.socket(fileno=os.dup(client.socket.fileno())) as raw:
                breaks(raw)
            expect_failures(martlet, "listener.in", cause, 1)
            martlet.process.wait_for(f"listener in: 1 TLS connections failed .{cause}.")


# Unlike protocols


@pytest.mark.parametrize(
    ("offered", "codec", "expected"),
    [
        (["h2", "http/1.1"], "AUTO", "http/1.1"),
        (["h2"], "AUTO", "refused"),
        ([], "AUTO", "no HTTP/2"),
        ([], "HTTP2", "no HTTP/2"),
    ],
)
def test_http2_is_spoken_over_no_suite_that_is_too_weak_for_it(
    https, certificates, offered, codec, expected
):
    common = {"tls_params": {"cipher_suites": [WEAK_SUITE]}}
    martlet, upstream = https(common, manager={"codec_type": codec})
    client = certificates.client(maximum_version=ssl.TLSVersion.TLSv1_2)
    client.set_ciphers(WEAK_SUITE)
    client.set_alpn_protocols(offered)
    if expected == "refused":
        with pytest.raises(OSError):
            connect(martlet.port, client)
        return expect_failures(martlet, "listener.in", "no_shared_application_protocol", 1)
    with contextlib.closing(connect(martlet.port, client)) as wire:
        if expected == "http/1.1":
            assert wire.socket.selected_alpn_protocol() == expected
            wire.get()
            assert wire.read_response().status == 200
        else:
            with contextlib.suppress(OSError, EOFError):
                H2Client(H2Wire(wire.socket)).ask("GET", "/")
            assert not upstream.requests
    if codec == "HTTP2":
        expect_failures(martlet, "listener.in", "alpn_mismatch", 1)


def test_http2_needs_no_name_of_a_protocol_and_http1_is_not_taken_for_it(https, certificates):
    martlet, _ = https(manager={"codec_type": "HTTP1"})
    trust = certificates.client()
    trust.set_alpn_protocols(["http/1.1"])
    with contextlib.closing(connect(martlet.port, trust)) as client:
        client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        assert client.read_response().status in (400, 505)
        assert client.is_closed_by_peer()


def test_a_client_hello_on_a_port_in_plain_text_is_refused(proxy, echo, certificates):
    upstream = echo()
    martlet = proxy({"one": upstream})
    with martlet.connect() as client:
        client.send(records(hello(certificates.client())))
        assert client.read_response().status == 400
        assert client.is_closed_by_peer()
    assert not upstream.connections
