"""Steady traffic over keep-alive connections, every request accounted for."""

import selectors
import socket
import threading
import time
from dataclasses import dataclass, field

CONNECTIONS = 8
TIMEOUT = 5.0
REQUEST = b"GET / HTTP/1.1\r\nHost: my-service\r\n\r\n"


@dataclass
class Answer:
    """One finished request: when it was sent and answered, and the version that answered."""

    sent: float
    done: float
    version: str


@dataclass(eq=False)
class Connection:
    socket: socket.socket
    received: bytearray = field(default_factory=bytearray)
    sent: float = 0.0


class Traffic(threading.Thread):
    """Sends `rate` requests a second until it is told to stop."""

    def __init__(self, port: int, rate: int):
        super().__init__(daemon=True)
        self.port, self.interval = port, 1 / rate
        self.answers: list[Answer] = []
        self.failures: list[str] = []
        self.stopping = threading.Event()

    def finish(self) -> None:
        """Lets the requests under way end, then stops."""
        self.stopping.set()
        self.join(TIMEOUT * 2)

    def run(self) -> None:
        self.selector = selectors.DefaultSelector()
        self.idle = [self.connect() for _ in range(CONNECTIONS)]
        self.busy: set[Connection] = set()
        due = time.perf_counter()
        while self.busy or not self.stopping.is_set():
            now = time.perf_counter()
            if not self.stopping.is_set() and now >= due and self.idle:
                due = max(due + self.interval, now - 20 * self.interval)
                self.send(self.idle.pop())
                continue
            pause = 0.05 if self.stopping.is_set() or not self.idle else max(0.0, due - now)
            for key, _ in self.selector.select(pause):
                self.receive(key.data)
            self.expire()
        for connection in self.idle:
            connection.socket.close()

    def connect(self) -> Connection:
        made = Connection(socket.create_connection(("127.0.0.1", self.port), timeout=TIMEOUT))
        made.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    def send(self, connection: Connection) -> None:
        connection.received.clear()
        connection.sent = time.perf_counter()
        self.busy.add(connection)
        self.selector.register(connection.socket, selectors.EVENT_READ, connection)
        try:
            connection.socket.sendall(REQUEST)
        except OSError as error:
            self.fail(connection, f"could not be sent: {error}")

    def receive(self, connection: Connection) -> None:
        try:
            part = connection.socket.recv(16384)
        except OSError as error:
            return self.fail(connection, f"connection broken: {error}")
        if not part:
            return self.fail(connection, "connection closed before the response ended")
        connection.received += part
        head, separator, body = connection.received.partition(b"\r\n\r\n")
        if not separator:
            return None
        length = content_length(head)
        if length is None:
            return self.fail(connection, f"unexpected head: {bytes(head[:200])!r}")
        if len(body) < length:
            return None
        return self.complete(connection, bytes(head), bytes(body))

    def complete(self, connection: Connection, head: bytes, body: bytes) -> None:
        version = body.decode(errors="replace").split()[-1] if body.strip() else ""
        if not head.startswith(b"HTTP/1.1 200 ") or version not in ("v1", "v2"):
            return self.fail(connection, f"answered {head.splitlines()[0]!r} {body[:80]!r}")
        self.answers.append(Answer(connection.sent, time.perf_counter(), version))
        self.release(connection)
        if b"connection: close" in head.lower():
            connection.socket.close()
            connection = self.connect()
        self.idle.append(connection)
        return None

    def fail(self, connection: Connection, reason: str) -> None:
        self.failures.append(reason)
        self.release(connection)
        connection.socket.close()
        try:
            self.idle.append(self.connect())
        except OSError as error:
            self.failures.append(f"no new connection: {error}")
            self.stopping.set()

    def release(self, connection: Connection) -> None:
        self.busy.discard(connection)
        self.selector.unregister(connection.socket)

    def expire(self) -> None:
        oldest = time.perf_counter() - TIMEOUT
        for connection in [c for c in self.busy if c.sent < oldest]:
            self.fail(connection, f"no response within {TIMEOUT:.0f} s")


def content_length(head: bytes) -> int | None:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    return None
