"""HTTP/2 frame by frame over a socket, from either end: what a test sends is what goes out."""

import contextlib
import dataclasses
import socket
import struct
import time

from h2_frames import (
    ACK,
    DEFAULT_WINDOW,
    END_HEADERS,
    END_STREAM,
    PADDED,
    PREFACE,
    SETTINGS_ACK,
    WITH_PRIORITY,
    Code,
    Kind,
    Setting,
    headers,
    settings,
    window_update,
)
from hpack import Decoder
from polling import PATIENCE


class Silence(Exception):
    """Nothing more came in the time given."""


@dataclasses.dataclass
class Frame:
    kind: int
    flags: int
    stream: int
    payload: bytes
    # Of a HEADERS frame, once its block is whole.
    fields: list[tuple[str, str]] = dataclasses.field(default_factory=list)

    def __str__(self) -> str:
        kind = Kind(self.kind).name if self.kind in list(Kind) else f"type {self.kind}"
        what = f"{kind} on {self.stream}, flags {self.flags:#x}, {len(self.payload)} bytes"
        if self.kind in (Kind.RST_STREAM, Kind.GOAWAY):
            what += f", {code_name(self.code)}"
        if self.kind == Kind.GOAWAY and self.payload[8:]:
            what += f" {self.payload[8:80]!r}"
        if self.status:
            what += f", status {self.status}"
        return what

    @property
    def code(self) -> int:
        """The error code of RST_STREAM or GOAWAY."""
        at = 4 if self.kind == Kind.GOAWAY else 0
        return int.from_bytes(self.payload[at : at + 4], "big")

    @property
    def last_stream(self) -> int:
        """The last stream of GOAWAY."""
        return int.from_bytes(self.payload[:4], "big") & 0x7FFFFFFF

    @property
    def is_ack(self) -> bool:
        return self.kind in (Kind.SETTINGS, Kind.PING) and bool(self.flags & ACK)

    @property
    def ends_stream(self) -> bool:
        return self.kind in (Kind.DATA, Kind.HEADERS) and bool(self.flags & END_STREAM)

    @property
    def status(self) -> int | None:
        return next((int(value) for name, value in self.fields if name == ":status"), None)

    @property
    def settings(self) -> dict[int, int]:
        return dict(struct.iter_unpack(">HI", self.payload))

    @property
    def content(self) -> bytes:
        """The payload of DATA or HEADERS without padding and priority."""
        content = self.payload
        if self.flags & PADDED:
            content = content[1 : len(content) - content[0]]
        if self.kind == Kind.HEADERS and self.flags & WITH_PRIORITY:
            content = content[5:]
        return content


def code_name(code: int) -> str:
    return Code(code).name if code in list(Code) else f"code {code}"


class H2Wire:
    """One connection, from either end. Reading past the end raises EOFError."""

    def __init__(self, connection: socket.socket):
        self.socket = connection
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.peer_settings: dict[int, int] = {}
        self.frames: list[Frame] = []
        self.sent_all = True
        self._unread = bytearray()
        self._decoder = Decoder()
        self._decoder.max_allowed_table_size = 65_536
        self._block: tuple[Frame, bytearray] | None = None

    @classmethod
    def to(cls, port: int, host: str = "127.0.0.1", receive_buffer: int = 0) -> "H2Wire":
        connection = socket.socket()
        if receive_buffer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        connection.settimeout(PATIENCE)
        connection.connect((host, port))
        return cls(connection)

    def __enter__(self) -> "H2Wire":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        self.socket.close()

    # sending

    def send(self, octets: bytes) -> None:
        """Sends as far as the peer takes it; `sent_all` tells."""
        self.socket.settimeout(PATIENCE)
        try:
            self.socket.sendall(octets)
        except OSError:
            self.sent_all = False

    # receiving

    def _read(self, count: int, limit: float) -> bytes:
        while len(self._unread) < count:
            self.socket.settimeout(max(limit - time.monotonic(), 0.001))
            try:
                chunk = self.socket.recv(65_536)
            except TimeoutError:
                raise Silence from None
            except ConnectionResetError:
                chunk = b""
            if not chunk:
                raise EOFError(f"{len(self._unread)} of {count} bytes")
            self._unread += chunk
        return bytes(self._unread[:count])

    def read_preface(self, seconds: float = PATIENCE) -> None:
        """What a client begins with."""
        found = self._read(len(PREFACE), time.monotonic() + seconds)
        assert found == PREFACE, found
        del self._unread[: len(PREFACE)]

    def read_frame(self, seconds: float = PATIENCE) -> Frame:
        """The next frame; raises Silence when none comes in that time."""
        limit = time.monotonic() + seconds
        head = self._read(9, limit)
        length = int.from_bytes(head[:3], "big")
        payload = self._read(9 + length, limit)[9:]
        del self._unread[: 9 + length]
        stream = int.from_bytes(head[5:9], "big") & 0x7FFFFFFF
        frame = Frame(head[3], head[4], stream, payload)
        self.frames.append(frame)
        if frame.kind in (Kind.HEADERS, Kind.CONTINUATION):
            self._take_block(frame)
        if frame.kind == Kind.SETTINGS and not frame.is_ack:
            self.peer_settings.update(frame.settings)
        return frame

    def _take_block(self, frame: Frame) -> None:
        if frame.kind == Kind.HEADERS:
            self._block = frame, bytearray(frame.content)
        elif self._block:
            self._block[1].extend(frame.payload)
        if self._block and frame.flags & END_HEADERS:
            head, fragments = self._block
            decoded = self._decoder.decode(bytes(fragments), raw=True)
            head.fields = [(n.decode("latin-1"), v.decode("latin-1")) for n, v in decoded]
            self._block = None

    def read_until(self, holds, seconds: float = PATIENCE) -> Frame:
        """The next frame that is as it should be; those before it are passed over."""
        limit = time.monotonic() + seconds
        while not holds(frame := self.read_frame(limit - time.monotonic())):
            pass
        return frame

    def drain(self, seconds: float) -> None:
        """Reads what comes in that time, up to the end."""
        limit = time.monotonic() + seconds
        with contextlib.suppress(Silence, EOFError):
            while True:
                self.read_frame(limit - time.monotonic())

    # as a client

    def begin(self, values: dict[int, int] | None = None, seconds: float = PATIENCE) -> "H2Wire":
        """The client's preface; waits until both ends have the other's settings."""
        if values is None:
            values = {Setting.INITIAL_WINDOW_SIZE: DEFAULT_WINDOW}
        self.send(PREFACE + settings(values))
        missing = {False, True}
        while missing:
            frame = self.read_until(lambda frame: frame.kind == Kind.SETTINGS, seconds)
            missing.discard(frame.is_ack)
            if not frame.is_ack:
                self.send(SETTINGS_ACK)
        return self

    def ask(self, stream: int, fields, seconds: float = PATIENCE) -> tuple[int, bytes]:
        """A request without a body: the status and the body of the answer."""
        self.send(headers(stream, fields))
        return self.read_response(stream, seconds)

    def read_response(self, stream: int, seconds: float = PATIENCE) -> tuple[int, bytes]:
        """The whole final response; its window is opened as it comes."""
        status, body = 0, b""
        limit = time.monotonic() + seconds
        while True:
            frame = self.read_frame(limit - time.monotonic())
            if frame.kind == Kind.GOAWAY or frame.stream != stream:
                assert frame.kind != Kind.GOAWAY or not frame.code, str(frame)
                continue
            assert frame.kind != Kind.RST_STREAM or (not frame.code and status), str(frame)
            status = frame.status or status
            if frame.kind == Kind.DATA and frame.payload:
                body += frame.content
                self.send(window_update(0, len(frame.payload)))
            if frame.ends_stream:
                return status, body

    # as a server

    def accept(self, values: dict[int, int] | None = None, seconds: float = PATIENCE) -> "H2Wire":
        """The server's preface; waits until both ends have the other's settings."""
        self.read_preface(seconds)
        self.send(settings(values or {}))
        missing = {False, True}
        while missing:
            frame = self.read_frame(seconds)
            if frame.kind == Kind.SETTINGS:
                missing.discard(frame.is_ack)
                if not frame.is_ack:
                    self.send(SETTINGS_ACK)
        return self

    def read_head(self, seconds: float = PATIENCE) -> Frame:
        """The next whole request head, even one that came during the handshake."""
        seen = [frame for frame in self.frames if frame.kind == Kind.HEADERS and frame.fields]
        if seen:
            return seen[-1]
        self.read_until(
            lambda frame: (
                frame.kind in (Kind.HEADERS, Kind.CONTINUATION) and frame.flags & END_HEADERS
            ),
            seconds,
        )
        return self.read_head(seconds)
