"""Plays the cases of a WebSocket client against a server, and tells what came of them."""

import base64
import codecs
import collections
import contextlib
import dataclasses
import hashlib
import select
import socket
import ssl
import time

from upstreams import ScriptedUpstream
from websocket_cases import DROP, LEAVE, Case
from websockets.frames import CloseCode, Opcode
from websockets.protocol import SERVER, Protocol, State
from wire import Wire

KEY = base64.b64encode(bytes(range(16))).decode()
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
SWITCHED = (
    "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
    "sec-websocket-accept: {}\r\n\r\n"
)
# Within which a case is over, on a slow machine under a sanitizer too.
SECONDS = 30
# Octets that the server looks at one by one, so that no answer depends on how they come together.
ONE_BY_ONE = 20_000


def accept_of(key: str) -> str:
    return base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What the client had of a case."""

    # Texts and binaries, with where each message and its kind begins; digested where long.
    data: str
    # Pings, pongs and closes, in their order.
    control: list[tuple[int, bytes]]
    # In order, and not by a reset.
    ended: bool


@dataclasses.dataclass
class Played:
    outcome: Outcome
    # Seconds from the server's end to the client's knowledge of it.
    delay: float


class WebSocketEcho(ScriptedUpstream):
    """A server on the library websockets that says every frame again; `ended_at` tells when it said
    its last word to the client that asked for a path.
    """

    def __init__(self):
        self.ended_at: dict[str, float] = {}
        super().__init__(self._answer)

    def _answer(self, wire: Wire) -> None:
        head = wire.read_head()
        wire.send(SWITCHED.format(accept_of(head["sec-websocket-key"])))
        Echoing(wire, lambda: self.ended_at.setdefault(head.target, time.monotonic())).run()


class Echoing:
    def __init__(self, wire: Wire, on_end):
        self.wire = wire
        self.on_end = on_end
        self.protocol = Protocol(SERVER, max_size=None)
        self.text = None
        self.seen = 0

    def run(self) -> None:
        chunk = self.wire.unread
        while True:
            for piece in self.pieces(chunk):
                self.protocol.receive_data(piece)
                self.take()
            chunk = self.wire.socket.recv(65536)
            if not chunk:
                self.protocol.receive_eof()
                return self.flush()

    def pieces(self, chunk: bytes):
        single = max(min(ONE_BY_ONE - self.seen, len(chunk)), 0)
        self.seen += len(chunk)
        yield from (chunk[at : at + 1] for at in range(single))
        if chunk[single:]:
            yield chunk[single:]

    def take(self) -> None:
        for frame in self.protocol.events_received():
            if self.protocol.state is State.OPEN and frame.opcode <= Opcode.BINARY:
                self.say_again(frame)
        self.flush()

    def say_again(self, frame) -> None:
        if frame.opcode is Opcode.TEXT:
            self.text = codecs.getincrementaldecoder("utf-8")()
        elif frame.opcode is Opcode.BINARY:
            self.text = None
        if self.text:
            try:
                self.text.decode(frame.data, frame.fin)
            except UnicodeDecodeError:
                return self.protocol.fail(CloseCode.INVALID_DATA, "no text")
        if frame.data == LEAVE:
            return self.protocol.send_close(CloseCode.GOING_AWAY, "enough")
        if frame.data == DROP:
            return self.end()
        send = {
            Opcode.TEXT: self.protocol.send_text,
            Opcode.BINARY: self.protocol.send_binary,
            Opcode.CONT: self.protocol.send_continuation,
        }[frame.opcode]
        send(frame.data, frame.fin)

    def flush(self) -> None:
        for data in self.protocol.data_to_send():
            if data:
                self.wire.send(data)
            else:
                self.end()

    def end(self) -> None:
        self.on_end()
        with contextlib.suppress(OSError):
            self.wire.finish_sending()


def play(case: Case, wire: Wire, path: str, server: WebSocketEcho) -> Played:
    """Plays a case on a connection that leads to the server."""
    with wire:
        wire.socket.settimeout(SECONDS)
        wire.get(
            path,
            "connection: upgrade",
            "upgrade: websocket",
            "sec-websocket-version: 13",
            f"sec-websocket-key: {KEY}",
        )
        head = wire.read_head()
        assert (head.status, head["sec-websocket-accept"]) == (101, accept_of(KEY)), head
        wire.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        received, ended = exchange(case, wire.socket)
        now = time.monotonic()
        return Played(
            outcome_of(wire.unread + received, ended), now - server.ended_at.get(path, now)
        )


def exchange(case: Case, connection: socket.socket) -> tuple[bytes, bool]:
    """Sends the case's octets, and reads up to the end: whether that is one in order.

    One thread does both: a connection of TLS takes no more.
    """
    connection.setblocking(False)
    pieces, received = collections.deque(case.pieces), bytearray()
    ends = case.ends
    while True:
        if ends and not pieces:
            connection.shutdown(socket.SHUT_WR)
            ends = False
        readable, writable, _ = select.select(
            [connection], [connection][: len(pieces)], [], SECONDS
        )
        if not readable and not writable:
            return bytes(received), False
        try:
            if writable:
                send_some(pieces, connection)
            if readable and not read_all(received, connection):
                return bytes(received), True
        except OSError:
            return bytes(received), False


def send_some(pieces: collections.deque, connection: socket.socket) -> None:
    piece = memoryview(pieces[0])
    with contextlib.suppress(BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
        sent = connection.send(piece[:65536])
        pieces.popleft()
        if rest := piece[sent:]:
            pieces.appendleft(rest)


def read_all(received: bytearray, connection: socket.socket) -> bool:
    """Reads what is there; false at the end."""
    with contextlib.suppress(BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
        while chunk := connection.recv(65536):
            received += chunk
        return False
    return True


def outcome_of(received: bytes, ended: bool) -> Outcome:
    data, control, at = [], [], 0
    while at < len(received):
        first, length = received[at], received[at + 1]
        size = {126: 2, 127: 8}.get(length, 0)
        at += 2 + size
        if size:
            length = int.from_bytes(received[at - size : at], "big")
        payload = received[at : at + length]
        at += length
        if first & 8:
            control.append((first, payload))
        else:
            shown = payload if length < 100 else hashlib.sha256(payload).hexdigest()
            data.append(f"{first:#x} {length} {shown!r}")
    return Outcome("; ".join(data), control, ended)
