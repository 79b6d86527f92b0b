"""What a server may do wrong to a client (RFC 9113, RFC 7541): each after the client's request."""

import dataclasses
from collections.abc import Callable

import h2_either_cases
from h2_cases import filler
from h2_frames import (
    DEFAULT_FRAME_SIZE,
    END_STREAM,
    MAX_WINDOW,
    PADDED,
    UNDEFINED_FLAGS,
    Code,
    Field,
    Kind,
    Setting,
    continuation,
    data,
    frame,
    headers,
    ping,
    priority,
    reset,
    settings,
    window_update,
)
from h2_outcomes import (
    COMPRESSION,
    FRAME_SIZE,
    MALFORMED,
    PROTOCOL,
    SETTINGS_ACKED,
    STREAM_CLOSED,
    Outcome,
    connection_error,
    only_reset,
    pong,
    stream_error,
)

# When the server does it: instead of its preface, after the settings, or after the request.
AT_ONCE, SETTLED, ASKED = range(3)
# What the client's own client gets: "ok" a whole response; "error" a status above 499, or an end
# that cannot be taken for a whole response; "any" one of these, but never two responses.
OK, ERROR, ANY = "ok", "error", "any"


@dataclasses.dataclass(frozen=True)
class ClientCase:
    """What the server sends, given the stream of the request, and what the client may do then."""

    section: str
    name: str
    sends: Callable[[int], bytes]
    outcome: Outcome
    front: str = ERROR
    when: int = ASKED
    body: bytes = b""
    beyond: bool = False

    @property
    def title(self) -> str:
        return f"{self.section} {self.name}"


def response(status: str | None = "200", *more: Field) -> list[Field]:
    return [(":status", status), *more] if status is not None else [*more]


FINE = response()
BEGUN = [*FINE, ("x-test", "begun")]
MORE = filler(1)
UNKNOWN = 0x16
LOST = connection_error(Code.STREAM_CLOSED)
LOST_OR_WRONG = connection_error(Code.STREAM_CLOSED, Code.PROTOCOL_ERROR)
EITHER = stream_error(Code.STREAM_CLOSED, Code.PROTOCOL_ERROR)


def always(octets: bytes) -> Callable[[int], bytes]:
    """What does not depend on the request's stream."""
    return lambda stream: octets


def one(setting: Setting, value: int) -> Callable[[int], bytes]:
    return always(settings({setting: value}))


def case(section: str, name: str, sends, outcome: Outcome, front=ERROR, when=ASKED, **more):
    return ClientCase(section, name, sends, outcome, front, when, **more)


FRAMES = [
    case("3.4", "takes SETTINGS and PING", always(ping()), pong(), OK),
    case(
        "4.1",
        "passes over a frame of unknown type",
        always(frame(UNKNOWN, 0, bytes(8)) + ping()),
        pong(),
        OK,
    ),
    case(
        "4.1",
        "passes over flags without meaning",
        always(frame(Kind.PING, 0, bytes(8), UNDEFINED_FLAGS)),
        pong(),
        OK,
    ),
    case(
        "4.1",
        "passes over the reserved bit",
        always(frame(Kind.PING, 1 << 31, bytes(8), UNDEFINED_FLAGS)),
        pong(),
        OK,
    ),
    case(
        "4.2",
        "takes DATA of 2^14 bytes",
        lambda s: headers(s, FINE, end=False) + data(s, b"x" * 2**14) + ping(),
        pong(),
        OK,
    ),
    case(
        "4.2",
        "refuses DATA larger than it allows",
        lambda s: headers(s, FINE, end=False) + data(s, b"x" * (DEFAULT_FRAME_SIZE + 1)),
        stream_error(Code.FRAME_SIZE_ERROR),
    ),
    case(
        "4.2",
        "refuses HEADERS larger than it allows",
        lambda s: headers(s, [*FINE, *filler(5)]),
        FRAME_SIZE,
    ),
    case("4.3", "refuses a block that is cut off", lambda s: headers(s, b"\x40"), COMPRESSION),
    case(
        "5.5",
        "passes over an extension frame on the request's stream",
        lambda s: frame(UNKNOWN, s, bytes(8)) + ping(),
        pong(),
        OK,
    ),
]

STATES = [
    case("5.1", "idle: refuses DATA", always(data(2)), PROTOCOL, when=SETTLED),
    case("5.1", "idle: refuses RST_STREAM", always(reset(2)), PROTOCOL, when=SETTLED),
    case(
        "5.1", "idle: refuses WINDOW_UPDATE", always(window_update(2, 100)), PROTOCOL, when=SETTLED
    ),
    case(
        "5.1", "idle: refuses CONTINUATION", always(continuation(2, FINE)), PROTOCOL, when=SETTLED
    ),
    case(
        "5.1",
        "reset: refuses DATA",
        lambda s: headers(s, BEGUN, end=False) + reset(s) + data(s),
        STREAM_CLOSED,
    ),
    case(
        "5.1",
        "reset: refuses HEADERS",
        lambda s: headers(s, BEGUN, end=False) + reset(s) + headers(s, FINE),
        STREAM_CLOSED,
    ),
    case(
        "5.1",
        "reset: refuses CONTINUATION",
        lambda s: headers(s, BEGUN, end=False) + reset(s) + continuation(s, MORE),
        EITHER,
    ),
    case("5.1", "closed: refuses DATA", lambda s: headers(s, FINE) + data(s), LOST, ANY),
    case("5.1", "closed: refuses HEADERS", lambda s: headers(s, FINE) * 2, LOST, ANY),
    case(
        "5.1",
        "closed: refuses CONTINUATION",
        lambda s: headers(s, FINE) + continuation(s, MORE),
        LOST_OR_WRONG,
        ANY,
    ),
    case(
        "5.1.1",
        "refuses HEADERS on a stream that it did not open",
        always(headers(101, FINE)),
        PROTOCOL,
        when=SETTLED,
    ),
]

BODIES_AND_HEADS = [
    case(
        "6.1",
        "refuses DATA after the end of a response",
        lambda s: headers(s, FINE, end=False) + data(s) + data(s),
        STREAM_CLOSED,
        ANY,
    ),
    case(
        "6.1",
        "refuses DATA with more padding than payload",
        lambda s: (
            headers(s, [*FINE, ("content-length", "4")], end=False)
            + frame(Kind.DATA, s, b"\x06Test", PADDED | END_STREAM)
        ),
        PROTOCOL,
    ),
    case(
        "6.2",
        "refuses PRIORITY after HEADERS without END_HEADERS",
        lambda s: headers(s, FINE, end=False, whole=False) + priority(s) + continuation(s, MORE),
        PROTOCOL,
    ),
    case("6.2", "refuses HEADERS on stream 0", always(headers(0, FINE)), PROTOCOL, when=SETTLED),
    case(
        "6.2",
        "refuses HEADERS with more padding than payload",
        lambda s: headers(s, FINE, flags=PADDED, prefix=b"\xff"),
        MALFORMED,
    ),
    case(
        "6.3",
        "refuses PRIORITY of other than 5 bytes",
        lambda s: headers(s, FINE, end=False) + frame(Kind.PRIORITY, s, b"\x80\0\0\1"),
        stream_error(Code.FRAME_SIZE_ERROR),
    ),
    case(
        "6.4",
        "refuses RST_STREAM on an idle stream",
        always(reset(2, Code.NO_ERROR)),
        PROTOCOL,
        when=SETTLED,
    ),
    case(
        "6.4",
        "refuses RST_STREAM of other than 4 bytes",
        lambda s: headers(s, FINE, end=False) + frame(Kind.RST_STREAM, s, bytes(3)),
        stream_error(Code.FRAME_SIZE_ERROR),
    ),
]

SETTINGS = [
    case(
        "6.5.2",
        "passes over an unknown setting",
        always(settings({0xFF: 1}) + ping()),
        pong(),
        OK,
        when=AT_ONCE,
    ),
    case(
        "6.5.3",
        "acknowledges SETTINGS",
        one(Setting.MAX_CONCURRENT_STREAMS, 100),
        SETTINGS_ACKED,
        OK,
        when=AT_ONCE,
    ),
]

CONTROL = [
    case(
        "6.7",
        "answers PING with its bytes",
        always(ping(b"martlet!")),
        pong(b"martlet!"),
        OK,
        when=SETTLED,
    ),
    case(
        "6.7",
        "does not answer an answer",
        always(ping(b"unwanted", ack=True) + ping(b"expected")),
        pong(b"expected"),
        OK,
        when=SETTLED,
    ),
    case(
        "6.9",
        "refuses WINDOW_UPDATE of 0 on a stream",
        lambda s: headers(s, BEGUN, end=False) + window_update(s, 0),
        MALFORMED,
    ),
    case(
        "6.9.1",
        "refuses to let a stream's window pass 2^31 - 1",
        lambda s: headers(s, BEGUN, end=False) + window_update(s, MAX_WINDOW) * 2,
        only_reset(Code.FLOW_CONTROL_ERROR),
    ),
]

CONTINUATIONS = [
    case(
        "6.10",
        "takes large fields in CONTINUATION",
        lambda s: (
            headers(s, FINE, whole=False)
            + continuation(s, MORE, whole=False)
            + continuation(s, [("x-last", "z" * 4000)])
            + ping()
        ),
        pong(),
        OK,
    ),
    case(
        "6.10",
        "refuses DATA amid a block",
        lambda s: (
            headers(s, FINE, end=False, whole=False) + continuation(s, MORE, whole=False) + data(s)
        ),
        PROTOCOL,
    ),
    case(
        "6.10",
        "refuses CONTINUATION on stream 0",
        lambda s: headers(s, FINE, whole=False) + continuation(0, MORE),
        PROTOCOL,
    ),
    case(
        "6.10",
        "refuses CONTINUATION after HEADERS with END_HEADERS",
        lambda s: headers(s, FINE, end=False) + continuation(s, MORE),
        PROTOCOL,
    ),
    case(
        "6.10",
        "refuses CONTINUATION after CONTINUATION with END_HEADERS",
        lambda s: headers(s, FINE, end=False, whole=False) + continuation(s, MORE) * 2,
        PROTOCOL,
    ),
    case(
        "6.10",
        "refuses CONTINUATION after DATA",
        lambda s: (
            headers(s, FINE, end=False, whole=False)
            + data(s)
            + continuation(s, MORE, whole=False)
            + continuation(0, MORE)
        ),
        PROTOCOL,
    ),
]

EITHER_SIDE = [
    *(
        case(section, name, always(octets), outcome, when=SETTLED)
        for section, name, octets, outcome in h2_either_cases.FRAMES
    ),
    *(
        case(section, name, always(octets), outcome, when=AT_ONCE)
        for section, name, octets, outcome in h2_either_cases.VALUES
    ),
]

CASES = [
    *EITHER_SIDE,
    *FRAMES,
    *STATES,
    *BODIES_AND_HEADS,
    *SETTINGS,
    *CONTROL,
    *CONTINUATIONS,
]
