"""Requests that are malformed (RFC 9113, 8), and blocks that HPACK cannot be (RFC 7541)."""

import dataclasses

from h2_cases import GET, OPEN, POST, Case, request
from h2_either_cases import ABOVE_ALL_NUMBERS, ENDS_OF_BLOCKS
from h2_frames import Field, Setting, block, data, headers, literal, settings, table_size
from h2_outcomes import COMPRESSION, MALFORMED, REFUSED, TOO_LARGE, response
from h2_wire import H2Wire

BLOCK = block(GET)


def refused(section: str, name: str, fields: list[Field], beyond: bool = False) -> Case:
    """A request without a body that is malformed."""
    return Case(
        section, name, [headers(1, fields)], REFUSED if beyond else MALFORMED, beyond=beyond
    )


def with_body(section: str, name: str, length: str, *bodies: bytes, beyond: bool = False) -> Case:
    """A request whose content-length is not the length of its DATA."""
    frames = [data(1, body, end=False) for body in bodies[:-1]]
    begin = headers(1, [*POST, ("content-length", length)], end=not bodies)
    end = data(1, bodies[-1]) if bodies else b""
    return Case(section, name, [begin + b"".join(frames) + end], MALFORMED, beyond=beyond)


def with_trailers(name: str, fields: list[Field], end: bool = True, beyond: bool = True) -> Case:
    """A request whose trailers are malformed."""
    trailers = headers(1, fields, end=end)
    return Case("8.1", name, [OPEN + data(1, end=False) + trailers], MALFORMED, beyond=beyond)


FIELDS = [
    refused("8.2", "refuses a name in upper case", [*GET, ("X-TEST", "ok")]),
    refused("8.2.1", "refuses a name with a space", [*GET, ("x test", "ok")], beyond=True),
    refused("8.2.1", "refuses a name with a control", [*GET, ("x-\x01", "ok")], beyond=True),
    refused("8.2.1", "refuses a name above ASCII", [*GET, ("x-\xe9", "ok")], beyond=True),
    refused("8.2.1", "refuses a name with a colon", [*GET, ("x:test", "ok")], beyond=True),
    refused("8.2.1", "refuses an empty name", [*GET, ("", "ok")], beyond=True),
    refused("8.2.1", "refuses NUL in a value", [*GET, ("x-test", "a\0b")], beyond=True),
    refused("8.2.1", "refuses CR in a value", [*GET, ("x-test", "a\rb")], beyond=True),
    refused("8.2.1", "refuses LF in a value", [*GET, ("x-test", "a\nb")], beyond=True),
    refused(
        "8.2.1", "refuses a value that begins with a space", [*GET, ("x-test", " a")], beyond=True
    ),
    refused(
        "8.2.1", "refuses a value that ends with a tab", [*GET, ("x-test", "a\t")], beyond=True
    ),
    refused("8.2.2", "refuses connection", [*GET, ("connection", "keep-alive")]),
    refused("8.2.2", "refuses te other than trailers", [*GET, ("te", "trailers, deflate")]),
    *(
        refused("8.2.2", f"refuses {name}", [*GET, (name, value)], beyond=True)
        for name, value in [
            ("proxy-connection", "keep-alive"),
            ("keep-alive", "timeout=5"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "h2c"),
        ]
    ),
    Case(
        "8.2.2",
        "takes te: trailers",
        [headers(1, [*GET, ("te", "trailers")])],
        response(),
        beyond=True,
    ),
    Case(
        "8.2.3",
        "takes a cookie in pieces",
        [headers(1, [*GET, ("cookie", "a=1"), ("cookie", "b=2")])],
        response(),
        beyond=True,
    ),
]

PSEUDO_FIELDS = [
    refused("8.3", "refuses an unknown pseudo-header field", [*GET, (":test", "ok")]),
    refused("8.3", "refuses :status in a request", [*GET, (":status", "200")]),
    with_trailers(
        "refuses a pseudo-header field in trailers", [(":method", "POST")], end=False, beyond=False
    ),
    refused("8.3", "refuses a pseudo-header field after others", [("x-test", "ok"), *GET]),
    refused(
        "8.3",
        "refuses one pseudo-header field after another one",
        [*GET[:3], ("x-test", "ok"), GET[3]],
        beyond=True,
    ),
    refused("8.3.1", "refuses an empty :path", request(path="")),
    refused("8.3.1", "refuses a missing :method", request(method=None)),
    refused("8.3.1", "refuses a missing :scheme", request(scheme=None)),
    refused("8.3.1", "refuses a missing :path", request(path=None)),
    refused("8.3.1", "refuses two :method", [*GET, GET[0]]),
    refused("8.3.1", "refuses two :scheme", [*GET, GET[1]]),
    refused("8.3.1", "refuses two :path", [*GET, GET[2]]),
    refused("8.3.1", "refuses two :authority", [*GET, GET[3]], beyond=True),
    refused("8.3.1", "refuses a :path without a slash", request(path="a"), beyond=True),
    refused("8.3.1", "refuses an empty :method", request(""), beyond=True),
    refused("8.3.1", "refuses no fields at all", [], beyond=True),
    refused("8.3.1", "refuses userinfo in :authority", request(authority="u@test"), beyond=True),
    refused("8.3.1", "refuses :authority other than host", [*GET, ("host", "other")], beyond=True),
    refused("8.5", "refuses CONNECT with :path and :scheme", request("CONNECT"), beyond=True),
    refused(
        "8.5",
        "refuses CONNECT without :authority",
        request("CONNECT", scheme=None, path=None, authority=None),
        beyond=True,
    ),
    Case(
        "8.3.1",
        "takes host in place of :authority",
        [headers(1, request("GET", ("host", "test"), authority=None))],
        response(),
        beyond=True,
    ),
]

MESSAGES = [
    with_trailers(
        "refuses a second HEADERS without END_STREAM", [("x-test", "ok")], end=False, beyond=False
    ),
    with_trailers("refuses a name in upper case in trailers", [("X-Test", "ok")]),
    with_trailers("refuses connection in trailers", [("connection", "close")]),
    with_trailers("refuses a pseudo-header field in trailers that end", [(":path", "/")]),
    with_body("8.1.1", "refuses DATA longer than content-length", "1", b"test"),
    with_body("8.1.1", "refuses several DATA longer than content-length", "1", b"test", b"test"),
    with_body("8.1.1", "refuses DATA shorter than content-length", "9", b"test", beyond=True),
    with_body("8.1.1", "refuses no DATA for content-length", "4", beyond=True),
    with_body("8.1.1", "refuses a content-length that is no number", "4x", b"test", beyond=True),
    with_body("8.1.1", "refuses a negative content-length", "-4", b"test", beyond=True),
    dataclasses.replace(
        with_body("8.1.1", "refuses a content-length above all numbers", "9" * 30, b"test"),
        outcome=TOO_LARGE,
        beyond=True,
    ),
    refused(
        "8.1.1",
        "refuses two content-length that differ",
        [*POST, ("content-length", "0"), ("content-length", "1")],
        beyond=True,
    ),
    Case(
        "8.1.1",
        "refuses trailers before all of content-length",
        [
            headers(1, [*POST, ("content-length", "9")], end=False)
            + data(1, end=False)
            + headers(1, [("x-test", "ok")])
        ],
        MALFORMED,
        beyond=True,
    ),
]


def undecodable(section: str, name: str, fields: bytes, beyond: bool = False) -> Case:
    return Case(f"HPACK {section}", name, [headers(1, fields)], COMPRESSION, beyond=beyond)


def above_the_limit(wire: H2Wire) -> bytes:
    limit = wire.peer_settings.get(Setting.HEADER_TABLE_SIZE, 4096)
    return headers(1, table_size(limit + 1) + BLOCK)


BLOCKS = [
    *(undecodable(section, name, BLOCK + end) for section, name, end in ENDS_OF_BLOCKS),
    Case("HPACK 6.3", "refuses a table size above its setting", [above_the_limit], COMPRESSION),
    undecodable("5.1", "refuses an integer above 2^32", BLOCK + ABOVE_ALL_NUMBERS, True),
    undecodable(
        "5.1", "refuses an integer of many zeros", BLOCK + b"\xff" + b"\x80" * 40 + b"\1", True
    ),
    undecodable("5.1", "refuses an integer that is cut off", BLOCK + b"\xff\x80", True),
    undecodable("5.2", "refuses a name longer than the block", BLOCK + b"\x00\x7f\x10abc", True),
    undecodable(
        "5.2", "refuses a value longer than the block", BLOCK + b"\x00\x01a\x7f\x10b", True
    ),
    undecodable("5.2", "refuses a block that ends after a name", BLOCK + b"\x00\x01a", True),
    undecodable(
        "6.2.2", "refuses an indexed name above, not indexed", BLOCK + b"\x0f\x70\x01a", True
    ),
    undecodable(
        "6.2.3", "refuses an indexed name above, never indexed", BLOCK + b"\x1f\x70\x01a", True
    ),
    undecodable(
        "4.3",
        "forgets evicted fields",
        table_size(0) + BLOCK + literal("x-test", "gone", 0x40) + b"\xbe",
        True,
    ),
    Case(
        "HPACK 4.4",
        "empties the table for a field larger than it",
        [
            headers(1, BLOCK + literal("x-test", "kept", 0x40))
            + headers(3, BLOCK + literal("x-large", "x" * 5000, 0x40))
            + headers(5, BLOCK + b"\xbe")
        ],
        COMPRESSION,
        beyond=True,
    ),
    Case(
        "HPACK 2.3.2",
        "keeps its table from block to block",
        [headers(1, BLOCK + literal("x-test", "kept", 0x40)) + headers(3, BLOCK + b"\xbe")],
        response(3),
        beyond=True,
    ),
    Case(
        "HPACK 4.2",
        "takes a smaller table for its answers",
        [settings({Setting.HEADER_TABLE_SIZE: 0}) + headers(1, GET)],
        response(),
        beyond=True,
    ),
]

CASES = FIELDS + PSEUDO_FIELDS + MESSAGES + BLOCKS
