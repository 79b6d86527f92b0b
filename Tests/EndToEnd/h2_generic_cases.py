"""What every HTTP/2 server has to take: each frame and each field representation, used rightly."""

from h2_cases import ANSWERED, ASKED, GET, OPEN, POST, Case, request
from h2_frames import (
    DEFAULT_FRAME_SIZE,
    DEFAULT_WINDOW,
    PADDED,
    PREFACE,
    WITH_PRIORITY,
    Code,
    Setting,
    block,
    continuation,
    data,
    dependency,
    frame,
    goaway,
    headers,
    integer,
    literal,
    ping,
    priority,
    reset,
    settings,
    string,
    table_size,
    window_update,
)
from h2_outcomes import (
    SETTINGS_ACKED,
    SETTINGS_FIRST,
    SOME_DATA,
    pong,
    pong_or_closed,
    response,
)

BLOCK = block(GET)
NO_WINDOW = settings({Setting.INITIAL_WINDOW_SIZE: 0})
# x-test: martlet, by Huffman's code.
CODED_NAME = bytes.fromhex("85f2b24a84ff")
CODED_VALUE = bytes.fromhex("85a4762682a7")
USER_AGENT, DYNAMIC = 58, 62


def whole(block_after: bytes) -> list[bytes]:
    """A request whose block ends with the given representation."""
    return [headers(1, BLOCK + block_after)]


def indexed_name(first: int, prefix: int, value: bytes) -> bytes:
    return integer(USER_AGENT, prefix, first) + value


FRAMES = [
    Case(
        "3.4",
        "begins with SETTINGS after the client's preface",
        [PREFACE + settings({Setting.INITIAL_WINDOW_SIZE: DEFAULT_WINDOW})],
        SETTINGS_FIRST,
        handshake=False,
    ),
    Case("5.1", "takes PRIORITY on an idle stream", [priority(1) + ping()], pong()),
    Case(
        "5.1",
        "takes WINDOW_UPDATE on a half-closed stream",
        [NO_WINDOW + ASKED + window_update(1, 1)],
        SOME_DATA,
    ),
    Case(
        "5.1",
        "takes PRIORITY on a half-closed stream",
        [NO_WINDOW + ASKED + priority(1) + window_update(1, 1)],
        SOME_DATA,
    ),
    Case(
        "5.1",
        "takes RST_STREAM on a half-closed stream",
        [ASKED + reset(1) + ping()],
        pong_or_closed(),
    ),
    Case(
        "5.1", "takes PRIORITY on a closed stream", [ASKED, ANSWERED, priority(1) + ping()], pong()
    ),
    Case("6.1", "takes a body in one DATA", [OPEN + data(1)], response()),
    Case("6.1", "takes a body in several DATA", [OPEN + data(1, end=False) + data(1)], response()),
    Case(
        "6.1",
        "takes padded DATA",
        [OPEN + frame(0, 1, b"\5test" + bytes(5), PADDED | 1)],
        response(),
    ),
    Case("6.2", "takes HEADERS", [ASKED], response()),
    Case(
        "6.2",
        "takes padded HEADERS",
        [headers(1, BLOCK + bytes(8), flags=PADDED, prefix=b"\10")],
        response(),
    ),
    Case(
        "6.2",
        "takes HEADERS with a priority",
        [headers(1, GET, flags=WITH_PRIORITY, prefix=dependency(0, True, 1))],
        response(),
    ),
    Case(
        "6.3", "takes PRIORITY with the least weight", [priority(1, weight=1) + ASKED], response()
    ),
    Case("6.3", "takes PRIORITY with the greatest weight", [priority(1) + ASKED], response()),
    Case("6.3", "takes PRIORITY on a later stream", [priority(3, 1) + ASKED], response()),
    Case("6.3", "takes exclusive PRIORITY", [priority(1, 3, True) + ASKED], response()),
    Case(
        "5.1.1",
        "does not take PRIORITY on a higher stream for its use",
        [priority(3) + headers(1, GET)],
        response(),
    ),
    Case(
        "6.4",
        "takes RST_STREAM on an open stream",
        [OPEN + reset(1) + ping()],
        pong_or_closed(),
    ),
    Case(
        "6.5",
        "acknowledges SETTINGS with every value",
        [
            settings(
                {
                    Setting.HEADER_TABLE_SIZE: 4096,
                    Setting.ENABLE_PUSH: 1,
                    Setting.MAX_CONCURRENT_STREAMS: 100,
                    Setting.INITIAL_WINDOW_SIZE: DEFAULT_WINDOW,
                    Setting.MAX_FRAME_SIZE: DEFAULT_FRAME_SIZE,
                    Setting.MAX_HEADER_LIST_SIZE: 100,
                }
            )
        ],
        SETTINGS_ACKED,
    ),
    Case("6.7", "answers PING with its bytes", [ping(b"martlet!")], pong(b"martlet!")),
    Case("6.8", "takes GOAWAY", [goaway(0, Code.NO_ERROR, b"bye") + ping()], pong_or_closed()),
    Case("6.9", "takes WINDOW_UPDATE of the connection", [window_update(0, 1) + ping()], pong()),
    Case("6.9", "takes WINDOW_UPDATE of a stream", [ASKED + window_update(1, 1)], response()),
    Case(
        "6.10",
        "takes a block in HEADERS and CONTINUATION",
        [headers(1, BLOCK[:5], whole=False) + continuation(1, BLOCK[5:])],
        response(),
    ),
    Case(
        "6.10",
        "takes a block in HEADERS and two CONTINUATION",
        [
            headers(1, BLOCK[:5], whole=False)
            + continuation(1, BLOCK[5:10], whole=False)
            + continuation(1, BLOCK[10:])
        ],
        response(),
    ),
    Case("8.3.1", "answers GET", [ASKED], response()),
    Case("8.3.1", "answers HEAD", [headers(1, request("HEAD"))], response()),
    Case("8.3.1", "answers POST with a body", [OPEN + data(1)], response()),
    Case(
        "8.1",
        "answers POST with a body and trailers",
        [
            headers(1, [*POST, ("trailer", "x-test")], end=False)
            + data(1, end=False)
            + headers(1, [("x-test", "ok")])
        ],
        response(),
    ),
]

REPRESENTATIONS = [
    Case(
        "HPACK 6.1",
        "takes an indexed field of the dynamic table",
        whole(literal("x-test", "martlet", 0x40) + bytes([0x80 | DYNAMIC])),
        response(),
    ),
    Case(
        "HPACK 6.2.1",
        "takes a field to be indexed with an indexed name",
        whole(indexed_name(0x40, 6, string("martlet"))),
        response(),
    ),
    Case(
        "HPACK 6.2.1",
        "takes a coded field to be indexed with an indexed name",
        whole(indexed_name(0x40, 6, CODED_VALUE)),
        response(),
    ),
    Case(
        "HPACK 6.2.1",
        "takes a field to be indexed with a new name",
        whole(literal("x-test", "martlet", 0x40)),
        response(),
    ),
    Case(
        "HPACK 6.2.1",
        "takes a coded field to be indexed with a new name",
        whole(b"\x40" + CODED_NAME + CODED_VALUE),
        response(),
    ),
    Case(
        "HPACK 6.2.2",
        "takes a field not to be indexed with an indexed name",
        whole(indexed_name(0x00, 4, string("martlet"))),
        response(),
    ),
    Case(
        "HPACK 6.2.2",
        "takes a coded field not to be indexed with an indexed name",
        whole(indexed_name(0x00, 4, CODED_VALUE)),
        response(),
    ),
    Case(
        "HPACK 6.2.2",
        "takes a field not to be indexed with a new name",
        whole(literal("x-test", "martlet")),
        response(),
    ),
    Case(
        "HPACK 6.2.2",
        "takes a coded field not to be indexed with a new name",
        whole(b"\x00" + CODED_NAME + CODED_VALUE),
        response(),
    ),
    Case(
        "HPACK 6.2.3",
        "takes a field never to be indexed with an indexed name",
        whole(indexed_name(0x10, 4, string("martlet"))),
        response(),
    ),
    Case(
        "HPACK 6.2.3",
        "takes a coded field never to be indexed with an indexed name",
        whole(indexed_name(0x10, 4, CODED_VALUE)),
        response(),
    ),
    Case(
        "HPACK 6.2.3",
        "takes a field never to be indexed with a new name",
        whole(literal("x-test", "martlet", 0x10)),
        response(),
    ),
    Case(
        "HPACK 6.2.3",
        "takes a coded field never to be indexed with a new name",
        whole(b"\x10" + CODED_NAME + CODED_VALUE),
        response(),
    ),
    Case(
        "HPACK 6.3",
        "takes a table size update",
        [headers(1, table_size(128) + BLOCK)],
        response(),
    ),
    Case(
        "HPACK 6.3",
        "takes two table size updates",
        [headers(1, table_size(128) + table_size(4096) + BLOCK)],
        response(),
    ),
]

CASES = FRAMES + REPRESENTATIONS
