"""First messages of TLS, right and wrong, in many records or few (RFC 8446, 4.1.2 and 5.1)."""

import contextlib
import dataclasses
import ssl
import struct
from collections.abc import Iterator

from tls import NAME

HANDSHAKE, ALERT, DATA, CIPHER_CHANGE = 22, 21, 23, 20
# No extension has this number.
UNKNOWN = 0x1234
SERVER_NAME = 0
LARGEST_RECORD = 1 << 14


@dataclasses.dataclass(frozen=True)
class Opening:
    """What a client begins with; sent in pieces of a size, or at once."""

    name: str
    octets: bytes
    is_answered: bool
    piece: int = 0

    @property
    def pieces(self) -> list[bytes]:
        size = self.piece or len(self.octets)
        return [self.octets[at : at + size] for at in range(0, len(self.octets), size)]


def record(kind: int, content: bytes, length: int | None = None) -> bytes:
    size = len(content) if length is None else length
    return struct.pack(">BHH", kind, 0x0301, size) + content


def records(content: bytes, size: int = LARGEST_RECORD) -> bytes:
    parts = (content[at : at + size] for at in range(0, len(content), size))
    return b"".join(record(HANDSHAKE, part) for part in parts)


def hello(context: ssl.SSLContext) -> bytes:
    """A ClientHello without the header of its record."""
    outgoing = ssl.MemoryBIO()
    client = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=NAME)
    with contextlib.suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()[5:]


def with_extension(message: bytes, kind: int, content: bytes) -> bytes:
    """The ClientHello with one extension more."""
    fixed = 4 + 2 + 32
    at = fixed + 1 + message[fixed]
    at += 2 + int.from_bytes(message[at : at + 2], "big")
    at += 1 + message[at]
    extensions = message[at + 2 :] + struct.pack(">HH", kind, len(content)) + content
    body = message[4:at] + struct.pack(">H", len(extensions)) + extensions
    return message[:1] + len(body).to_bytes(3, "big") + body


def openings(context: ssl.SSLContext) -> Iterator[Opening]:
    whole = hello(context)
    for size in (1, 3, 100):
        yield Opening(f"records of {size}", records(whole, size), True)
        yield Opening(f"records of {size}, octet by octet", records(whole, size), True, piece=1)
    yield Opening("octet by octet", records(whole), True, piece=1)
    large = records(with_extension(whole, UNKNOWN, bytes(12_000)))
    yield Opening("12,000 octets more", large, True)
    yield Opening("12,000 octets more, in pieces of seven", large, True, piece=7)
    for size in (200_000, 16_000_000):
        long = record(HANDSHAKE, b"\1" + size.to_bytes(3, "big") + bytes(16_000))
        yield Opening(f"a message of {size}", long * 20, False)
    other = b"\0\x08\0\0\5other"
    yield Opening("two names", records(with_extension(whole, SERVER_NAME, other)), False)
    yield Opening("a record too long", record(HANDSHAKE, whole, 0x4801) + bytes(20_000), False)
    yield Opening("empty records without end", record(HANDSHAKE, b"") * 5000, False)
    yield Opening("an alert", record(ALERT, b"\2\x28"), False)
    yield Opening("data", record(DATA, b"GET / HTTP/1.1\r\n\r\n"), False)
    yield Opening("changes of cipher", record(CIPHER_CHANGE, b"\1") * 1000, False)
    yield Opening("another message", record(HANDSHAKE, b"\2" + whole[1:]), False)
    yield Opening("SSL 2", b"\x80\x2e\1\0\2\0\x15\0\0\0\x10\1\0\x80" + bytes(34), False)
    cut = with_extension(whole, UNKNOWN, b"")[:-2] + b"\0\1"
    yield Opening("an extension too long", records(cut), False)
