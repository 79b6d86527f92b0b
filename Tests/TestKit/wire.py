"""HTTP/1 byte by byte over a socket: what a test sends is what goes out, and all is kept."""

import dataclasses
import socket
import struct

from polling import PATIENCE

CRLF = b"\r\n"


@dataclasses.dataclass
class Message:
    """A request or a response as it was received; names of fields in lower case."""

    start: str
    fields: list[tuple[str, str]]
    body: bytes = b""
    trailers: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    interim: list["Message"] = dataclasses.field(default_factory=list)

    @property
    def status(self) -> int:
        return int(self.start.split(" ")[1])

    @property
    def method(self) -> str:
        return self.start.split(" ")[0]

    @property
    def target(self) -> str:
        return self.start.split(" ")[1]

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.fields if key == name]

    def __getitem__(self, name: str) -> str:
        """The one field of that name."""
        (value,) = self.all(name)
        return value

    def __contains__(self, name: str) -> bool:
        return bool(self.all(name))


class Wire:
    """One connection, from either end. Reading past the end raises EOFError."""

    def __init__(self, connection: socket.socket):
        self.socket = connection
        self.socket.settimeout(PATIENCE)
        self.received = bytearray()
        self._used = 0

    @classmethod
    def to(cls, port: int, receive_buffer: int = 0) -> "Wire":
        connection = socket.socket()
        if receive_buffer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        connection.settimeout(PATIENCE)
        connection.connect(("127.0.0.1", port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return cls(connection)

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    # sending

    def send(self, data: bytes | str) -> None:
        self.socket.sendall(data.encode("latin-1") if isinstance(data, str) else data)

    def get(self, path: str = "/", *lines: str, method: str = "GET") -> None:
        self.send("\r\n".join([f"{method} {path} HTTP/1.1", "host: test", *lines, "", ""]))

    def send_last(self, data: bytes | str) -> None:
        """Sends so that the peer reads the connection's end together with the bytes."""
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
        self.send(data)
        self.finish_sending()

    def finish_sending(self) -> None:
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """Ends the connection with a reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def close(self) -> None:
        self.socket.close()

    # receiving

    @property
    def unread(self) -> bytes:
        return bytes(self.received[self._used :])

    def _more(self) -> bool:
        chunk = self.socket.recv(65536)
        self.received += chunk
        return bool(chunk)

    def read(self, count: int) -> bytes:
        while len(self.received) - self._used < count:
            if not self._more():
                raise EOFError(f"{len(self.unread)} of {count} bytes: {self.unread[:200]!r}")
        self._used += count
        return bytes(self.received[self._used - count : self._used])

    def read_line(self) -> bytes:
        while (end := self.received.find(CRLF, self._used)) < 0:
            if not self._more():
                raise EOFError(f"in the middle of a line: {self.unread[:200]!r}")
        return self.read(end + 2 - self._used)[:-2]

    def read_rest(self) -> bytes:
        """Everything up to the peer's end."""
        while self._more():
            pass
        rest = self.unread
        self._used = len(self.received)
        return rest

    def read_fields(self) -> list[tuple[str, str]]:
        fields = []
        while line := self.read_line().decode("latin-1"):
            name, _, value = line.partition(":")
            fields.append((name.lower(), value.strip()))
        return fields

    def read_head(self) -> Message:
        start = self.read_line().decode("latin-1")
        return Message(start, self.read_fields())

    def read_request(self) -> Message:
        message = self.read_head()
        self._read_body(message, until_close=False)
        return message

    def read_response(self, to: str = "GET") -> Message:
        """The next final response, with the interim ones before it."""
        interim = []
        while (message := self.read_head()).status < 200:
            interim.append(message)
        message.interim = interim
        if to != "HEAD" and message.status not in (204, 304):
            self._read_body(message, until_close=True)
        return message

    def _read_body(self, message: Message, until_close: bool) -> None:
        if "transfer-encoding" in message:
            message.body, message.trailers = self.read_chunked()
        elif "content-length" in message:
            message.body = self.read(int(message["content-length"]))
        elif until_close:
            message.body = self.read_rest()

    def read_chunked(self) -> tuple[bytes, list[tuple[str, str]]]:
        body = b""
        while size := int(self.read_line().split(b";")[0], 16):
            body += self.read(size)
            assert self.read(2) == CRLF
        return body, self.read_fields()

    def is_closed_by_peer(self) -> bool:
        """Waits for the peer's end, in order or by reset; anything else it says fails the test."""
        try:
            rest = self.read_rest()
        except ConnectionResetError:
            return True
        assert not rest, f"more came: {rest[:200]!r}"
        return True
