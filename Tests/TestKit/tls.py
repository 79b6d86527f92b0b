"""TLS for tests: certificates, the configuration that names them, and peers that speak it."""

import contextlib
import pathlib
import socket
import ssl
import subprocess

from martlet import TYPES, cluster, http_listener, listener, to_cluster
from polling import PATIENCE, eventually
from wire import Wire

KIND = f"{TYPES}.transport_sockets.tls.v3"
NAME = "web.example"
# Of TLS 1.2, and blocked for HTTP/2 (RFC 9113 appendix A).
WEAK_SUITE = "ECDHE-ECDSA-AES128-SHA"
INSPECTOR = {
    "name": "envoy.filters.listener.tls_inspector",
    "typed_config": {"@type": f"{TYPES}.filters.listener.tls_inspector.v3.TlsInspector"},
}


class Certificates:
    """The certificates of one test run, by the names that make-certificates gives them."""

    def __init__(self, directory: pathlib.Path):
        self.directory = directory
        maker = pathlib.Path(__file__).parent / "make-certificates"
        subprocess.run([maker, directory], check=True, capture_output=True)

    def __getitem__(self, file: str) -> str:
        path = self.directory / file
        assert path.exists(), path
        return str(path)

    def pair(self, name: str) -> dict:
        """A certificate and its key, as a configuration names them."""
        return {
            "certificate_chain": {"filename": self[f"{name}.pem"]},
            "private_key": {"filename": self[f"{name}.key"]},
        }

    def client(self, name: str = "", **options) -> ssl.SSLContext:
        """A client's context that trusts the root; `name` is the certificate it shows."""
        context = ssl.create_default_context(cafile=self["root.pem"])
        if name:
            context.load_cert_chain(self[f"{name}.pem"], self[f"{name}.key"])
        for option, value in options.items():
            setattr(context, option, value)
        return context

    def server(self, name: str = "server", *protocols: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self[f"{name}.pem"], self[f"{name}.key"])
        if protocols:
            context.set_alpn_protocols(protocols)
        return context


def socket_of(kind: str, common: dict, **more) -> dict:
    config = {"@type": f"{KIND}.{kind}", "common_tls_context": common, **more}
    return {"name": "envoy.transport_sockets.tls", "typed_config": config}


def downstream_tls(pair: dict, common: dict | None = None, **more) -> dict:
    """The transport socket of a filter chain."""
    common = {"tls_certificates": [pair], **(common or {})}
    return socket_of("DownstreamTlsContext", common, **more)


def upstream_tls(certificates: Certificates | None, common: dict | None = None, **more) -> dict:
    """The transport socket of a cluster, which trusts the root unless there are no certificates."""
    trust = {}
    if certificates:
        trust = {"validation_context": {"trusted_ca": {"filename": certificates["root.pem"]}}}
    return socket_of("UpstreamTlsContext", {**trust, **(common or {})}, **more)


def https_listener(port: int, transport: dict, cluster_name: str, **manager) -> dict:
    made = http_listener(port, to_cluster(cluster_name), **manager)
    made["filter_chains"][0]["transport_socket"] = transport
    return made


def many_chains(port: int, *chains: dict, **more) -> dict:
    """A listener of several filter chains."""
    return {**listener("in", port, "", {}), "filter_chains": list(chains), **more}


def tls_cluster(name: str, port: int, transport: dict, **more) -> dict:
    return cluster(name, port, transport_socket=transport, **more)


def connect(port: int, context: ssl.SSLContext, name: str = NAME, session=None) -> Wire:
    """A client's connection whose handshake is done."""
    raw = socket.create_connection(("127.0.0.1", port), PATIENCE)
    try:
        return Wire(context.wrap_socket(raw, server_hostname=name, session=session))
    except OSError:
        raw.close()
        raise


def ask(port: int, context: ssl.SSLContext, path: str = "/", *lines: str, name: str = NAME):
    """One request on a connection of its own, and its response."""
    with contextlib.closing(connect(port, context, name)) as client:
        client.get(path, *lines)
        return client.read_response()


def over_tls(script, context: ssl.SSLContext):
    """A script for an upstream that speaks TLS."""

    def secured(wire: Wire) -> None:
        wire.socket = context.wrap_socket(wire.socket, server_side=True)
        script(wire)

    return secured


def expect_failures(martlet, place: str, cause: str, count: int) -> None:
    """Waits for a counter that is shown from its first count on."""
    name = f"{place}.ssl_fail.{cause}"
    eventually(lambda: martlet.stats().get(name, 0), lambda found: found >= count)


def expect_failure(martlet, place: str, cause: str) -> None:
    expect_failures(martlet, place, cause, 1)


def curl(port: int, certificates: Certificates, path: str = "/", *options: str):
    """What curl says of a request: its exit code, the version of HTTP, the status, the body."""
    url = f"https://{NAME}:{port}{path}"
    resolve = ("--resolve", f"{NAME}:{port}:127.0.0.1")
    trust = ("--cacert", certificates["root.pem"])
    form = ("-w", "\n%{http_version} %{http_code}", "--max-time", str(PATIENCE))
    done = subprocess.run(
        ["curl", "-sS", *resolve, *trust, *form, *options, url], capture_output=True, text=True
    )
    body, _, summary = done.stdout.rpartition("\n")
    version, _, status = summary.partition(" ")
    return done.returncode, version, status, body
