"""Clients that mean harm: many cheap frames, or waits without end, on one or a few connections.

Each is bounded by what it sends and by time, and says how its connection may end.
"""

import dataclasses
from collections.abc import Callable, Iterator

from h2_cases import GET, POST, filler, request
from h2_frames import (
    END_HEADERS,
    Kind,
    Setting,
    block,
    continuation,
    data,
    frame,
    headers,
    literal,
    ping,
    priority,
    push_promise,
    reset,
    settings,
    window_update,
)

# How a connection ended: told to calm down (GOAWAY ENHANCE_YOUR_CALM); ended with another word or
# none; no more is read of it; its streams were ended, and it lives; or all was taken.
CALMED, ENDED, HELD, ANSWERED, TAKEN = "calmed", "ended", "held", "answered", "taken"


@dataclasses.dataclass(frozen=True)
class Flood:
    """Sends what `frames` gives until the connection ends or nothing is left.

    `batch` frames go out in one write; `pause` seconds lie between the writes. `growth` is what the
    proxy's memory may grow meanwhile, in MiB.
    """

    name: str
    frames: Callable[[], Iterator[bytes]]
    ends: frozenset[str] = frozenset({CALMED})
    settings: dict[int, int] | None = None
    connections: int = 1
    batch: int = 200
    pause: float = 0
    reads: bool = True
    growth: int = 8
    seconds: float = 20
    # The connection is watched that long after everything was sent.
    patience: float = 3


STREAMS = range(1, 2**31, 2)
BLOCK = block(GET)
LARGE = request(path="/files/large")


def repeated(octets: bytes, count: int, before: bytes = b"") -> Callable[[], Iterator[bytes]]:
    def frames() -> Iterator[bytes]:
        yield before
        for _ in range(count):
            yield octets

    return frames


def on_streams(frames_of: Callable[[int], bytes], count: int) -> Callable[[], Iterator[bytes]]:
    return lambda: (frames_of(stream) for stream in STREAMS[:count])


def block_without_end(fragment: bytes, count: int) -> Callable[[], Iterator[bytes]]:
    begin = headers(1, GET, whole=False)
    return repeated(continuation(1, fragment, whole=False), count, before=begin)


def decompression_bomb() -> Iterator[bytes]:
    """A field of 4,000 bytes enters the table once, and is asked for 16,000 times a request."""
    yield headers(1, BLOCK + literal("x-bomb", "x" * 4000, 0x40))
    for stream in STREAMS[1:200]:
        yield headers(stream, BLOCK + b"\xbe" * 16_000)


def distinct_fields() -> Iterator[bytes]:
    """Requests of many small fields, each within the limits of a frame."""
    fields = block([(f"x-{number}", "") for number in range(1500)])
    for stream in STREAMS[:200]:
        yield headers(stream, BLOCK + fields)


FLOODS = [
    Flood("rapid reset", on_streams(lambda s: headers(s, GET) + reset(s), 20_000)),
    Flood(
        "rapid reset of open streams",
        on_streams(lambda s: headers(s, POST, end=False) + reset(s), 20_000),
    ),
    # The proxy is made to reset the streams itself.
    Flood(
        "resets provoked by WINDOW_UPDATE of 0",
        on_streams(lambda s: headers(s, POST, end=False) + window_update(s, 0), 20_000),
        # As below: the streams of one write are more than may be open, which ends it first.
        ends=frozenset({CALMED, ENDED}),
    ),
    Flood(
        "resets provoked by malformed requests",
        on_streams(lambda s: headers(s, [*GET, ("X-Upper", "1")]), 20_000),
        ends=frozenset({CALMED, ENDED}),
    ),
    Flood(
        "resets provoked by DATA after the end",
        on_streams(lambda s: headers(s, GET) + data(s), 20_000),
        ends=frozenset({CALMED, ENDED}),
    ),
    Flood(
        "CONTINUATION without end",
        block_without_end(block(filler(1)), 20_000),
        ends=frozenset({CALMED, ENDED}),
    ),
    Flood(
        "empty CONTINUATION without end",
        block_without_end(b"", 100_000),
        ends=frozenset({CALMED, ENDED}),
    ),
    Flood(
        "CONTINUATION of one byte each",
        block_without_end(b"\x82", 100_000),
        ends=frozenset({CALMED, ENDED}),
    ),
    Flood("SETTINGS", repeated(settings({Setting.MAX_CONCURRENT_STREAMS: 100}), 100_000)),
    Flood("empty SETTINGS", repeated(settings(), 100_000)),
    Flood(
        "SETTINGS of the largest size",
        repeated(settings([(Setting.INITIAL_WINDOW_SIZE, 65_535)] * 2700), 5000),
    ),
    Flood(
        "SETTINGS not read back",
        repeated(settings(), 500_000),
        reads=False,
        ends=frozenset({CALMED, ENDED, HELD}),
    ),
    Flood("PING", repeated(ping(), 100_000)),
    Flood(
        "PING not read back",
        repeated(ping(), 500_000),
        reads=False,
        ends=frozenset({CALMED, ENDED, HELD}),
    ),
    Flood("PING answers", repeated(ping(ack=True), 100_000)),
    Flood(
        "empty DATA", repeated(data(1, b"", end=False), 100_000, before=headers(1, POST, end=False))
    ),
    Flood(
        "padded empty DATA",
        repeated(
            frame(Kind.DATA, 1, b"\x08" + bytes(8), 8), 100_000, before=headers(1, POST, end=False)
        ),
        ends=frozenset({CALMED, ENDED}),
    ),
    Flood(
        "empty HEADERS",
        on_streams(lambda s: headers(s, b"", end=False), 50_000),
        ends=frozenset({CALMED, ENDED}),
    ),
    Flood("PRIORITY", repeated(priority(1, 3), 100_000)),
    Flood("PRIORITY on many idle streams", on_streams(lambda s: priority(s, s + 2), 100_000)),
    Flood("WINDOW_UPDATE of the connection", repeated(window_update(0, 1), 200_000)),
    Flood(
        "WINDOW_UPDATE of a stream",
        repeated(window_update(1, 1), 200_000, before=headers(1, POST, end=False)),
    ),
    Flood("frames of unknown type", repeated(frame(0x42, 0, b""), 200_000)),
    Flood(
        "PUSH_PROMISE",
        on_streams(lambda s: push_promise(1, s + 1, GET), 20_000),
        ends=frozenset({CALMED, ENDED}),
    ),
    Flood("decompression bomb", decompression_bomb, ends=frozenset({CALMED, ENDED, ANSWERED})),
    Flood(
        "header lists over the limit",
        on_streams(
            lambda s: (
                headers(s, GET, whole=False)
                + continuation(s, filler(4), whole=False) * 8
                + frame(Kind.CONTINUATION, s, b"", END_HEADERS)
            ),
            200,
        ),
        ends=frozenset({CALMED, ENDED, ANSWERED}),
    ),
    Flood("many small fields", distinct_fields, ends=frozenset({CALMED, ENDED, ANSWERED})),
]

# Waits, to be run against a proxy whose timers are short (a few seconds), one by one or together:
# the memory that each may take is that of all.
ALL_WAITS = 64
WAITS = [
    Flood(
        "windows of 0, many streams",
        on_streams(lambda s: headers(s, LARGE), 100),
        settings={Setting.INITIAL_WINDOW_SIZE: 0},
        connections=10,
        ends=frozenset({CALMED, ENDED, ANSWERED}),
        patience=10,
        growth=ALL_WAITS,
    ),
    Flood(
        "windows of one byte",
        lambda: (headers(1, LARGE) if n == 0 else window_update(1, 1) for n in range(4000)),
        settings={Setting.INITIAL_WINDOW_SIZE: 1},
        batch=1,
        pause=0.0002,
        ends=frozenset({CALMED, ENDED, ANSWERED}),
        patience=10,
        growth=ALL_WAITS,
    ),
    Flood(
        "DATA in single bytes",
        repeated(
            data(1, b"x", end=False),
            200,
            before=headers(1, [*POST, ("content-length", "100000")], end=False),
        ),
        batch=1,
        pause=0.1,
        ends=frozenset({CALMED, ENDED, ANSWERED}),
        patience=10,
        growth=ALL_WAITS,
    ),
    Flood(
        "a body that never comes",
        on_streams(lambda s: headers(s, POST, end=False), 100),
        connections=5,
        ends=frozenset({CALMED, ENDED, ANSWERED}),
        patience=10,
        growth=ALL_WAITS,
    ),
    Flood(
        "a block that never ends",
        lambda: iter([headers(1, GET, whole=False)]),
        ends=frozenset({CALMED, ENDED}),
        patience=10,
        growth=ALL_WAITS,
    ),
    Flood(
        "CONTINUATION in single bytes",
        block_without_end(b"\x82", 200),
        batch=1,
        pause=0.1,
        ends=frozenset({CALMED, ENDED}),
        patience=10,
        growth=ALL_WAITS,
    ),
    Flood(
        "a frame that never ends",
        lambda: iter([data(1, bytes(100))[:50]]),
        ends=frozenset({CALMED, ENDED}),
        patience=10,
        growth=ALL_WAITS,
    ),
    Flood(
        "a connection without a request",
        lambda: iter([b""]),
        ends=frozenset({CALMED, ENDED}),
        patience=10,
        growth=ALL_WAITS,
    ),
]
