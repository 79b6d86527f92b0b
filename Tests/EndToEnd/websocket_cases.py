"""What a WebSocket client may send behind its handshake, right and wrong (RFC 6455, 5 to 8).

A proxy understands none of it: what comes of a case is the same with and without one in between.
"""

import dataclasses
import os
import struct
from collections.abc import Iterator

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
# Texts that have the server close the connection: with a message, and without a word.
LEAVE, DROP = b"leave", b"drop"
MASK = b"\x12\x34\x56\x78"
MEBIBYTE = 1 << 20


def masked(payload: bytes) -> bytes:
    repeated = MASK * (len(payload) // 4 + 1)
    whole = int.from_bytes(payload, "big") ^ int.from_bytes(repeated[: len(payload)], "big")
    return whole.to_bytes(len(payload), "big")


def frame(opcode: int, payload: bytes = b"", fin: bool = True, reserved: int = 0) -> bytes:
    """One frame as a client sends it; `reserved` are the three bits behind FIN."""
    first = (fin << 7) | (reserved << 4) | opcode
    if len(payload) < 126:
        length = bytes([0x80 | len(payload)])
    elif len(payload) < 65536:
        length = bytes([0x80 | 126]) + struct.pack(">H", len(payload))
    else:
        length = bytes([0x80 | 127]) + struct.pack(">Q", len(payload))
    return bytes([first]) + length + MASK + masked(payload)


def closing(code: int | None = 1000, reason: bytes = b"") -> bytes:
    return frame(CLOSE, b"" if code is None else struct.pack(">H", code) + reason)


@dataclasses.dataclass(frozen=True)
class Case:
    """Octets, sent at once or in pieces; and whether the client's end comes behind them."""

    name: str
    octets: bytes
    piece: int = 0
    ends: bool = False

    @property
    def pieces(self) -> list[bytes]:
        size = self.piece or max(len(self.octets), 1)
        return [self.octets[at : at + size] for at in range(0, len(self.octets), size)]


def case(name: str, *frames: bytes, **more) -> Case:
    """The frames, and a close behind them."""
    return Case(name, b"".join(frames) + closing(), **more)


def in_pieces(name: str, *frames: bytes) -> Iterator[Case]:
    yield case(name, *frames)
    yield case(f"{name}, octet by octet", *frames, piece=1)


def sizes() -> Iterator[Case]:
    for size in [0, 1, 125, 126, 127, 128]:
        yield from in_pieces(f"text of {size}", frame(TEXT, b"*" * size))
        yield from in_pieces(f"binary of {size}", frame(BINARY, b"\xfe" * size))
    for size in [65535, 65536, 65537]:
        yield case(f"text of {size}", frame(TEXT, b"*" * size))
        yield case(f"binary of {size}", frame(BINARY, os.urandom(size)))
        yield case(f"binary of {size} in 997s", frame(BINARY, os.urandom(size)), piece=997)
    for size in [MEBIBYTE, 16 * MEBIBYTE]:
        yield case(f"binary of {size}", frame(BINARY, os.urandom(size)))
    yield case("a thousand texts", *(frame(TEXT, b"%d" % number) for number in range(1000)))
    long_for_short = bytes([0x81, 0xFE]) + struct.pack(">H", 5) + MASK + masked(b"hello")
    yield case("16 bits for a length of 5", long_for_short)
    longer = bytes([0x81, 0xFF]) + struct.pack(">Q", 5) + MASK + masked(b"hello")
    yield case("64 bits for a length of 5", longer)
    longest = bytes([0x82, 0xFF]) + struct.pack(">Q", 1 << 63) + MASK
    yield Case("a length of 2^63", longest, ends=True)
    yield case("a text that is not masked", b"\x81\x05hello")


def fragments() -> Iterator[Case]:
    begun, more, end = (
        frame(TEXT, b"one ", fin=False),
        frame(CONTINUATION, b"two ", fin=False),
        frame(CONTINUATION, b"three"),
    )
    ping = frame(PING, b"amid")
    yield from in_pieces("two fragments", begun, end)
    yield from in_pieces("three fragments", begun, more, end)
    yield from in_pieces("a ping amid fragments", begun, ping, more, ping, end)
    yield case("a pong amid fragments", begun, frame(PONG, b"amid"), end)
    yield case("a hundred fragments", begun, *[more] * 98, end)
    empty = frame(CONTINUATION, fin=False)
    yield case("empty fragments", frame(TEXT, fin=False), empty, empty, frame(CONTINUATION))
    yield case("fragments of nothing and one of something", begun, empty, end)
    yield case("a close amid fragments", begun)
    yield from in_pieces("a continuation of nothing", end)
    yield from in_pieces("a continuation of nothing that goes on", more, end)
    yield from in_pieces("a text amid fragments", begun, frame(TEXT, b"other"), end)
    yield case("a continuation behind the last", begun, end, end)
    for opcode in (PING, PONG, CLOSE):
        yield from in_pieces(f"control {opcode} in fragments", frame(opcode, b"", fin=False))


def control() -> Iterator[Case]:
    for opcode, name in [(PING, "ping"), (PONG, "pong")]:
        for size in [0, 1, 125]:
            yield from in_pieces(f"{name} of {size}", frame(opcode, b"\xfe" * size))
        yield from in_pieces(f"{name} of 126", frame(opcode, b"x" * 126))
        yield from in_pieces(f"ten of {name}", *[frame(opcode, b"%d" % n) for n in range(10)])
    yield case("pings and texts", *[frame(PING, b"a"), frame(TEXT, b"b")] * 50)


def reserved() -> Iterator[Case]:
    for bits in range(1, 8):
        for opcode in (TEXT, BINARY, PING, CLOSE):
            octets = frame(TEXT, b"before") + frame(opcode, b"", reserved=bits)
            yield case(f"reserved bits {bits} of {opcode}", octets, frame(PING, b"after"))
        yield case(
            f"reserved bits {bits}, octet by octet", frame(TEXT, b"x", reserved=bits), piece=1
        )
    for opcode in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]:
        for payload in (b"", b"payload"):
            octets = frame(TEXT, b"before") + frame(opcode, payload)
            yield from in_pieces(f"opcode {opcode} with {payload!r}", octets, frame(PING, b"after"))


def closes() -> Iterator[Case]:
    for code in [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999]:
        yield Case(f"close {code}", closing(code, b"reason"))
    for code in [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 5000, 65535]:
        yield Case(f"close {code} that may not be sent", closing(code))
    yield Case("close without a code", closing(None))
    yield Case("close with half a code", frame(CLOSE, b"\x03"))
    yield Case("close with 123 octets of reason", closing(1000, b"x" * 123))
    yield Case("close with 124 octets of reason", closing(1000, b"x" * 124))
    yield Case(
        "close with a reason that is no text", closing(1000, b"\xce\xba\xe1\xbd\xb9\xed\xa0")
    )
    yield Case("close, octet by octet", closing(1000, b"reason"), piece=1)
    yield Case("two closes", closing() * 2)
    yield Case("a ping behind the close", closing() + frame(PING, b"late"))
    yield Case("a text behind the close", closing() + frame(TEXT, b"late"))
    yield Case("much behind the close", closing() + frame(BINARY, bytes(300_000)))
    for command in (LEAVE, DROP):
        for count in (0, 20):
            octets = frame(TEXT, b"before") * count + frame(TEXT, command)
            yield case(f"the server's {command.decode()} behind {count} texts", octets)
    yield Case("an end without a close", frame(TEXT, b"hello"), ends=True)
    yield Case("an end amid a frame", frame(TEXT, b"hello")[:-2], ends=True)
    yield Case("an end behind the close", closing(), ends=True)
    yield Case("an end behind much", frame(BINARY, bytes(MEBIBYTE)), ends=True)
    yield Case("an end and nothing else", b"", ends=True)


TEXTS = ["hello", "κόσμε", "\U0010ffff", "\ud7ff\ue000\ufffd", "\ufffe\uffff", "\0", "日本語" * 50]
INVALID = [b"\x80", b"\xbf", b"\xc0\x80", b"\xc1\xbf", b"\xc3", b"\xe0\x80\xaf", b"\xe2\x82"]
INVALID += [b"\xed\xa0\x80", b"\xed\xbf\xbf", b"\xf0\x80\x80\xaf", b"\xf4\x90\x80\x80", b"\xf5"]
INVALID += [b"\xf8\x88\x80\x80\x80", b"\xfc\x84\x80\x80\x80\x80", b"\xfe", b"\xff", b"\xf0\x9f\x98"]


def texts() -> Iterator[Case]:
    for text in TEXTS:
        octets = text.encode()
        yield from in_pieces(f"text {text[:8]!r}", frame(TEXT, octets))
        # Cut within characters.
        parts = [octets[at : at + 1] for at in range(len(octets))]
        first, *rest = parts
        yield case(
            f"text {text[:8]!r} in fragments of one",
            frame(TEXT, first, fin=False),
            *(frame(CONTINUATION, part, fin=False) for part in rest),
            frame(CONTINUATION),
        )
    for octets in INVALID:
        yield case(f"text that is none: {octets!r}", frame(TEXT, b"before" + octets + b"after"))
        yield case(
            f"text that is none in its second fragment: {octets!r}",
            frame(TEXT, b"before", fin=False),
            frame(CONTINUATION, octets),
        )


CASES = [
    *sizes(),
    *fragments(),
    *control(),
    *reserved(),
    *closes(),
    *texts(),
]
