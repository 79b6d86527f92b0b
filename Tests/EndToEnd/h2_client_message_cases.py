"""What else a server may do wrong to a client: mostly what it says in its responses."""

from h2_cases import GET
from h2_client_cases import (
    ANY,
    AT_ONCE,
    BEGUN,
    ERROR,
    FINE,
    OK,
    ClientCase,
    always,
    case,
    one,
    response,
)
from h2_either_cases import ABOVE_ALL_NUMBERS, ENDS_OF_BLOCKS
from h2_frames import (
    END_HEADERS,
    END_STREAM,
    MAX_WINDOW,
    PADDED,
    SETTINGS_ACK,
    Code,
    Field,
    Kind,
    Setting,
    block,
    data,
    frame,
    goaway,
    headers,
    ping,
    push_promise,
    reset,
    settings,
    table_size,
    window_update,
)
from h2_outcomes import (
    COMPRESSION,
    FLOW_CONTROL,
    MALFORMED,
    PROTOCOL,
    Outcome,
    connection_error,
    first_data,
    pong,
    said_or_not,
)

PREFACES = [
    case(
        "3.4",
        "refuses a server that begins with PING",
        always(ping() + settings()),
        PROTOCOL,
        when=AT_ONCE,
        beyond=True,
    ),
    case(
        "3.4",
        "refuses a server that begins with an acknowledgement",
        always(SETTINGS_ACK + settings()),
        PROTOCOL,
        when=AT_ONCE,
        beyond=True,
    ),
    case(
        "3.4",
        "refuses a server that speaks HTTP/1.1",
        always(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n"),
        said_or_not(connection_error(Code.PROTOCOL_ERROR, Code.FRAME_SIZE_ERROR)),
        when=AT_ONCE,
        beyond=True,
    ),
    case(
        "6.5.2",
        "refuses ENABLE_PUSH of 1 from a server",
        one(Setting.ENABLE_PUSH, 1),
        PROTOCOL,
        when=AT_ONCE,
        beyond=True,
    ),
    case(
        "6.5.2",
        "refuses ENABLE_PUSH of 2",
        one(Setting.ENABLE_PUSH, 2),
        PROTOCOL,
        when=AT_ONCE,
        beyond=True,
    ),
    case(
        "6.5.2",
        "refuses ENABLE_CONNECT_PROTOCOL of 2",
        one(Setting.ENABLE_CONNECT_PROTOCOL, 2),
        PROTOCOL,
        when=AT_ONCE,
        beyond=True,
    ),
    case(
        "8.4",
        "refuses a push that it did not allow",
        lambda s: push_promise(s, 2, GET),
        PROTOCOL,
        beyond=True,
    ),
    case(
        "8.4",
        "refuses a push on an odd stream",
        lambda s: push_promise(s, 7, GET),
        PROTOCOL,
        beyond=True,
    ),
    case(
        "8.4",
        "refuses a push on a stream that is idle",
        always(push_promise(99, 2, GET)),
        PROTOCOL,
        beyond=True,
    ),
    case(
        "5.1.1",
        "refuses HEADERS on an even stream",
        always(headers(2, FINE)),
        PROTOCOL,
        beyond=True,
    ),
]

WINDOWS = [
    case(
        "6.9.1",
        "sends no more than a window of 1",
        one(Setting.INITIAL_WINDOW_SIZE, 1),
        first_data(1),
        ANY,
        when=AT_ONCE,
        body=b"x" * 1000,
        beyond=True,
    ),
    case(
        "6.9.2",
        "refuses an initial window that takes a stream's above 2^31 - 1",
        lambda s: (
            window_update(s, MAX_WINDOW - 65_535) + settings({Setting.INITIAL_WINDOW_SIZE: 65_536})
        ),
        FLOW_CONTROL,
        body=b"x" * 100_000,
        beyond=True,
    ),
]


def malformed(section: str, name: str, fields: list[Field], *body: bytes) -> ClientCase:
    """A response that is malformed as a whole, with as many DATA as bodies are given."""

    def sends(stream: int) -> bytes:
        frames = [
            data(stream, each, end=number + 1 == len(body)) for number, each in enumerate(body)
        ]
        return headers(stream, fields, end=not body) + b"".join(frames)

    return case(section, name, sends, MALFORMED, beyond=True)


HEADS = [
    malformed("8.3.2", "refuses a missing :status", [("x-test", "1")]),
    malformed("8.3.2", "refuses two :status", [*FINE, (":status", "200")]),
    *(
        malformed("8.3.2", f"refuses :status {status!r}", response(status))
        for status in ["", "20", "2000", "+20", "abc", " 200", "200 OK", "99", "0", "101", "2 0"]
    ),
    malformed("8.3", "refuses :status after other fields", [("x-test", "1"), *FINE]),
    malformed("8.3", "refuses an unknown pseudo-header field", [*FINE, (":test", "1")]),
    malformed("8.3", "refuses :path in a response", [*FINE, (":path", "/")]),
    malformed("8.2", "refuses a name in upper case", [*FINE, ("X-Test", "1")]),
    malformed("8.2.1", "refuses an empty name", [*FINE, ("", "1")]),
    malformed("8.2.1", "refuses a name with a space", [*FINE, ("x test", "1")]),
    malformed("8.2.1", "refuses a name with a colon", [*FINE, ("x:test", "1")]),
    malformed("8.2.1", "refuses a name with CR LF", [*FINE, ("x\r\ny", "1")]),
    malformed("8.2.1", "refuses NUL in a value", [*FINE, ("x-test", "a\0b")]),
    malformed("8.2.1", "refuses CR in a value", [*FINE, ("x-test", "a\rb")]),
    malformed("8.2.1", "refuses LF in a value", [*FINE, ("x-test", "a\nb")]),
    malformed(
        "8.2.1",
        "refuses a response inside a value",
        [*FINE, ("x-test", "a\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")],
    ),
    malformed("8.2.1", "refuses a value that begins with a space", [*FINE, ("x-test", " a")]),
    *(
        malformed("8.2.2", f"refuses {name}", [*FINE, (name, value)])
        for name, value in [
            ("connection", "close"),
            ("keep-alive", "timeout=5"),
            ("proxy-connection", "close"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "websocket"),
        ]
    ),
]

LENGTHS = [
    malformed(
        "8.1.1",
        "refuses DATA longer than content-length",
        [*FINE, ("content-length", "1")],
        b"test",
    ),
    malformed(
        "8.1.1",
        "refuses DATA shorter than content-length",
        [*FINE, ("content-length", "9")],
        b"test",
    ),
    malformed(
        "8.1.1",
        "refuses several DATA longer than content-length",
        [*FINE, ("content-length", "5")],
        b"test",
        b"test",
    ),
    malformed("8.1.1", "refuses no DATA for content-length", [*FINE, ("content-length", "4")]),
    malformed(
        "8.1.1",
        "refuses two content-length that differ",
        [*FINE, ("content-length", "4"), ("content-length", "5")],
        b"test",
    ),
    malformed(
        "8.1.1",
        "refuses a content-length that is no number",
        [*FINE, ("content-length", "4x")],
        b"test",
    ),
    case("8.1", "refuses DATA before HEADERS", lambda s: data(s), MALFORMED, beyond=True),
    case(
        "8.1",
        "refuses 1xx with END_STREAM",
        lambda s: headers(s, response("103")),
        MALFORMED,
        beyond=True,
    ),
    case(
        "8.1",
        "refuses DATA after 1xx",
        lambda s: headers(s, response("103"), end=False) + data(s),
        MALFORMED,
        beyond=True,
    ),
    case(
        "8.1",
        "refuses a pseudo-header field in trailers",
        lambda s: headers(s, BEGUN, end=False) + data(s, end=False) + headers(s, FINE),
        MALFORMED,
        beyond=True,
    ),
    case(
        "8.1",
        "refuses a second HEADERS without END_STREAM",
        lambda s: (
            headers(s, BEGUN, end=False)
            + data(s, end=False)
            + headers(s, [("x-test", "1")], end=False)
        ),
        MALFORMED,
        beyond=True,
    ),
    case(
        "8.1",
        "refuses a name in upper case in trailers",
        lambda s: headers(s, BEGUN, end=False) + data(s, end=False) + headers(s, [("X-Test", "1")]),
        MALFORMED,
        beyond=True,
    ),
]

WHOLE = [
    case(
        "8.1",
        "takes 103 and then 200",
        lambda s: (
            headers(s, response("103", ("link", "</a>")), end=False)
            + headers(s, FINE, end=False)
            + data(s)
            + ping()
        ),
        pong(),
        OK,
        beyond=True,
    ),
    case(
        "8.1",
        "takes trailers",
        lambda s: (
            headers(s, FINE, end=False)
            + data(s, end=False)
            + headers(s, [("x-test", "1")])
            + ping()
        ),
        pong(),
        OK,
        beyond=True,
    ),
    case(
        "8.1",
        "takes RST_STREAM without error after a whole response",
        lambda s: headers(s, FINE, end=False) + data(s) + reset(s, Code.NO_ERROR) + ping(),
        pong(),
        OK,
        beyond=True,
    ),
    case(
        "8.1",
        "takes padded DATA and empty DATA",
        lambda s: (
            headers(s, [*FINE, ("content-length", "4")], end=False)
            + data(s, b"", end=False)
            + frame(Kind.DATA, s, b"\5test" + bytes(5), PADDED)
            + data(s, b"")
            + ping()
        ),
        pong(),
        OK,
        beyond=True,
    ),
    case(
        "6.8",
        "takes a response after GOAWAY that covers it",
        lambda s: goaway(s) + headers(s, FINE, end=False) + data(s) + ping(),
        Outcome("PING is answered or the connection closed", pong().frame, closed=True),
        OK,
        beyond=True,
    ),
    case(
        "6.8",
        "takes a graceful GOAWAY in two steps",
        lambda s: goaway(MAX_WINDOW) + goaway(s) + headers(s, FINE, end=False) + data(s) + ping(),
        Outcome("PING is answered or the connection closed", pong().frame, closed=True),
        OK,
        beyond=True,
    ),
    case(
        "6.4",
        "has a stream that was reset fail alone",
        lambda s: reset(s, Code.INTERNAL_ERROR) + ping(),
        pong(),
        ERROR,
        beyond=True,
    ),
    case(
        "6.4",
        "has a response that breaks off seen as such",
        lambda s: (
            headers(s, FINE, end=False) + data(s, end=False) + reset(s, Code.NO_ERROR) + ping()
        ),
        pong(),
        ERROR,
        beyond=True,
    ),
]


def undecodable(section: str, name: str, fields: bytes) -> ClientCase:
    def sends(stream: int) -> bytes:
        return frame(Kind.HEADERS, stream, fields, END_HEADERS | END_STREAM)

    return case(f"HPACK {section}", name, sends, COMPRESSION, beyond=True)


BLOCK = block(FINE)
BLOCKS = [
    *(undecodable(section, name, BLOCK + end) for section, name, end in ENDS_OF_BLOCKS),
    undecodable("5.1", "refuses an integer above 2^32", BLOCK + ABOVE_ALL_NUMBERS),
    undecodable("6.3", "refuses a table size above its setting", table_size(1 << 20) + BLOCK),
]

CASES = [
    *PREFACES,
    *WINDOWS,
    *HEADS,
    *LENGTHS,
    *WHOLE,
    *BLOCKS,
]
