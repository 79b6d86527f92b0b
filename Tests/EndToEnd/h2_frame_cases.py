"""Frames that break the rules of RFC 9113, 3 to 7: by their size, their stream or its state."""

import h2_either_cases
from h2_cases import (
    ACKED,
    ANSWERED,
    ASKED,
    DATA_CAME,
    GET,
    OPEN,
    POST,
    Case,
    request,
)
from h2_frames import (
    DEFAULT_FRAME_SIZE,
    DEFAULT_WINDOW,
    END_HEADERS,
    END_STREAM,
    MAX_WINDOW,
    PADDED,
    PREFACE,
    SETTINGS_ACK,
    UNDEFINED_FLAGS,
    WITH_PRIORITY,
    Code,
    Kind,
    Setting,
    block,
    continuation,
    data,
    dependency,
    frame,
    goaway,
    headers,
    ping,
    priority,
    push_promise,
    reset,
    settings,
    window_update,
)
from h2_outcomes import (
    COMPRESSION,
    FLOW_CONTROL,
    FRAME_SIZE,
    MALFORMED,
    PROTOCOL,
    SETTINGS_ACKED,
    SETTINGS_FIRST,
    STREAM_CLOSED,
    connection_error,
    first_data,
    only_reset,
    pong,
    pong_or_closed,
    response,
    said_or_not,
    stream_error,
)
from h2_wire import H2Wire

BLOCK = block(GET)
MORE = [("x-more", "y" * 4000)]
UNKNOWN = 0x16
LOST = connection_error(Code.STREAM_CLOSED)
LOST_OR_WRONG = connection_error(Code.STREAM_CLOSED, Code.PROTOCOL_ERROR)
EITHER = stream_error(Code.STREAM_CLOSED, Code.PROTOCOL_ERROR)


def window(size: int) -> bytes:
    return settings({Setting.INITIAL_WINDOW_SIZE: size})


def too_large(wire: H2Wire) -> int:
    return min(wire.peer_settings.get(Setting.MAX_FRAME_SIZE, DEFAULT_FRAME_SIZE) + 1, 2**24 - 1)


def too_many_requests(wire: H2Wire) -> bytes:
    """One request more than may run at once, none of which can be answered."""
    most = wire.peer_settings.get(Setting.MAX_CONCURRENT_STREAMS, 1000)
    return b"".join(headers(1 + 2 * number, GET) for number in range(most + 1))


PREFACES = [
    Case(
        "3.4",
        "sends SETTINGS, not their acknowledgement, first",
        [PREFACE + settings({Setting.ENABLE_PUSH: 0})],
        SETTINGS_FIRST,
        handshake=False,
    ),
    Case(
        "3.4",
        "ends a connection that begins with something else",
        [b"INVALID CONNECTION PREFACE\r\n\r\n"],
        said_or_not(PROTOCOL),
        handshake=False,
    ),
    Case(
        "3.4",
        "ends a connection whose preface goes wrong in its second half",
        [b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n" + settings()],
        said_or_not(PROTOCOL),
        handshake=False,
        beyond=True,
    ),
    Case(
        "3.4",
        "refuses a preface not followed by SETTINGS",
        [PREFACE + ping()],
        PROTOCOL,
        handshake=False,
        beyond=True,
    ),
    Case(
        "3.4",
        "refuses a preface followed by an acknowledgement",
        [PREFACE + SETTINGS_ACK],
        PROTOCOL,
        handshake=False,
        beyond=True,
    ),
]

FRAMES = [
    Case(
        "4.1", "passes over a frame of unknown type", [frame(UNKNOWN, 0, bytes(8)) + ping()], pong()
    ),
    Case(
        "4.1",
        "passes over flags without meaning",
        [frame(Kind.PING, 0, bytes(8), UNDEFINED_FLAGS)],
        pong(),
    ),
    Case(
        "4.1",
        "passes over the reserved bit",
        [frame(Kind.PING, 1 << 31, bytes(8), UNDEFINED_FLAGS)],
        pong(),
    ),
    Case("4.2", "takes DATA of 2^14 bytes", [OPEN + data(1, b"x" * 2**14)], response()),
    Case(
        "4.2",
        "refuses DATA larger than it allows",
        [lambda wire: OPEN + data(1, b"x" * too_large(wire))],
        stream_error(Code.FRAME_SIZE_ERROR),
    ),
    Case(
        "4.2",
        "refuses HEADERS larger than it allows",
        [lambda wire: headers(1, [*GET, ("x-large", "x" * too_large(wire))])],
        FRAME_SIZE,
    ),
    Case(
        "4.2",
        "refuses a frame of unknown type larger than it allows",
        [lambda wire: frame(UNKNOWN, 0, bytes(too_large(wire)))],
        FRAME_SIZE,
        beyond=True,
    ),
    Case("4.3", "refuses a block that is cut off", [headers(1, b"\x40", end=True)], COMPRESSION),
    Case(
        "4.3",
        "refuses PRIORITY amid a block",
        [headers(1, GET, end=False, whole=False) + priority(1) + continuation(1, MORE)],
        PROTOCOL,
    ),
    Case(
        "4.3",
        "refuses HEADERS on another stream amid a block",
        [headers(1, GET, end=False, whole=False) + headers(3, GET) + continuation(1, MORE)],
        PROTOCOL,
    ),
    Case(
        "4.3",
        "refuses PING amid a block",
        [headers(1, GET, whole=False) + ping() + continuation(1, MORE)],
        PROTOCOL,
        beyond=True,
    ),
    Case(
        "4.3",
        "decodes the blocks of streams that it refuses",
        [
            headers(1, block([*GET, ("X-UPPER", "1")]) + b"\x40\x01a\x01b")
            + headers(3, BLOCK + b"\xbe")
        ],
        response(3),
        beyond=True,
    ),
    Case(
        "5.5",
        "passes over a frame of unknown type on an open stream",
        [OPEN + frame(UNKNOWN, 1, bytes(8), 0xFF) + data(1)],
        response(),
    ),
    Case(
        "5.5",
        "refuses a frame of unknown type amid a block",
        [headers(1, GET, whole=False) + frame(UNKNOWN, 0, bytes(8))],
        PROTOCOL,
    ),
]

STATES = [
    Case("5.1", "idle: refuses DATA", [data(1)], EITHER),
    Case("5.1", "idle: refuses RST_STREAM", [reset(1)], PROTOCOL),
    Case("5.1", "idle: refuses WINDOW_UPDATE", [window_update(1, 100)], PROTOCOL),
    Case("5.1", "idle: refuses CONTINUATION", [continuation(1, GET)], PROTOCOL),
    Case("5.1", "half-closed: refuses DATA", [ASKED + data(1)], STREAM_CLOSED),
    Case("5.1", "half-closed: refuses HEADERS", [ASKED + headers(1, GET)], STREAM_CLOSED),
    Case("5.1", "half-closed: refuses CONTINUATION", [ASKED + continuation(1, GET)], EITHER),
    Case(
        "5.1",
        "reset: refuses DATA",
        [headers(1, GET, end=False) + reset(1) + data(1)],
        STREAM_CLOSED,
    ),
    Case(
        "5.1",
        "reset: refuses HEADERS",
        [headers(1, GET, end=False) + reset(1) + headers(1, GET)],
        STREAM_CLOSED,
    ),
    Case(
        "5.1",
        "reset: refuses CONTINUATION",
        [headers(1, GET, end=False) + reset(1) + continuation(1, MORE)],
        EITHER,
    ),
    Case("5.1", "closed: refuses DATA", [ASKED, ANSWERED, data(1)], STREAM_CLOSED),
    Case("5.1", "closed: refuses HEADERS", [ASKED, ANSWERED, headers(1, GET)], LOST),
    Case(
        "5.1",
        "closed: refuses CONTINUATION",
        [ASKED, ANSWERED, continuation(1, MORE)],
        LOST_OR_WRONG,
    ),
    Case(
        "5.1",
        "closed: passes over WINDOW_UPDATE and RST_STREAM",
        [ASKED, ANSWERED, window_update(1, 1) + reset(1) + ping()],
        pong(),
        beyond=True,
    ),
    Case(
        "5.1",
        "closed by its own reset: passes over what is on its way",
        [
            headers(1, [*POST, ("X-UPPER", "1")], end=False)
            + data(1, end=False)
            + headers(1, [("x-test", "trailer")])
            + headers(3, GET)
        ],
        response(3),
        beyond=True,
    ),
    Case(
        "5.1.1",
        "refuses DATA on a stream that was passed over",
        [headers(5, GET) + data(3)],
        EITHER,
        beyond=True,
    ),
    Case("5.1.1", "refuses HEADERS on an even stream", [headers(2, GET)], PROTOCOL),
    Case(
        "5.1.1",
        "refuses HEADERS on a stream lower than the last",
        [headers(5, GET) + headers(3, GET)],
        PROTOCOL,
    ),
    Case(
        "5.1.2",
        "refuses streams above its limit",
        [window(0), too_many_requests],
        stream_error(Code.PROTOCOL_ERROR, Code.REFUSED_STREAM),
    ),
    Case(
        "5.3.1",
        "refuses HEADERS whose stream depends on itself",
        [headers(1, GET, flags=WITH_PRIORITY, prefix=dependency(1))],
        MALFORMED,
    ),
    Case("5.3.1", "refuses PRIORITY whose stream depends on itself", [priority(1, 1)], MALFORMED),
]

DATA_AND_HEADERS = [
    Case(
        "6.1", "refuses DATA on a half-closed stream", [headers(1, POST) + data(1)], STREAM_CLOSED
    ),
    Case(
        "6.1",
        "refuses DATA with more padding than payload",
        [
            headers(1, [*POST, ("content-length", "4")], end=False)
            + frame(Kind.DATA, 1, b"\x06Test", PADDED | END_STREAM)
        ],
        PROTOCOL,
    ),
    Case(
        "6.1",
        "refuses DATA with as much padding as payload",
        [OPEN + frame(Kind.DATA, 1, b"\x05Test", PADDED | END_STREAM)],
        PROTOCOL,
        beyond=True,
    ),
    Case(
        "6.1",
        "takes DATA that is padding alone",
        [OPEN + frame(Kind.DATA, 1, b"\x04" + bytes(4), PADDED) + data(1)],
        response(),
        beyond=True,
    ),
    Case(
        "6.1",
        "refuses padded DATA without payload",
        [OPEN + frame(Kind.DATA, 1, b"", PADDED | END_STREAM)],
        connection_error(Code.PROTOCOL_ERROR, Code.FRAME_SIZE_ERROR),
        beyond=True,
    ),
    Case(
        "6.2",
        "refuses PRIORITY after HEADERS without END_HEADERS",
        [headers(1, POST, end=False, whole=False) + priority(1) + continuation(1, MORE)],
        PROTOCOL,
    ),
    Case(
        "6.2",
        "refuses HEADERS on a later stream after HEADERS without END_HEADERS",
        [headers(1, POST, end=False, whole=False) + headers(3, GET)],
        PROTOCOL,
    ),
    Case("6.2", "refuses HEADERS on stream 0", [headers(0, GET)], PROTOCOL),
    Case(
        "6.2",
        "refuses HEADERS with more padding than payload",
        [headers(1, GET, flags=PADDED, prefix=bytes([len(BLOCK) + 2]))],
        MALFORMED,
    ),
    Case(
        "6.2",
        "refuses HEADERS too short for their priority",
        [frame(Kind.HEADERS, 1, b"\0\0\0", WITH_PRIORITY | END_HEADERS | END_STREAM)],
        connection_error(Code.FRAME_SIZE_ERROR, Code.PROTOCOL_ERROR),
        beyond=True,
    ),
]

PRIORITIES_AND_RESETS = [
    Case(
        "6.3",
        "refuses PRIORITY of other than 5 bytes",
        [ASKED + frame(Kind.PRIORITY, 1, b"\x80\0\0\1")],
        stream_error(Code.FRAME_SIZE_ERROR),
    ),
    Case("6.4", "refuses RST_STREAM on an idle stream", [reset(1, Code.NO_ERROR)], PROTOCOL),
    Case(
        "6.4",
        "refuses RST_STREAM of other than 4 bytes",
        [ASKED + frame(Kind.RST_STREAM, 1, bytes(3))],
        stream_error(Code.FRAME_SIZE_ERROR),
    ),
    Case(
        "6.4",
        "refuses RST_STREAM on an idle even stream",
        [reset(2)],
        PROTOCOL,
        beyond=True,
    ),
]

SETTINGS = [
    Case("6.5", "takes empty SETTINGS", [settings()], SETTINGS_ACKED, beyond=True),
    Case("6.5.2", "refuses ENABLE_PUSH of 2", [settings({Setting.ENABLE_PUSH: 2})], PROTOCOL),
    Case("6.5.2", "passes over an unknown setting", [settings({0xFF: 1}) + ping()], pong()),
    Case(
        "6.5.3",
        "applies the values of one frame in order",
        [
            settings([(Setting.INITIAL_WINDOW_SIZE, 100), (Setting.INITIAL_WINDOW_SIZE, 1)]),
            ACKED,
            ASKED,
        ],
        first_data(1),
    ),
    Case("6.5.3", "acknowledges SETTINGS", [settings({Setting.ENABLE_PUSH: 0})], SETTINGS_ACKED),
]

PINGS_AND_GOAWAYS = [
    Case("6.7", "answers PING", [ping(b"\1\2\3\4\5\6\7\x08")], pong(b"\1\2\3\4\5\6\7\x08")),
    Case(
        "6.7",
        "does not answer an answer",
        [ping(b"unwanted", ack=True) + ping(b"expected")],
        pong(b"expected"),
    ),
    Case(
        "6.8",
        "refuses GOAWAY of less than 8 bytes",
        [frame(Kind.GOAWAY, 0, bytes(4))],
        FRAME_SIZE,
        beyond=True,
    ),
    Case(
        "6.8",
        "answers what was asked before GOAWAY",
        [OPEN + goaway() + data(1)],
        response(),
        beyond=True,
    ),
    Case(
        "7",
        "passes over an unknown code in GOAWAY",
        [goaway(0, 0xFF) + ping(b"martlet!")],
        pong_or_closed(b"martlet!"),
    ),
    Case(
        "7",
        "passes over an unknown code in RST_STREAM",
        [OPEN + reset(1, 0xFF) + ping()],
        pong_or_closed(),
    ),
]

WINDOWS = [
    Case(
        "6.9",
        "refuses WINDOW_UPDATE of 0 on a stream",
        [headers(1, GET, end=False) + window_update(1, 0)],
        MALFORMED,
    ),
    Case("6.9.1", "sends no more than a window of 1", [window(1), ACKED, ASKED], first_data(1)),
    Case(
        "6.9.1",
        "refuses to let a stream's window pass 2^31 - 1",
        [headers(1, GET, end=False) + window_update(1, MAX_WINDOW) * 2],
        only_reset(Code.FLOW_CONTROL_ERROR),
    ),
    Case(
        "6.9.2",
        "applies a new initial window to running streams",
        [window(0), ACKED, ASKED, window(1)],
        first_data(1),
    ),
    Case(
        "6.9.2",
        "keeps count of a negative window",
        [window(3), ACKED, ASKED, DATA_CAME, window(2), ACKED, window_update(1, 2)],
        first_data(1),
    ),
    Case(
        "6.9.2",
        "refuses an initial window above 2^31 - 1",
        [frame(Kind.SETTINGS, 0, b"\0\4\x80\0\0\0")],
        FLOW_CONTROL,
    ),
    Case(
        "6.9.2",
        "refuses an initial window that takes a stream's above 2^31 - 1",
        [OPEN + window_update(1, MAX_WINDOW - DEFAULT_WINDOW) + window(DEFAULT_WINDOW + 1)],
        FLOW_CONTROL,
        beyond=True,
    ),
]

CONTINUATIONS = [
    Case(
        "6.10",
        "takes large fields in CONTINUATION",
        [headers(1, GET, whole=False) + continuation(1, MORE, whole=False) + continuation(1, MORE)],
        response(),
    ),
    Case(
        "6.10",
        "refuses DATA amid a block",
        [headers(1, POST, end=False, whole=False) + continuation(1, MORE, whole=False) + data(1)],
        PROTOCOL,
    ),
    Case(
        "6.10",
        "refuses CONTINUATION on stream 0",
        [headers(1, GET, whole=False) + continuation(0, MORE)],
        PROTOCOL,
    ),
    Case(
        "6.10",
        "refuses CONTINUATION after HEADERS with END_HEADERS",
        [ASKED + continuation(1, MORE)],
        PROTOCOL,
    ),
    Case(
        "6.10",
        "refuses CONTINUATION after CONTINUATION with END_HEADERS",
        [headers(1, GET, whole=False) + continuation(1, MORE) + continuation(1, MORE)],
        PROTOCOL,
    ),
    Case(
        "6.10",
        "refuses CONTINUATION after DATA",
        [
            headers(1, POST, end=False, whole=False)
            + data(1)
            + continuation(1, MORE, whole=False)
            + continuation(0, MORE)
        ],
        PROTOCOL,
    ),
    Case(
        "6.10",
        "refuses CONTINUATION on another stream amid a block",
        [headers(1, GET, whole=False) + continuation(3, MORE)],
        PROTOCOL,
        beyond=True,
    ),
]

PUSHES = [
    Case("8.4", "refuses PUSH_PROMISE of a client", [push_promise(1, 3, GET)], PROTOCOL),
    Case(
        "8.4",
        "refuses PUSH_PROMISE of a client on an open stream",
        [OPEN + push_promise(1, 2, request(path="/pushed"))],
        PROTOCOL,
        beyond=True,
    ),
]

EITHER_SIDE = [
    Case(section, name, [octets], outcome)
    for section, name, octets, outcome in h2_either_cases.FRAMES + h2_either_cases.VALUES
]

CASES = [
    *EITHER_SIDE,
    *PREFACES,
    *FRAMES,
    *STATES,
    *DATA_AND_HEADERS,
    *PRIORITIES_AND_RESETS,
    *SETTINGS,
    *PINGS_AND_GOAWAYS,
    *WINDOWS,
    *CONTINUATIONS,
    *PUSHES,
]
