"""Large bodies with slow peers: the bytes are the same, and memory does not grow with them."""

import hashlib
import itertools
import os
import socket
import threading
import time

import pytest
from polling import PATIENCE
from wire import Wire

MEBIBYTE = 1 << 20
SIZE = int(os.environ.get("MARTLET_TEST_MIB", "256")) * MEBIBYTE
PIECE = bytes(range(256)) * 1024
# A few connection buffers, and what the allocator keeps beside them.
ALLOWED_GROWTH = 512 * 1024
SLOW_START = 24
# A busy machine may need more than the 15 s that a route has.
ROUTES = """
- match: { prefix: / }
  route: { cluster: one, timeout: 0s }
"""


def pieces():
    """The body, of which no two pieces are equal."""
    for number in range(SIZE // len(PIECE)):
        yield number.to_bytes(8, "big") + PIECE[8:]


@pytest.fixture(scope="module")
def digest() -> str:
    body = hashlib.sha256()
    for piece in pieces():
        body.update(piece)
    return body.hexdigest()


class Dawdling:
    """Takes or gives a body slowly at first, so that everything in front of it fills up."""

    def __init__(self):
        self._pauses = itertools.chain([0.02] * SLOW_START, itertools.repeat(0))

    def pause(self) -> None:
        if seconds := next(self._pauses):
            time.sleep(seconds)


def send_body(connection: socket.socket, slowly: bool) -> None:
    dawdling = Dawdling()
    for piece in pieces():
        connection.sendall(piece)
        if slowly:
            dawdling.pause()


def take_body(wire: Wire, slowly: bool) -> str:
    dawdling = Dawdling()
    taken = hashlib.sha256(wire.unread)
    left = SIZE - len(wire.unread)
    while left:
        chunk = wire.socket.recv(min(left, 262_144))
        assert chunk, f"{left} bytes are missing"
        taken.update(chunk)
        left -= len(chunk)
        if slowly:
            dawdling.pause()
    return taken.hexdigest()


class Growth:
    """How far the proxy's resident memory rises above what it was after a warm-up."""

    def __init__(self, martlet):
        self._martlet = martlet
        self._before = martlet.resident()
        self._most = self._before
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        while not self._stop.wait(0.01):
            self._most = max(self._most, self._martlet.resident())

    def __enter__(self) -> "Growth":
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._stop.set()
        self._thread.join()

    @property
    def count(self) -> int:
        return self._most - self._before


def warm(martlet) -> None:
    """Lets the proxy load and allocate what any request needs."""
    with martlet.connect() as client:
        for _ in range(20):
            client.send("POST /warm HTTP/1.1\r\nhost: a\r\ncontent-length: 100000\r\n\r\n")
            client.send(b"x" * 100_000)
            assert len(client.read_response().body) == 100_000


def answer_warm_up(wire: Wire, head) -> None:
    wire.read(int(head["content-length"]))
    wire.send("HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n" + "y" * 100_000)


@pytest.mark.parametrize("slow", ["client", "upstream"])
def test_an_upload_is_streamed(proxy, upstream, digest, slow):
    def script(wire):
        while True:
            head = wire.read_head()
            if head.target == "/warm":
                answer_warm_up(wire, head)
                continue
            taken = take_body(wire, slowly=slow == "upstream")
            wire.send(f"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 64\r\n\r\n{taken}")
            return

    martlet = proxy({"one": upstream(script)}, ROUTES)
    warm(martlet)
    with martlet.connect() as client, Growth(martlet) as growth:
        client.send(f"PUT /up HTTP/1.1\r\nhost: a\r\ncontent-length: {SIZE}\r\n\r\n")
        send_body(client.socket, slowly=slow == "client")
        assert client.read_response().body.decode() == digest
    assert growth.count <= ALLOWED_GROWTH


@pytest.mark.parametrize("slow", ["client", "upstream"])
def test_a_download_is_streamed(proxy, upstream, digest, slow):
    def script(wire):
        while True:
            head = wire.read_head()
            if head.target == "/warm":
                answer_warm_up(wire, head)
                continue
            wire.send(f"HTTP/1.1 200 OK\r\ncontent-length: {SIZE}\r\n\r\n")
            send_body(wire.socket, slowly=slow == "upstream")

    martlet = proxy({"one": upstream(script)}, ROUTES)
    warm(martlet)
    with martlet.connect() as client, Growth(martlet) as growth:
        client.get("/down")
        assert client.read_head().status == 200
        assert take_body(client, slowly=slow == "client") == digest
    assert growth.count <= ALLOWED_GROWTH


# A turn of the loop ends behind 64 reads of 16 KiB: these bodies end with the last of them.
@pytest.mark.parametrize("size", [1_036_000, 1_044_000, 1_048_000])
def test_a_body_that_ends_with_its_turn_is_passed_on_whole(proxy, nginx, size):
    server = nginx()
    (server.files / "body").write_bytes(bytes(size))
    martlet = proxy({"one": server}, options=("--concurrency", "1"))
    for _ in range(20):
        with martlet.connect() as client:
            client.get("/files/body")
            assert len(client.read_response().body) == size


def test_a_client_that_stops_reading_stops_the_upstream(proxy, upstream):
    sent = [0]

    def script(wire):
        wire.read_head()
        wire.send(f"HTTP/1.1 200 OK\r\ncontent-length: {SIZE}\r\n\r\n")
        for piece in pieces():
            wire.send(piece)
            sent[0] += len(piece)

    martlet = proxy({"one": upstream(script)}, ROUTES)
    with martlet.connect(receive_buffer=65536) as client:
        client.get()
        assert client.read_head().status == 200
        settled = until_it_stands_still(lambda: sent[0])
        # What the four socket buffers hold, and no more.
        assert 0 < settled < 32 * MEBIBYTE


def test_an_upstream_that_stops_reading_stops_the_client(proxy, upstream):
    release = threading.Event()

    def script(wire):
        wire.read_head()
        release.wait(PATIENCE)

    martlet = proxy({"one": upstream(script)}, ROUTES)
    sent = [0]

    def push(client: Wire) -> None:
        client.send(f"PUT / HTTP/1.1\r\nhost: a\r\ncontent-length: {SIZE}\r\n\r\n")
        try:
            for piece in pieces():
                client.send(piece)
                sent[0] += len(piece)
        except OSError:
            pass

    with martlet.connect() as client:
        pushing = threading.Thread(target=push, args=(client,), daemon=True)
        pushing.start()
        settled = until_it_stands_still(lambda: sent[0])
        assert 0 < settled < 32 * MEBIBYTE
        release.set()
        pushing.join(timeout=PATIENCE)


def until_it_stands_still(read, seconds: float = PATIENCE) -> int:
    """The value after a second without a change."""
    limit = time.monotonic() + seconds
    value, since = read(), time.monotonic()
    while time.monotonic() - since < 1 or value == 0:
        assert time.monotonic() < limit, f"still moving: {value}"
        time.sleep(0.02)
        if (now := read()) != value:
            value, since = now, time.monotonic()
    return value
