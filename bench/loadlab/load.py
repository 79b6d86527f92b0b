"""The load: h2load for requests, sockets for handshakes and for connections that only stay."""

import re
import socket
import ssl
import subprocess
import tempfile
import time
from contextlib import suppress

from .machine import Failure
from .upstreams import GRPC_MESSAGE, GRPC_METHOD

REQUEST = b"GET / HTTP/1.1\r\nHost: my-service\r\n\r\n"
HTTP1 = ("--h1", "-c64")
HTTP2 = ("-c16", "-m16")
TLS_SUITE = "TLS_AES_128_GCM_SHA256"
TLS = (*HTTP1, f"--tls13-ciphers={TLS_SUITE}")
TLS_LARGE = ("--h1", "-c2", f"--tls13-ciphers={TLS_SUITE}")


def requests(url: str, count: int, how: tuple[str, ...] = HTTP1, seconds: float = 300) -> float:
    """Sends `count` requests over connections that stay; gives requests a second."""
    command = ["h2load", "-t1", f"-n{count}", *how, url]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=seconds).stdout
    rate = re.search(r"finished in .*?, ([\d.]+) req/s", answer)
    good = re.search(r"status codes: (\d+) 2xx", answer)
    if not rate or not good or int(good[1]) != count:
        raise Failure(f"h2load {url}: not all of {count} requests succeeded\n{answer}")
    if url.startswith("https") and f"Cipher: {TLS_SUITE}" not in answer:
        raise Failure(f"h2load {url}: not {TLS_SUITE}\n{answer}")
    return float(rate[1])


def calls(port: int, count: int) -> float:
    """Unary gRPC calls; gives calls a second. One more goes ahead, to see that trailers arrive."""
    url = f"http://127.0.0.1:{port}{GRPC_METHOD}"
    with tempfile.NamedTemporaryFile() as message:
        message.write(GRPC_MESSAGE)
        message.flush()
        fields = ("-H", "content-type: application/grpc", "-H", "te: trailers")
        command = ["curl", "-sS", "-m60", "--http2-prior-knowledge", "-D-", "-o/dev/null", *fields]
        command += ["--data-binary", f"@{message.name}", url]
        answer = subprocess.run(command, capture_output=True, text=True)
        if not re.search(r"\n\n.*^grpc-status: 0", answer.stdout, re.DOTALL | re.MULTILINE):
            raise Failure(f"curl {url}: no trailers\n{answer.stdout}{answer.stderr}")
        return requests(url, count, (*HTTP2, "-d", message.name, *fields))


def tls_client() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context


def handshakes(port: int, count: int) -> float:
    """Full handshakes one after the other, each with one request; gives how many a second."""
    context, started = tls_client(), time.perf_counter()
    for _ in range(count):
        tls_visit(context, port, None)
    return count / (time.perf_counter() - started)


def resumptions(port: int, count: int) -> float:
    """The same, but each connection resumes the session of the one before."""
    context = tls_client()
    session = tls_visit(context, port, None)
    started = time.perf_counter()
    for _ in range(count):
        session = tls_visit(context, port, session)
    return count / (time.perf_counter() - started)


def tls_visit(context: ssl.SSLContext, port: int, session: ssl.SSLSession | None) -> ssl.SSLSession:
    """Connects, resuming `session` if there is one, asks once, leaves; gives the new session."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as plain:
        tls = context.wrap_socket(plain, session=session)
        ask(tls)
        if tls.session_reused != (session is not None):
            raise Failure(f"port {port}: resumption was {'not ' if session else ''}done")
        latest = tls.session
        if not latest.has_ticket:
            raise Failure(f"port {port}: no ticket was issued")
        with suppress(OSError):
            tls.unwrap()
        return latest


def ask(connection: socket.socket) -> None:
    """One request and its whole response."""
    connection.sendall(REQUEST)
    received = b""
    while b"hello from" not in received:
        part = connection.recv(4096)
        if not part:
            raise Failure(f"a connection to {connection.getpeername()} was closed early")
        received += part


class HeldConnections:
    """Connections that each made one request and then stay open without a word."""

    def __init__(self, port: int, count: int, context: ssl.SSLContext | None = None):
        self.sockets = []
        for _ in range(count):
            connection = socket.create_connection(("127.0.0.1", port), timeout=10)
            if context:
                connection = context.wrap_socket(connection)
            self.sockets.append(connection)
            ask(connection)

    def close(self) -> None:
        for connection in self.sockets:
            connection.close()
        time.sleep(0.2)
