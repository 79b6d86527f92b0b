"""Requests over HTTP/2 that a translation could take apart, join, or read in two ways.

They follow RFC 9113, 8 and 10.3, and what is known of request smuggling by HTTP/2 downgrades.
"""

import dataclasses
from collections.abc import Iterator

from h2_cases import request
from h2_frames import Field, data, headers

# What reaches the upstream: never a whole request; just one; or either of these.
NOTHING, ONE, ANY = "nothing", "one", "nothing or one"
CASE = "x-case"


@dataclasses.dataclass(frozen=True)
class Attempt:
    """A request on stream 1; it carries its number in the field x-case."""

    name: str
    fields: list[Field]
    reaches: str = NOTHING
    bodies: tuple[bytes, ...] = ()
    trailers: list[Field] | None = None
    # Of the request that may reach the upstream.
    target: str | None = None
    cookie: str | None = None

    def frames(self, number: int) -> bytes:
        numbered = [*self.fields, (CASE, str(number))]
        end = not self.bodies and self.trailers is None
        out = headers(1, numbered, end=end)
        for index, body in enumerate(self.bodies):
            last = index + 1 == len(self.bodies) and self.trailers is None
            out += data(1, body, end=last)
        return out + (headers(1, self.trailers) if self.trailers is not None else b"")


SECOND = "GET /smuggled HTTP/1.1\r\nhost: test\r\n\r\n"
BREAKS = ["\0", "\r", "\n", "\r\n"]
INJECTIONS = [
    "\r\nx-smuggled: 1",
    "\nx-smuggled: 1",
    "\rx-smuggled: 1",
    "\r\ntransfer-encoding: chunked",
    "\r\ncontent-length: 0",
    "\r\nhost: other",
    "\r\n\r\n" + SECOND,
    "\n\n" + SECOND,
    "\0\r\n" + SECOND,
    "\r\n x",
    "\r\n\tx",
]


def get(*more: Field, **pseudo) -> list[Field]:
    return request("GET", *more, **pseudo)


def post(*more: Field, **pseudo) -> list[Field]:
    return request("POST", *more, **pseudo)


def characters() -> Iterator[Attempt]:
    """Line ends and NUL in every place."""
    for odd in BREAKS:
        for place, text in [("start", odd + "a"), ("middle", f"a{odd}b"), ("end", "a" + odd)]:
            where = f"{odd!r} at the {place} of"
            yield Attempt(f"{where} a value", get(("x-test", text)))
            yield Attempt(f"{where} a name", get((text, "1")))
            yield Attempt(f"{where} :path", get(path="/" + text))
            yield Attempt(f"{where} :authority", get(authority=text))
            yield Attempt(f"{where} :method", request(text))
            yield Attempt(f"{where} :scheme", get(scheme=text))
            yield Attempt(f"{where} host", get(("host", text), authority=None))
            yield Attempt(f"{where} cookie", get(("cookie", text)))
            yield Attempt(
                f"{where} content-length",
                post(("content-length", odd.join("44"))),
                bodies=(b"test",),
            )
            yield Attempt(
                f"{where} a value in trailers",
                post(),
                bodies=(b"test",),
                trailers=[("x-test", text)],
            )
            yield Attempt(
                f"{where} a name in trailers", post(), bodies=(b"test",), trailers=[(text, "1")]
            )


def injections() -> Iterator[Attempt]:
    for text in INJECTIONS:
        yield Attempt(f"value with {text!r}", get(("x-test", "a" + text)))
        yield Attempt(f"value with {text!r} and more", get(("x-test", f"a{text}: b")))
        yield Attempt(f"name with {text!r}", get(("x-test: a" + text, "b")))
        yield Attempt(f":path with {text!r}", get(path="/ HTTP/1.1" + text))
        yield Attempt(f":path, bare, with {text!r}", get(path="/" + text))
        yield Attempt(f":method with {text!r}", request("GET / HTTP/1.1" + text))
        yield Attempt(f":authority with {text!r}", get(authority="test" + text))
        yield Attempt(f":scheme with {text!r}", get(scheme="http" + text))
        yield Attempt(f"user-agent with {text!r}", get(("user-agent", "a" + text)))
        yield Attempt(
            f"content-length with {text!r}", post(("content-length", "4" + text)), bodies=(b"test",)
        )
        yield Attempt(
            f"trailer with {text!r}", post(), bodies=(b"test",), trailers=[("x-test", "a" + text)]
        )


def names() -> Iterator[Attempt]:
    for name in [
        "X-Test",
        "Host",
        "Content-Length",
        "Transfer-Encoding",
        "Connection",
        "x-Test",
        "x-tesT",
        "COOKIE",
    ]:
        yield Attempt(f"name {name!r}", get((name, "1")))
    for name in [
        "",
        " ",
        "x test",
        "x-test ",
        " x-test",
        "x-test\t",
        "x:test",
        ":",
        "x-test:",
        "x\x01",
        "x\x1f",
        "x\x7f",
        "x\x80",
        "x\xe9",
        "x(y)",
        "x,y",
        "x/y",
        "x;y",
        "x=y",
        "x@y",
        "x[y]",
        "x{y}",
        'x"y',
        "x\\y",
        "x<y>",
        "x?y",
        "transfer-encoding ",
        "transfer-encoding:",
        "content-length ",
        "host:",
    ]:
        yield Attempt(f"name {name!r}", get((name, "1")))
    yield Attempt("every character of a token", get(("x!#$%&'*+-.^_`|~09az", "1")), reaches=ONE)
    for name in ["content_length", "transfer_encoding", "x_test", "_", "-"]:
        yield Attempt(f"name {name!r}", get((name, "1")), reaches=ANY)


def values() -> Iterator[Attempt]:
    for value in [" a", "a ", "\ta", "a\t", " ", "\t"]:
        yield Attempt(f"value {value!r}", get(("x-test", value)))
    for value in ["\x01", "a\x07b", "a\x0bb", "a\x0cb", "a\x1bb", "a\x1f", "a\x7fb", "\x85"]:
        yield Attempt(f"value {value!r}", get(("x-test", value)), reaches=ANY)
    for value in ["", "a b", "a\tb", 'a"b', "a, b", "a: b", "\xe9", "{a}", "%0d%0a", "x" * 2000]:
        yield Attempt(f"value {value[:20]!r}", get(("x-test", value)), reaches=ONE)


def connection_specific() -> Iterator[Attempt]:
    fields = [
        ("connection", value)
        for value in [
            "close",
            "keep-alive",
            "x-test",
            "upgrade",
            "content-length",
            "transfer-encoding",
            "",
        ]
    ]
    fields += [
        ("transfer-encoding", value)
        for value in [
            "chunked",
            "identity",
            "gzip",
            "chunked, identity",
            "identity, chunked",
            "xchunked",
            "chunked, chunked",
            "",
            "CHUNKED",
            "trailers",
        ]
    ]
    fields += [
        ("keep-alive", "timeout=5"),
        ("proxy-connection", "keep-alive"),
        ("upgrade", "h2c"),
        ("upgrade", "websocket"),
    ]
    for name, value in fields:
        yield Attempt(f"{name}: {value}", get((name, value)))
        yield Attempt(
            f"{name}: {value} with a body",
            post((name, value)),
            bodies=(b"0\r\n\r\n" + SECOND.encode(),),
        )
    for value in ["gzip", "trailers, gzip", "chunked", "trailers;q=1", "deflate, trailers", ""]:
        yield Attempt(f"te: {value}", get(("te", value)))
    yield Attempt("te: trailers", get(("te", "trailers")), reaches=ONE)
    yield Attempt("te twice", get(("te", "trailers"), ("te", "gzip")))
    yield Attempt("http2-settings", get(("http2-settings", "AAMAAABk")), reaches=ANY)
    yield Attempt(
        "connection, upgrade and http2-settings",
        get(
            ("connection", "upgrade, http2-settings"),
            ("upgrade", "h2c"),
            ("http2-settings", "AAMAAABk"),
        ),
    )


def lengths() -> Iterator[Attempt]:
    for value in [
        "0",
        "3",
        "5",
        "40",
        "+4",
        "-4",
        "4x",
        "x",
        "0x4",
        "4,4",
        "4, 5",
        "4 4",
        "4.0",
        "4;",
        "1e1",
        "4\0",
        "",
        "9" * 30,
        "18446744073709551620",
        "4294967300",
        "\xb2",
    ]:
        # A list of one value repeated may be taken for that value (RFC 9110, 8.6); a head that says
        # 0 is a whole request, and may be on its way before the DATA comes that it denies.
        reaches = ANY if value in ("0", "4,4") else NOTHING
        yield Attempt(
            f"content-length {value!r} for 4 bytes",
            post(("content-length", value)),
            bodies=(b"test",),
            reaches=reaches,
        )
        yield Attempt(
            f"content-length {value!r} for 4 bytes in two",
            post(("content-length", value)),
            bodies=(b"te", b"st"),
            reaches=reaches,
        )
        yield Attempt(
            f"content-length {value!r} for 4 bytes and trailers",
            post(("content-length", value)),
            bodies=(b"test",),
            trailers=[("x-a", "1")],
            reaches=reaches,
        )
    for value in ["1", "4", "x", "-0", "+0"]:
        yield Attempt(f"content-length {value!r} for no body", get(("content-length", value)))
    yield Attempt(
        "a request behind content-length 0",
        post(("content-length", "0")),
        bodies=(SECOND.encode(),),
        reaches=ANY,
    )
    yield Attempt(
        "a request behind a chunk",
        post(("transfer-encoding", "chunked")),
        bodies=(b"0\r\n\r\n" + SECOND.encode(),),
    )
    yield Attempt(
        "a request behind both",
        post(("content-length", "4"), ("transfer-encoding", "chunked")),
        bodies=(b"0\r\n\r\n" + SECOND.encode(),),
    )
    for pair in [("4", "5"), ("5", "4"), ("4", "x"), ("0", "4")]:
        yield Attempt(
            f"content-length {pair}",
            post(*(("content-length", each) for each in pair)),
            bodies=(b"test",),
        )
    yield Attempt(
        "content-length twice",
        post(("content-length", "4"), ("content-length", "4")),
        bodies=(b"test",),
        reaches=ANY,
    )
    yield Attempt(
        "content-length with zeros",
        post(("content-length", "0004")),
        bodies=(b"test",),
        reaches=ANY,
    )
    yield Attempt("content-length", post(("content-length", "4")), bodies=(b"test",), reaches=ONE)
    yield Attempt("no content-length", post(), bodies=(b"te", b"st"), reaches=ONE)
    yield Attempt("chunks as a body", post(), bodies=(b"0\r\n\r\n" + SECOND.encode(),), reaches=ONE)
    yield Attempt("GET with a body", get(), bodies=(SECOND.encode(),), reaches=ONE)
    yield Attempt("HEAD with a body", request("HEAD"), bodies=(b"test",), reaches=ONE)
    yield Attempt("an empty body", post(), bodies=(b"",), reaches=ONE)
    yield Attempt("empty DATA amid a body", post(), bodies=(b"te", b"", b"st"), reaches=ONE)


def authorities() -> Iterator[Attempt]:
    for host in [
        "other",
        "test.other",
        "test:81",
        "",
        "test,other",
        "test other",
        "u@test",
        "[::1]",
    ]:
        yield Attempt(f":authority test and host {host!r}", get(("host", host)))
    yield Attempt(":authority and the same host", get(("host", "test")), reaches=ONE)
    for host in ["TEST", "test:80"]:
        yield Attempt(f":authority test and host {host!r}", get(("host", host)), reaches=ANY)
    yield Attempt("host alone", get(("host", "test"), authority=None), reaches=ONE)
    yield Attempt("neither :authority nor host", get(authority=None))
    yield Attempt("two hosts", get(("host", "test"), ("host", "other"), authority=None))
    yield Attempt("the same host twice", get(("host", "test"), ("host", "test"), authority=None))
    yield Attempt(":authority and two hosts", get(("host", "test"), ("host", "test")))
    yield Attempt("empty :authority", get(authority=""))
    yield Attempt("empty :authority and a host", get(("host", "test"), authority=""))
    odd = [
        "te st",
        "test/",
        "test/a",
        "/test",
        "test?a",
        "test#a",
        "u@test",
        "u:p@test",
        "@test",
        "test@other",
        "test,other",
        "test:x",
        "test:99999",
        "test:-1",
        "test:80:80",
        ":80",
        "[::1",
        "::1]",
        "[::1]x",
        "[x]",
        "test\x7f",
        "test\x01",
        "t\xe9st",
        "test ",
        " test",
        "test\t",
        "test\\other",
        "http://test",
        "<test>",
        '"test"',
        "{test}",
        "test|x",
        "test^x",
        "test`x",
    ]
    for text in odd:
        # Ports out of range name nothing, but have one reading.
        reaches = ANY if text == "test:99999" else NOTHING
        yield Attempt(f":authority {text!r}", get(authority=text), reaches=reaches)
        yield Attempt(f"host {text!r}", get(("host", text), authority=None), reaches=reaches)
    for text in ["test:80", "TEST", "127.0.0.1", "[::1]", "[::1]:80", "a.b-c.d", "xn--e1afmkfd"]:
        yield Attempt(f":authority {text!r}", get(authority=text), reaches=ONE)


def pseudo_fields() -> Iterator[Attempt]:
    usual = dict(get())
    for name, value in usual.items():
        rest = [field for field in get() if field[0] != name]
        yield Attempt(f"{name} after another field", [*rest, ("x-test", "1"), (name, value)])
        for other in [value, value + "x", ""]:
            yield Attempt(f"{name} again: {other!r}", [*get(), (name, other)])
            yield Attempt(
                f"{name} again at the end: {other!r}", [*get(("x-test", "1")), (name, other)]
            )
        yield Attempt(f"{name} in upper case", [*rest, (name.upper(), value)])
        yield Attempt(f"{name} with a space", [*rest, (name + " ", value)])
        yield Attempt(f"{name} in trailers", post(), bodies=(b"test",), trailers=[(name, value)])
        if name != ":authority":
            yield Attempt(f"{name} empty", [*rest, (name, "")])
            yield Attempt(f"no {name}", rest)
    for name in [":status", ":test", ":", "::", ":protocol", ":host", ":Path", ":cookie"]:
        yield Attempt(f"{name!r} in a request", [*get(), (name, "200")])
        yield Attempt(f"{name!r} first in a request", [(name, "200"), *get()])
        yield Attempt(f"{name!r} in trailers", post(), bodies=(b"test",), trailers=[(name, "1")])


def paths() -> Iterator[Attempt]:
    for path in [
        "a",
        "a/b",
        "?a",
        "#a",
        "*",
        "*/",
        "http://test/",
        "https://other/",
        "//",
        "\\",
        " /",
        "/ ",
        "/a b",
        "/\t",
        "/ HTTP/1.1",
        "/ HTTP/1.0\r\n",
        "/a#b",
        "/#",
        "/\x01",
        "/\x7f",
        "/\xe9",
        "/\x80",
        "test:80",
        ".",
        "..",
        "%2f",
    ]:
        reaches = ANY if path == "//" else NOTHING
        yield Attempt(f":path {path!r}", get(path=path), reaches=reaches)
    for path in [
        "/",
        "/a",
        "/?",
        "/?a?b",
        "/a?b=/../",
        "/%00",
        "/%0d%0a",
        "/a;b",
        "/a,b",
        "/~a",
        "/a:b@c",
        "/a//b",
        "/!$&'()*+,;=",
        "/" + "a" * 2000,
    ]:
        yield Attempt(f":path {path[:20]!r}", get(path=path), reaches=ONE, target=path)
    for path in [
        "/a\\b",
        "/a|b",
        "/a^b",
        "/a{b}",
        '/a"b',
        "/a<b>",
        "/a`b",
        "/%",
        "/%zz",
        "/a[b]",
        "/../a",
        "/a/./b",
        "//other/a",
    ]:
        yield Attempt(f":path {path!r}", get(path=path), reaches=ANY)
    yield Attempt("OPTIONS *", request("OPTIONS", path="*"), reaches=ANY, target="*")


def methods_and_schemes() -> Iterator[Attempt]:
    for method in [
        "G ET",
        "GET ",
        " GET",
        "GET\t",
        "GET /",
        "G(T",
        "G,T",
        "GET:",
        "G\x7fT",
        "G\xe9T",
        "G/T",
        "G\x01T",
        "GET / HTTP/1.1",
        '"GET"',
        "G[T",
        "{GET}",
    ]:
        yield Attempt(f":method {method!r}", request(method))
    for method in ["DELETE", "PATCH", "get", "G!#$%&'*+-.^_`|~T", "M-SEARCH"]:
        yield Attempt(f":method {method!r}", request(method), reaches=ANY)
    yield Attempt(":method PRI", request("PRI", path="*"))
    for scheme in [
        "ht tp",
        "http:",
        "http://",
        "http://other/",
        "://",
        "1http",
        "http\x7f",
        "http\xe9",
        "http/1.1",
        " http",
        "http ",
        "-",
        "http\t",
    ]:
        yield Attempt(f":scheme {scheme!r}", get(scheme=scheme), reaches=NOTHING)
    for scheme in ["https", "HTTP", "ftp", "ws", "gopher", "http+x", "unknown"]:
        yield Attempt(f":scheme {scheme!r}", get(scheme=scheme), reaches=ANY)


def connects() -> Iterator[Attempt]:
    bare = {"scheme": None, "path": None}
    yield Attempt("CONNECT with :scheme and :path", request("CONNECT"))
    yield Attempt("CONNECT with :path", request("CONNECT", scheme=None))
    yield Attempt("CONNECT with :scheme", request("CONNECT", path=None))
    yield Attempt("CONNECT without :authority", request("CONNECT", authority=None, **bare))
    yield Attempt(
        "CONNECT with host alone", request("CONNECT", ("host", "test:80"), authority=None, **bare)
    )
    yield Attempt("CONNECT that no route allows", request("CONNECT", authority="test:80", **bare))
    yield Attempt(
        "CONNECT with a body",
        request("CONNECT", authority="test:80", **bare),
        bodies=(SECOND.encode(),),
    )
    yield Attempt(
        "CONNECT with an odd :authority", request("CONNECT", authority="test:80\r\nx: 1", **bare)
    )
    yield Attempt(":protocol with GET", [*get(), (":protocol", "websocket")])
    yield Attempt(
        ":protocol that nobody allowed", [*request("CONNECT"), (":protocol", "websocket")]
    )
    yield Attempt(":protocol twice", [*request("CONNECT"), *[(":protocol", "websocket")] * 2])
    yield Attempt(
        ":protocol with a line end", [*request("CONNECT"), (":protocol", "websocket\r\nx: 1")]
    )
    yield Attempt("connect in lower case", request("connect", authority="test:80", **bare))


def cookies_and_trailers() -> Iterator[Attempt]:
    pieces = [("cookie", piece) for piece in ["a=1", "b=2", "c=3; d=4"]]
    yield Attempt("a cookie in pieces", get(*pieces), reaches=ONE, cookie="a=1; b=2; c=3; d=4")
    yield Attempt("a cookie", get(("cookie", "a=1; b=2")), reaches=ONE, cookie="a=1; b=2")
    yield Attempt(
        "a cookie with an empty piece", get(("cookie", "a=1"), ("cookie", "")), reaches=ANY
    )
    for name, value in [
        ("connection", "close"),
        ("transfer-encoding", "chunked"),
        ("X-Upper", "1"),
        ("upgrade", "h2c"),
        ("keep-alive", "1"),
        ("", "1"),
        ("x test", "1"),
        ("x-test", " a"),
    ]:
        yield Attempt(f"trailer {name!r}", post(), bodies=(b"test",), trailers=[(name, value)])
    # A field that must not be in trailers may be dropped, or the request refused.
    for name, value in [
        ("content-length", "4"),
        ("content-length", "400"),
        ("host", "other"),
        ("te", "trailers"),
        ("trailer", "x-a"),
        ("cookie", "a=1"),
        ("authorization", "x"),
        ("x-case", "1000000"),
    ]:
        yield Attempt(
            f"trailer {name}: {value}",
            post(),
            bodies=(b"test",),
            trailers=[(name, value)],
            reaches=ANY,
        )
    yield Attempt("trailers", post(), bodies=(b"test",), trailers=[("x-test", "1")], reaches=ONE)
    yield Attempt("trailers without a body", post(), trailers=[("x-test", "1")], reaches=ONE)
    yield Attempt("empty trailers", post(), bodies=(b"test",), trailers=[], reaches=ANY)
    yield Attempt(
        "trailers announced",
        post(("te", "trailers"), ("trailer", "x-test")),
        bodies=(b"test",),
        trailers=[("x-test", "1")],
        reaches=ONE,
    )
    yield Attempt("expect", post(("expect", "100-continue")), bodies=(b"test",), reaches=ONE)
    yield Attempt(
        "an unknown expectation", post(("expect", "\xe9")), bodies=(b"test",), reaches=ANY
    )


ATTEMPTS = [
    *characters(),
    *injections(),
    *names(),
    *values(),
    *connection_specific(),
    *lengths(),
    *authorities(),
    *pseudo_fields(),
    *paths(),
    *methods_and_schemes(),
    *connects(),
    *cookies_and_trailers(),
]
