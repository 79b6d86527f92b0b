"""TLS of clients: who is let in, what is agreed on, and what is said of it."""

import contextlib
import json
import os
import random
import re
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest
from client_hellos import hello, records
from martlet import STDOUT_LOG, cluster
from polling import PATIENCE, eventually, sooner_than
from tls import (
    NAME,
    ask,
    connect,
    curl,
    downstream_tls,
    expect_failure,
    https_listener,
)
from upstreams import free_port
from wire import Wire


def trusting(certificates, **validation) -> dict:
    context = {"trusted_ca": {"filename": certificates["root.pem"]}, **validation}
    return {"validation_context": context}


@pytest.mark.parametrize(("options", "version"), [((), "2"), (("--http1.1",), "1.1")])
def test_alpn_chooses_the_version_of_http(https, certificates, options, version):
    martlet, upstream = https()
    found = curl(martlet.port, certificates, "/a", *options)
    assert found == (0, version, "200", "echo /a\n")
    (request,) = upstream.requests
    assert request["x-forwarded-proto"] == "https"
    assert martlet.stat("listener.in.ssl_handshake") == 1


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_the_versions_of_today_are_spoken(https, certificates, version):
    martlet, _ = https()
    client = certificates.client(minimum_version=version, maximum_version=version)
    assert ask(martlet.port, client).status == 200


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_the_versions_of_yesterday_are_refused(https, certificates, version):
    martlet, _ = https()
    with warnings.catch_warnings(action="ignore"):
        client = certificates.client(minimum_version=version, maximum_version=version)
    client.set_ciphers("DEFAULT:@SECLEVEL=0")
    with pytest.raises(ssl.SSLError, match="PROTOCOL_VERSION"):
        connect(martlet.port, client)
    expect_failure(martlet, "listener.in", "no_shared_version")


def test_a_client_that_offers_only_unknown_protocols_is_turned_away(https, certificates):
    martlet, _ = https()
    client = certificates.client()
    client.set_alpn_protocols(["spdy/3"])
    with pytest.raises(ssl.SSLError, match=r"(?i)no.application.protocol"):
        connect(martlet.port, client)
    expect_failure(martlet, "listener.in", "no_shared_application_protocol")


def test_a_client_in_plain_text_is_closed_and_named(https):
    martlet, _ = https()
    with martlet.connect() as client:
        client.get()
        with contextlib.suppress(ConnectionResetError):
            client.read_rest()
    expect_failure(martlet, "listener.in", "plaintext_http")
    martlet.process.wait_for("listener in: .*plaintext_http.*HTTP in plain text where TLS")


def test_a_handshake_that_does_not_end_is_broken_off(https):
    martlet, _ = https(chain={"transport_socket_connect_timeout": "0.2s"})
    with martlet.connect() as client, sooner_than(PATIENCE / 2):
        client.send(b"\x16\x03\x01")
        assert client.is_closed_by_peer()
    expect_failure(martlet, "listener.in", "handshake_timeout")


def test_a_handshake_may_come_byte_by_byte(https, certificates):
    martlet, _ = https()
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = certificates.client().wrap_bio(incoming, outgoing, server_hostname=NAME)
    with martlet.connect() as wire:

        def flush():
            for byte in outgoing.read():
                wire.send(bytes([byte]))

        while True:
            try:
                client.do_handshake()
                break
            except ssl.SSLWantReadError:
                flush()
                incoming.write(wire.socket.recv(65536))
        client.write(b"GET /slow HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n")
        flush()
        answer = b""
        with contextlib.suppress(ssl.SSLZeroReturnError):
            while True:
                try:
                    chunk = client.read(65536)
                    answer += chunk
                    if not chunk:
                        break
                except ssl.SSLWantReadError:
                    incoming.write(wire.socket.recv(65536))
        assert answer.endswith(b"echo /slow\n")


def test_renegotiation_is_refused(https, certificates):
    martlet, _ = https()
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{martlet.port}", "-tls1_2", "-quiet"]
    with subprocess.Popen(
        [*command, "-no_ign_eof"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as client:
        output, _ = client.communicate(b"R\nGET / HTTP/1.1\r\nhost: test\r\n\r\n", PATIENCE)
    assert b"no renegotiation" in output.lower()
    expect_failure(martlet, "listener.in", "renegotiation")


# Certificates of clients.


def test_a_client_without_a_certificate_is_turned_away_where_one_is_required(https, certificates):
    martlet, upstream = https(trusting(certificates), require_client_certificate=True)
    with pytest.raises(OSError, match=r"(?i)certificate.required"):
        ask(martlet.port, certificates.client())
    expect_failure(martlet, "listener.in", "no_client_certificate")
    assert not upstream.requests


@pytest.mark.parametrize(
    ("shown", "cause"),
    [
        ("stranger", "unknown_ca"),
        ("self_signed", "self_signed_certificate"),
        ("expired", "certificate_expired"),
        ("early", "certificate_not_yet_valid"),
    ],
)
def test_a_client_whose_certificate_is_no_good_is_turned_away(https, certificates, shown, cause):
    martlet, upstream = https(trusting(certificates), require_client_certificate=True)
    with pytest.raises(OSError):
        ask(martlet.port, certificates.client(shown))
    expect_failure(martlet, "listener.in", cause)
    assert not upstream.requests


def test_routes_ask_who_the_client_is(https, certificates):
    def reply(body: str, **certificate) -> dict:
        match = {"prefix": "/", "tls_context": certificate}
        return {"match": match, "direct_response": {"status": 200, "body": {"inline_string": body}}}

    routes = [reply("known", validated=True), reply("shown", presented=True), reply("nobody")]
    host = {"name": "all", "domains": ["*"], "routes": routes}
    martlet, _ = https(
        trusting(certificates, trust_chain_verification="ACCEPT_UNTRUSTED"),
        manager={"route_config": {"name": "routes", "virtual_hosts": [host]}},
    )
    for shown, expected in (("client", "known"), ("stranger", "shown"), ("", "nobody")):
        assert ask(martlet.port, certificates.client(shown)).body.decode() == expected


def test_names_decide_who_is_let_in(https, certificates):
    names = [{"san_type": "URI", "matcher": {"prefix": "spiffe://mesh/ns/shop/"}}]
    validation = trusting(certificates, match_typed_subject_alt_names=names)
    martlet, _ = https(validation, require_client_certificate=True)
    assert ask(martlet.port, certificates.client("client")).status == 200
    with pytest.raises(OSError):
        ask(martlet.port, certificates.client("nameless"))
    expect_failure(martlet, "listener.in", "certificate_name_mismatch")


def test_a_revoked_certificate_is_refused(https, certificates):
    validation = trusting(certificates, crl={"filename": certificates["revoked.crl"]})
    martlet, _ = https(validation, require_client_certificate=True)
    assert ask(martlet.port, certificates.client("client")).status == 200
    with pytest.raises(OSError):
        ask(martlet.port, certificates.client("revoked"))
    expect_failure(martlet, "listener.in", "certificate_revoked")


LOGGED = {
    "version": "%DOWNSTREAM_TLS_VERSION%",
    "cipher": "%DOWNSTREAM_TLS_CIPHER%",
    "sni": "%REQUESTED_SERVER_NAME%",
    "subject": "%DOWNSTREAM_PEER_SUBJECT%",
    "uri": "%DOWNSTREAM_PEER_URI_SAN%",
    "scheme": "%REQ(:scheme)%",
}


def log_of(fields: dict) -> dict:
    config = {**STDOUT_LOG["typed_config"], "log_format": {"json_format": fields}}
    return {**STDOUT_LOG, "typed_config": config}


def test_the_access_log_says_who_the_client_is(https, certificates):
    manager = {"access_log": [log_of(LOGGED)]}
    martlet, _ = https(trusting(certificates), require_client_certificate=True, manager=manager)
    ask(martlet.port, certificates.client("client"))
    (line,) = eventually(martlet.access_log)
    assert line == {
        "version": "TLSv1.3",
        "cipher": "TLS_AES_128_GCM_SHA256",
        "sni": NAME,
        "subject": "CN=client,O=Example",
        "uri": "spiffe://mesh/ns/shop/sa/client",
        "scheme": "https",
    }


FORGED = "x-forwarded-client-cert: Hash=forged"


def telling(mode: str, details: dict) -> dict:
    """What a manager says of its clients' certificates, and of which parts."""
    return {"forward_client_cert_details": mode, "set_current_client_cert_details": details}


@pytest.mark.parametrize(
    ("mode", "with_certificate", "without"),
    [
        ("SANITIZE", [], []),
        ("FORWARD_ONLY", ["Hash=forged,Hash=more"], []),
        ("APPEND_FORWARD", ["Hash=forged,Hash=more,OWN"], []),
        ("SANITIZE_SET", ["OWN"], []),
        ("ALWAYS_FORWARD_ONLY", ["Hash=forged", "Hash=more"], ["Hash=forged", "Hash=more"]),
    ],
)
def test_the_client_s_certificate_is_told_on(https, certificates, mode, with_certificate, without):
    details = {"subject": True, "uri": True, "dns": True}
    manager = telling(mode, details)
    martlet, upstream = https(trusting(certificates), manager=manager)
    more = "x-forwarded-client-cert: Hash=more"
    ask(martlet.port, certificates.client("client"), "/", FORGED, more)
    ask(martlet.port, certificates.client(), "/", FORGED, more)
    found = [request.all("x-forwarded-client-cert") for request in upstream.requests]
    own = re.compile(
        r"By=spiffe://mesh/ns/shop/sa/web;Hash=[0-9a-f]{64};"
        r'Subject="CN=client,O=Example";URI=spiffe://mesh/ns/shop/sa/client;DNS=client.example'
    )
    assert [[own.sub("OWN", text) for text in each] for each in found] == [
        with_certificate,
        without,
    ]


@pytest.mark.parametrize("mode", ["FORWARD_ONLY", "APPEND_FORWARD"])
def test_what_a_client_says_passes_only_where_all_read_it_alike(https, certificates, mode):
    martlet, upstream = https(trusting(certificates), manager={"forward_client_cert_details": mode})
    open_quote = f'{FORGED};X="'
    ask(martlet.port, certificates.client("client"), "/", FORGED, open_quote)
    ask(martlet.port, certificates.client("client"), "/", f'{FORGED};Subject="a, b",Hash=c')
    first, second = [request.all("x-forwarded-client-cert") for request in upstream.requests]
    assert "forged" not in "".join(first)
    assert len(first) == (mode == "APPEND_FORWARD")
    (text,) = second
    said = 'Hash=forged;Subject="a, b",Hash=c'
    assert text.startswith(said) and (text == said) == (mode == "FORWARD_ONLY")
    assert martlet.stat("http.in.dropped_malformed_client_cert") == 1


@pytest.mark.parametrize("mode", ["FORWARD_ONLY", "APPEND_FORWARD", "SANITIZE_SET"])
@pytest.mark.parametrize(
    ("validation", "shown"),
    [
        ({}, "client"),
        ({"trusted_ca": "root.pem", "trust_chain_verification": "ACCEPT_UNTRUSTED"}, "stranger"),
    ],
)
def test_a_certificate_that_nobody_verified_names_nobody(
    https, certificates, mode, validation, shown
):
    if "trusted_ca" in validation:
        validation = {**validation, "trusted_ca": {"filename": certificates["root.pem"]}}
    details = {"uri": True}
    manager = telling(mode, details)
    martlet, upstream = https(
        {"validation_context": validation}, require_client_certificate=True, manager=manager
    )
    ask(martlet.port, certificates.client(shown), "/", FORGED)
    assert "x-forwarded-client-cert" not in upstream.requests[0]


def test_a_name_that_quotes_stays_within_its_quotation_marks(https, certificates):
    manager = telling("APPEND_FORWARD", {"subject": True})
    martlet, upstream = https(trusting(certificates), manager=manager)
    ask(martlet.port, certificates.client("quoting"))
    (element,) = upstream.requests[0].all("x-forwarded-client-cert")
    subject = element.partition(";Subject=")[2]
    assert subject == r'"CN=a%5C\"\,Hash=00\;URI=\"b%5C,O=Example"'
    field = f"x-forwarded-client-cert: {element}"
    ask(martlet.port, certificates.client("quoting"), "/", field)
    assert upstream.requests[1]["x-forwarded-client-cert"] == f"{element},{element}"


def test_the_whole_certificate_is_told_on(https, certificates):
    manager = telling("SANITIZE_SET", {"cert": True})
    martlet, upstream = https(trusting(certificates), manager=manager)
    ask(martlet.port, certificates.client("client"))
    text = upstream.requests[0]["x-forwarded-client-cert"]
    assert ';Cert="-----BEGIN%20CERTIFICATE-----%0A' in text


# Sessions.


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_sessions_are_resumed_on_every_worker(https, certificates, version):
    martlet, _ = https(options=("--concurrency", "2"))
    client = certificates.client(maximum_version=version)
    with contextlib.closing(connect(martlet.port, client)) as first:
        first.get()
        first.read_response()
        session = first.socket.session
    for _ in range(8):
        with contextlib.closing(connect(martlet.port, client, session=session)) as again:
            again.get()
            assert again.read_response().status == 200
            assert again.socket.session_reused
    assert martlet.stat("listener.in.ssl_session_reused") == 8


def test_sessions_are_not_resumed_where_that_is_disabled(https, certificates):
    martlet, _ = https(disable_stateless_session_resumption=True)
    client = certificates.client()
    with contextlib.closing(connect(martlet.port, client)) as first:
        first.get()
        first.read_response()
        session = first.socket.session
    assert session is None or not session.has_ticket


def test_keys_of_tickets_are_taken_up_from_their_file(https, certificates, tmp_path):
    file = tmp_path / "ticket.key"
    file.write_bytes(bytes(80))
    martlet, _ = https(session_ticket_keys={"keys": [{"filename": str(file)}]})
    client = certificates.client()

    def session_of(connection: Wire):
        connection.get()
        connection.read_response()
        return connection.socket.session

    with contextlib.closing(connect(martlet.port, client)) as first:
        session = session_of(first)

    def resumes() -> bool:
        with contextlib.closing(connect(martlet.port, client, session=session)) as again:
            return again.socket.session_reused

    assert resumes()
    (tmp_path / "next.key").write_bytes(bytes(79))
    os.replace(tmp_path / "next.key", file)
    martlet.process.wait_for(r"ticket.key cannot be used.*session_ticket_keys.keys\[0\]: found 79")
    assert resumes()
    assert martlet.stat("listener.in.ssl_update_failure") == 1
    (tmp_path / "next.key").write_bytes(bytes([1]) * 80)
    os.replace(tmp_path / "next.key", file)
    eventually(resumes, lambda found: not found)


# Bodies.


def test_bodies_pass_whole_with_peers_that_are_slow(start, nginx, certificates):
    port = free_port()
    upstream = nginx()
    content = os.urandom(8 << 20)
    (upstream.files / "large").write_bytes(content)
    transport = downstream_tls(certificates.pair("server"))
    listener = https_listener(port, transport, "app")
    resources = {"listeners": [listener], "clusters": [cluster("app", upstream.port)]}
    martlet = start({"static_resources": resources}, port)
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.settimeout(PATIENCE)
    raw.connect(("127.0.0.1", port))
    wrapped = certificates.client().wrap_socket(raw, server_hostname=NAME)
    with contextlib.closing(Wire(wrapped)) as client:
        client.get("/files/large")
        assert client.read_response().body == content
    for options in ((), ("--http1.1",)):
        _, _, status, _ = curl(martlet.port, certificates, "/files/large", "-o", "/dev/null")
        assert status == "200", options


def test_uploads_pass_whole(start, upstream, certificates):
    content = os.urandom(4 << 20)

    def count(wire):
        while True:
            size = len(wire.read_request().body)
            wire.send(f"HTTP/1.1 200 OK\r\ncontent-length: {len(str(size))}\r\n\r\n{size}")

    port = free_port()
    transport = downstream_tls(certificates.pair("server"))
    resources = {
        "listeners": [https_listener(port, transport, "app")],
        "clusters": [cluster("app", upstream(count).port)],
    }
    martlet = start({"static_resources": resources}, port)
    with contextlib.closing(connect(martlet.port, certificates.client())) as client:
        for _ in range(2):
            client.send(f"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: {len(content)}\r\n\r\n")
            client.send(content)
            assert client.read_response().body == str(len(content)).encode()


def martlet_url(martlet) -> str:
    return f"https://127.0.0.1:{martlet.port}/"


@pytest.mark.parametrize("protocol", ["h2", "http/1.1"])
def test_load_over_tls_loses_nothing(https, certificates, protocol):
    martlet, _ = https()
    done = subprocess.run(
        ["h2load", "--npn-list", protocol, "-n2000", "-c20", "-m4", martlet_url(martlet)],
        capture_output=True,
        text=True,
    )
    assert "2000 succeeded, 0 failed, 0 errored, 0 timeout" in done.stdout, done.stdout


# Certificates of our own.


def test_changed_files_are_taken_up_and_connections_live_on(https, certificates, tmp_path):
    files = {"server.pem": tmp_path / "own.pem", "server.key": tmp_path / "own.key"}
    for source, path in files.items():
        shutil.copy(certificates[source], path)
    chain, key = files.values()
    pair = {
        "certificate_chain": {"filename": str(chain)},
        "private_key": {"filename": str(key)},
    }
    martlet, _ = https(pair=pair)

    def serial():
        with contextlib.closing(connect(martlet.port, certificates.client())) as client:
            return client.socket.getpeercert()["serialNumber"]

    before = serial()
    with contextlib.closing(connect(martlet.port, certificates.client())) as client:
        for source, path in (("server_rsa.pem", chain), ("server_rsa.key", key)):
            shutil.copy(certificates[source], path.with_suffix(".new"))
            os.replace(path.with_suffix(".new"), path)
        eventually(serial, lambda found: found != before)
        client.get()
        assert client.read_response().status == 200


def test_a_certificate_is_served_before_there_is_a_staple_for_it(https, certificates, tmp_path):
    names = {"certificate_chain": "pem", "private_key": "key", "ocsp_staple": "ocsp"}
    pair = {field: {"filename": str(tmp_path / name)} for field, name in names.items()}

    def put(source: str, name: str) -> None:
        shutil.copy(certificates[source], tmp_path / "new")
        os.replace(tmp_path / "new", tmp_path / name)

    for name in names.values():
        put(f"server.{name}", name)
    martlet, _ = https(pair=pair)

    def stapled() -> tuple[bool, bool]:
        command = ["openssl", "s_client", "-status", "-connect", f"127.0.0.1:{martlet.port}"]
        shown = subprocess.run(command, input="", capture_output=True, text=True).stdout
        return "a:PKEY: rsaEncryption" in shown, "OCSP Response Status: successful" in shown

    assert stapled() == (False, True)
    put("server_rsa.pem", "pem")
    put("server_rsa.key", "key")
    assert eventually(stapled, lambda found: found[0]) == (True, False)
    martlet.process.wait_for(r"ocsp_staple: is about .* and is not sent")


def test_changed_files_that_are_no_good_leave_those_before(https, certificates, tmp_path):
    chain = tmp_path / "own.pem"
    shutil.copy(certificates["server.pem"], chain)
    pair = {
        "certificate_chain": {"filename": str(chain)},
        "private_key": {"filename": certificates["server.key"]},
    }
    martlet, _ = https(pair=pair)
    chain.write_text("nonsense")
    martlet.process.wait_for("own.pem.* cannot be used, and what was serves on: .*_chain")
    assert ask(martlet.port, certificates.client()).status == 200
    assert martlet.stat("listener.in.ssl_update_failure") == 1
    shutil.copy(certificates["server_rsa.pem"], tmp_path / "new")
    os.replace(tmp_path / "new", chain)
    eventually(lambda: martlet.stat("listener.in.ssl_update_failure"), lambda found: found == 2)


@pytest.mark.parametrize("part", ["trusted_ca", "crl"])
def test_an_emptied_file_lets_nobody_in(https, certificates, tmp_path, part):
    files = {"trusted_ca": tmp_path / "ca.pem", "crl": tmp_path / "list.crl"}
    shutil.copy(certificates["root.pem"], files["trusted_ca"])
    shutil.copy(certificates["revoked.crl"], files["crl"])
    context = {name: {"filename": str(path)} for name, path in files.items()}
    martlet, _ = https({"validation_context": context}, require_client_certificate=True)
    files[part].write_bytes(b"")
    martlet.process.wait_for(rf"cannot be used, and what was serves on: .*{part}: holds no PEM")
    assert martlet.stat("listener.in.ssl_update_failure") == 1
    assert ask(martlet.port, certificates.client("client")).status == 200
    turned_down = {"trusted_ca": "stranger", "crl": "revoked"}[part]
    with pytest.raises(OSError):
        ask(martlet.port, certificates.client(turned_down))


def test_the_admin_listener_shows_certificates_and_when_they_expire(https, certificates):
    martlet, _ = https(trusting(certificates))
    status, _, body = martlet.admin_get("/certs")
    (found,) = json.loads(body)["certificates"]
    (own,) = found["cert_chain"]
    (authority,) = found["ca_cert"]
    assert status == 200
    assert own["path"] == certificates["server.pem"]
    assert {"uri": "spiffe://mesh/ns/shop/sa/web"} in own["subject_alt_names"]
    assert int(own["days_until_expiration"]) in (29, 30)
    assert own["expiration_time"].endswith("Z")
    assert authority["path"] == certificates["root.pem"]
    assert 29 <= martlet.stat("server.first_cert_expires_in") / 86_400 <= 30
    left = martlet.stat("listener.in.ssl_first_cert_expires_at") - time.time()
    assert 29 <= left / 86_400 <= 30


# Beside everything else.


@pytest.mark.parametrize("protocol", ["h2", "http/1.1"])
def test_a_drain_lets_requests_under_way_end(start, upstream, certificates, protocol):
    may_answer, was_asked = threading.Event(), threading.Event()

    def slow(wire: Wire) -> None:
        wire.read_request()
        was_asked.set()
        assert may_answer.wait(PATIENCE)
        wire.send("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nlate")

    port = free_port()
    transport = downstream_tls(certificates.pair("server"))
    resources = {
        "listeners": [https_listener(port, transport, "app")],
        "clusters": [cluster("app", upstream(slow).port)],
    }
    martlet = start({"static_resources": resources}, port)
    options = ("--http1.1",) if protocol == "http/1.1" else ()
    with ThreadPoolExecutor(1) as pool:
        found = pool.submit(curl, martlet.port, certificates, "/", *options)
        assert was_asked.wait(PATIENCE)
        martlet.process.signal(signal.SIGTERM)
        martlet.process.wait_for("draining")
        may_answer.set()
        assert found.result()[2:] == ("200", "late")


def test_garbage_in_a_handshake_hurts_nobody(https, certificates):
    martlet, _ = https()
    chance = random.Random(7)
    opening = records(hello(certificates.client()))
    for _ in range(200):
        broken = bytearray(opening)
        for _ in range(chance.randint(1, 8)):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        with martlet.connect() as client, contextlib.suppress(OSError):
            client.send(bytes(broken[: chance.randint(1, len(broken))]))
            client.finish_sending()
            client.read_rest()
    assert ask(martlet.port, certificates.client()).status == 200
