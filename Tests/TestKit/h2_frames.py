"""HTTP/2 frames as bytes, right or wrong: nothing here is checked or put right (RFC 9113, 4)."""

import enum
import struct
from collections.abc import Iterable

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DEFAULT_WINDOW = 65_535
DEFAULT_FRAME_SIZE = 16_384
MAX_WINDOW = 2**31 - 1

Field = tuple[str | bytes, str | bytes]


class Kind(enum.IntEnum):
    DATA = 0
    HEADERS = 1
    PRIORITY = 2
    RST_STREAM = 3
    SETTINGS = 4
    PUSH_PROMISE = 5
    PING = 6
    GOAWAY = 7
    WINDOW_UPDATE = 8
    CONTINUATION = 9


class Code(enum.IntEnum):
    """Error codes (RFC 9113, 7)."""

    NO_ERROR = 0
    PROTOCOL_ERROR = 1
    INTERNAL_ERROR = 2
    FLOW_CONTROL_ERROR = 3
    SETTINGS_TIMEOUT = 4
    STREAM_CLOSED = 5
    FRAME_SIZE_ERROR = 6
    REFUSED_STREAM = 7
    CANCEL = 8
    COMPRESSION_ERROR = 9
    CONNECT_ERROR = 10
    ENHANCE_YOUR_CALM = 11
    INADEQUATE_SECURITY = 12
    HTTP_1_1_REQUIRED = 13


class Setting(enum.IntEnum):
    HEADER_TABLE_SIZE = 1
    ENABLE_PUSH = 2
    MAX_CONCURRENT_STREAMS = 3
    INITIAL_WINDOW_SIZE = 4
    MAX_FRAME_SIZE = 5
    MAX_HEADER_LIST_SIZE = 6
    ENABLE_CONNECT_PROTOCOL = 8


END_STREAM = ACK = 0x1
END_HEADERS = 0x4
PADDED = 0x8
WITH_PRIORITY = 0x20
# Has no meaning for any type of frame.
UNDEFINED_FLAGS = 0x52


def frame(kind: int, stream: int = 0, payload: bytes = b"", flags: int = 0) -> bytes:
    head = struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream)
    return head + payload


# HPACK (RFC 7541)


def integer(value: int, prefix: int, first: int = 0) -> bytes:
    """An integer whose first byte has `prefix` bits for it, the others being those of `first`."""
    limit = (1 << prefix) - 1
    if value < limit:
        return bytes([first | value])
    out = bytearray([first | limit])
    value -= limit
    while value >= 128:
        out.append(value % 128 | 128)
        value //= 128
    return bytes([*out, value])


def octets(text: str | bytes) -> bytes:
    return text.encode("latin-1") if isinstance(text, str) else text


def string(text: str | bytes) -> bytes:
    """A string literal without Huffman coding."""
    return integer(len(octets(text)), 7) + octets(text)


def literal(name: str | bytes, value: str | bytes, first: int = 0) -> bytes:
    """A literal field with a new name; `first` 0x40: indexed, 0x10: never indexed."""
    return bytes([first]) + string(name) + string(value)


def block(fields: Iterable[Field]) -> bytes:
    """A field block of literals alone: it depends on no table and leaves none changed."""
    return b"".join(literal(name, value) for name, value in fields)


def table_size(size: int) -> bytes:
    """A dynamic table size update (RFC 7541, 6.3)."""
    return integer(size, 5, 0x20)


# frames


def headers(
    stream: int,
    fields: Iterable[Field] | bytes,
    end: bool = True,
    whole: bool = True,
    flags: int = 0,
    prefix: bytes = b"",
) -> bytes:
    """HEADERS with the fields, or a block as it is; `whole` sets END_HEADERS."""
    payload = prefix + (fields if isinstance(fields, bytes) else block(fields))
    flags |= (END_STREAM if end else 0) | (END_HEADERS if whole else 0)
    return frame(Kind.HEADERS, stream, payload, flags)


def continuation(stream: int, fields: Iterable[Field] | bytes, whole: bool = True) -> bytes:
    payload = fields if isinstance(fields, bytes) else block(fields)
    return frame(Kind.CONTINUATION, stream, payload, END_HEADERS if whole else 0)


def data(stream: int, body: bytes = b"test", end: bool = True) -> bytes:
    return frame(Kind.DATA, stream, body, END_STREAM if end else 0)


def dependency(on: int = 0, exclusive: bool = False, weight: int = 256) -> bytes:
    """The five bytes of the scheme of priorities that RFC 9113 deprecates."""
    return struct.pack(">IB", on | (exclusive << 31), weight - 1)


def priority(stream: int, on: int = 0, exclusive: bool = False, weight: int = 256) -> bytes:
    return frame(Kind.PRIORITY, stream, dependency(on, exclusive, weight))


def reset(stream: int, code: int = Code.CANCEL) -> bytes:
    return frame(Kind.RST_STREAM, stream, struct.pack(">I", code))


def settings(values: dict[int, int] | list[tuple[int, int]] = ()) -> bytes:
    pairs = values.items() if isinstance(values, dict) else values
    return frame(Kind.SETTINGS, 0, b"".join(struct.pack(">HI", *pair) for pair in pairs))


SETTINGS_ACK = frame(Kind.SETTINGS, 0, b"", ACK)


def push_promise(stream: int, promised: int, fields: Iterable[Field]) -> bytes:
    payload = struct.pack(">I", promised) + block(fields)
    return frame(Kind.PUSH_PROMISE, stream, payload, END_HEADERS)


def ping(text: bytes = b"\0" * 8, ack: bool = False) -> bytes:
    return frame(Kind.PING, 0, text, ACK if ack else 0)


def goaway(last: int = 0, code: int = Code.NO_ERROR, text: bytes = b"") -> bytes:
    return frame(Kind.GOAWAY, 0, struct.pack(">II", last, code) + text)


def window_update(stream: int, increment: int) -> bytes:
    return frame(Kind.WINDOW_UPDATE, stream, struct.pack(">I", increment))
