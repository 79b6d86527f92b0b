"""Upstreams for the proxy: nginx for the plain cases, a scripted one for the odd ones."""

import contextlib
import pathlib
import random
import socket
import threading
from collections.abc import Callable

from polling import PATIENCE, eventually
from process import Process
from wire import Message, Wire


def kernels_ports() -> range:
    """The ports that the kernel gives those who name none."""
    first, last = pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()
    return range(int(first), int(last) + 1)


# Each is given once, and the kernel gives none of them to somebody else meanwhile.
PORTS = [port for port in range(10_000, 65_536) if port not in kernels_ports()]
random.shuffle(PORTS)


def free_port() -> int:
    """A port that nobody has."""
    with socket.socket() as probe:
        while True:
            port = PORTS.pop()
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port


def accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


class ScriptedUpstream:
    """Runs a function for each connection it accepts, and keeps every byte that it received.

    A peer that goes away ends the script; any other fault of a script is kept in `faults`.
    """

    def __init__(
        self,
        script: Callable[[Wire], None],
        port: int = 0,
        backlog: int = 512,
        host: str = "127.0.0.1",
    ):
        self.script = script
        self.connections: list[Wire] = []
        self.requests: list[Message] = []
        self.faults: list[Exception] = []
        self.listener = socket.create_server((host, port), backlog=backlog)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                wire = Wire(self.listener.accept()[0])
                wire.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.connections.append(wire)
                threading.Thread(target=self._serve, args=(wire,), daemon=True).start()

    def _serve(self, wire: Wire) -> None:
        try:
            self.script(wire)
        except (OSError, EOFError):
            pass
        except Exception as fault:
            self.faults.append(fault)
        finally:
            wire.close()

    @property
    def received(self) -> bytes:
        return b"".join(bytes(wire.received) for wire in self.connections)

    def refuse(self) -> None:
        """Accepts no more; connections that stand are left alone."""
        # A blocked accept is woken by this, not by close alone.
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def close(self) -> None:
        self.refuse()
        for wire in self.connections:
            with contextlib.suppress(OSError):
                wire.socket.shutdown(socket.SHUT_RDWR)


def answering(response: bytes | str, once: threading.Event | None = None) -> Callable[[Wire], None]:
    """A script: the answer to whatever is asked, again and again; not before `once` is set."""

    def script(wire: Wire) -> None:
        while True:
            wire.read_request()
            assert once is None or once.wait(PATIENCE)
            wire.send(response)

    return script


class Echo(ScriptedUpstream):
    """Keeps every request and answers each with its own name and the path it was asked for."""

    def __init__(self, name: str = "echo", port: int = 0, host: str = "127.0.0.1"):
        self.name = name
        super().__init__(self._answer, port, host=host)

    def _answer(self, wire: Wire) -> None:
        while True:
            request = wire.read_request()
            self.requests.append(request)
            body = b"" if request.method == "HEAD" else f"{self.name} {request.target}\n".encode()
            wire.send(
                f"HTTP/1.1 200 OK\r\nserved-by: {self.name}\r\ncontent-length: {len(body)}\r\n\r\n"
            )
            wire.send(body)


NGINX = """
master_process off;
daemon off;
pid {directory}/nginx.pid;
error_log {directory}/error.log warn;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  client_body_temp_path {directory}/body;
  proxy_temp_path {directory}/proxy;
  fastcgi_temp_path {directory}/fastcgi;
  uwsgi_temp_path {directory}/uwsgi;
  scgi_temp_path {directory}/scgi;
  keepalive_requests 100000;
  server {{
    listen 127.0.0.1:{port} {transport} backlog=4096;
    {certificate}
    location / {{ default_type text/plain; return 200 "{name}\\n"; }}
    location /files/ {{ root {directory}; }}
  }}
}}
"""


def nginx_certificate(pair: dict) -> str:
    chain, key = (pair[name]["filename"] for name in ("certificate_chain", "private_key"))
    return f"ssl_certificate {chain}; ssl_certificate_key {key};"


class Nginx:
    """A real nginx that answers with its name, and serves `files` under /files/.

    With a certificate it speaks TLS, and answers with the protocol and the scheme.
    """

    def __init__(self, directory: pathlib.Path, name: str, certificate: dict | None = None):
        directory.mkdir(parents=True)
        self.files = directory / "files"
        self.files.mkdir()
        self.name = name
        self.port = free_port()
        configuration = directory / "nginx.conf"
        text = NGINX.format(
            directory=directory,
            port=self.port,
            name="$server_protocol $scheme" if certificate else name,
            transport="ssl http2" if certificate else "",
            certificate=nginx_certificate(certificate) if certificate else "",
        )
        configuration.write_text(text)
        arguments = ("-p", directory, "-c", configuration, "-e", directory / "error.log")
        self.process = Process("/usr/sbin/nginx", *arguments)
        eventually(lambda: accepts(self.port) or not self.process.is_running)
        assert self.process.is_running, self.process.lines

    def close(self) -> None:
        if self.process.is_running:
            self.process.terminate()


class Nghttpd:
    """nghttpd in the clear: it serves `files` under /files/ and gives uploads back."""

    def __init__(self, directory, *more: str):
        self.files = directory / "files"
        self.files.mkdir(parents=True)
        self.port = free_port()
        options = ("--no-tls", "--echo-upload", "--address=127.0.0.1", f"--htdocs={directory}")
        self.process = Process("/usr/sbin/nghttpd", *options, *more, self.port)
        eventually(lambda: accepts(self.port) or not self.process.is_running)
        assert self.process.is_running, self.process.lines

    def close(self) -> None:
        self.process.close()
