"""Requests over HTTP/1.1 that two readers may take for different things.

One that every reader takes for the same one reaches the upstream, or none; those of which not a
byte may pass are in hostile_requests.

Sources: RFC 9110, RFC 9112, and what is known of request smuggling.
"""

import dataclasses
from collections.abc import Iterator

from h2_smuggling_cases import ANY, NOTHING, ONE

# Stands for the attempt's number.
NUMBER = "@@"
SECOND = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
CHUNKED = "Transfer-Encoding: chunked\r\n"
END = "0\r\n\r\n"


@dataclasses.dataclass(frozen=True)
class Attempt:
    """A request, and what reaches the upstream of it."""

    name: str
    text: str
    reaches: str = NOTHING
    method: str = "GET"
    target: str = "/"
    authority: str = "a"
    body: str = ""
    # Names of fields and trailers that must not reach the upstream.
    dropped: tuple[str, ...] = ()
    # The connection takes no request behind it.
    closes: bool = False


def head(lines: str = "", line: str = "GET / HTTP/1.1", host: str = "Host: a\r\n") -> str:
    return f"{line}\r\n{host}X-Case: {NUMBER}\r\n{lines}\r\n"


def post(lines: str, body: str = "") -> str:
    return head(lines, "POST / HTTP/1.1") + body


OBFUSCATIONS = [
    "Transfer-Encoding: xchunked",
    "Transfer-Encoding: chunkedx",
    "Transfer-Encoding: chunk",
    "Transfer-Encoding: cow",
    "Transfer-Encoding : chunked",
    "Transfer-Encoding\t: chunked",
    "Transfer-Encoding:\x0bchunked",
    "Transfer-Encoding:\x0cchunked",
    "Transfer-Encoding: \x00chunked",
    "Transfer-Encoding: \x85chunked",
    "Transfer-Encoding: \xa0chunked",
    "Transfer-Encoding: chunked\x7f",
    "Transfer-Encoding: 'chunked'",
    'Transfer-Encoding: "chunked"',
    "Transfer-Encoding: chunked;",
    "Transfer-Encoding: chunked;a=b",
    "Transfer-Encoding: chunked,",
    "Transfer-Encoding: ,chunked",
    "Transfer-Encoding: chunked cow",
    "Transfer-Encoding: cow chunked",
    "Transfer-Encoding: chunked, cow",
    "Transfer-Encoding: cow, chunked",
    "Transfer-Encoding: identity",
    "Transfer-Encoding: ",
    "Transfer-Encoding:",
    "Transfer-Encoding",
    "Transfer-Encoding;: chunked",
    "Transfer-Encoding:: chunked",
    "Transfer-Encoding%3a chunked",
    "Transfer Encoding: chunked",
    "Transfer-\x00Encoding: chunked",
    "Transfer-Encoding\x00: chunked",
    "\x00Transfer-Encoding: chunked",
    " Transfer-Encoding: chunked",
    "\tTransfer-Encoding: chunked",
    "X: a\r\n Transfer-Encoding: chunked",
    "X: a\nTransfer-Encoding: chunked",
    "X: a\rTransfer-Encoding: chunked",
    "Transfer-Encoding:\r\n chunked",
    "Transfer-Encoding\r\n : chunked",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: cow",
    "Transfer-Encoding: cow\r\nTransfer-Encoding: chunked",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding:",
    "Transfer-Encoding: chunked\r\n\tx",
    "Connection: transfer-encoding\r\nTransfer-Encoding: chunked",
]
# Names that are others: what their value says is nobody's business.
LOOKALIKES = [
    "Transfer_Encoding: chunked",
    "X-Transfer-Encoding: chunked",
    "Transfer-Encodings: chunked",
    "Transfer-Encodin: chunked",
    "Content-Encoding: chunked",
    "Content_Length: 0",
    "X-Content-Length: 0",
    "Content-Lengt: 0",
]


def lengths_and_codings() -> Iterator[Attempt]:
    body = END + SECOND
    length = f"Content-Length: {len(body)}\r\n"
    for line in OBFUSCATIONS:
        yield Attempt(f"{line!r}", post(line + "\r\n", body))
        yield Attempt(f"{line!r}, then a length", post(f"{line}\r\n{length}", body))
        yield Attempt(f"a length, then {line!r}", post(f"{length}{line}\r\n", body))
    for line in LOOKALIKES:
        for lines in (f"{line}\r\n{length}", f"{length}{line}\r\n"):
            yield Attempt(f"{lines!r}", post(lines, body), ONE, method="POST", body=body)
    for line in ["Transfer-Encoding:\tchunked", "tRANSFER-eNCODING: cHUNKED \t"]:
        yield Attempt(f"{line!r} alone", post(line + "\r\n", END), ONE, method="POST")
        yield Attempt(f"{line!r} and a length", post(f"{line}\r\nContent-Length: 3\r\n", END))
    for value in ["5 ", "\t5"]:
        yield Attempt(
            f"length {value!r}",
            post(f"Content-Length:{value}\r\n", "hello"),
            ONE,
            method="POST",
            body="hello",
        )
    yield Attempt("length 05", post("Content-Length: 05\r\n", "hello"), ANY, "POST", body="hello")
    for line in ["Content-Length: 5\r\nContent-Length: 5", "Content-Length: 5, 5"]:
        yield Attempt(f"{line!r}", post(line + "\r\n", "hello"), ANY, "POST", body="hello")
    for name in ["content-length", "Content-length", "CONTENT-LENGTH"]:
        lines = f"{name}: 3\r\nContent-Length: 5\r\n"
        yield Attempt(f"{name} of another case and length", post(lines, "hello"))


def bodies() -> Iterator[Attempt]:
    """Bodies where few expect them, which hold requests: all of them are bodies."""
    for method in ["GET", "HEAD", "DELETE", "OPTIONS", "PUT", "PATCH", "FOO", "get", "TRACE"]:
        line = f"{method} / HTTP/1.1"
        reaches = ANY if method == "TRACE" else ONE
        yield Attempt(
            f"{method} with a length",
            head(f"Content-Length: {len(SECOND)}\r\n", line) + SECOND,
            reaches,
            method=method,
            body=SECOND,
        )
        yield Attempt(
            f"{method} with chunks",
            head(CHUNKED, line) + f"{len(SECOND):x}\r\n{SECOND}\r\n{END}",
            reaches,
            method=method,
            body=SECOND,
        )
    yield Attempt("length 0", head("Content-Length: 0\r\n"), ONE)
    yield Attempt("chunks of nothing", head(CHUNKED) + END, ONE)
    for chunks in [
        "5\r\nhello\r\n0\r\n\r\n",
        "0005\r\nhello\r\n000\r\n\r\n",
        "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
        "5;a\r\nhello\r\n0;b\r\n\r\n",
        '5;a=b;c="d;\\""\r\nhello\r\n0\r\n\r\n',
    ]:
        yield Attempt(f"chunks {chunks!r}", post(CHUNKED, chunks), ONE, "POST", body="hello")
    for chunks in ["5;\r\nhello\r\n", "5 ;a\r\nhello\r\n", "00000000000000005\r\nhello\r\n"]:
        yield Attempt(f"chunks {chunks!r}", post(CHUNKED, chunks + END), ANY, "POST", body="hello")
    for chunks in [
        f"{2**64 + 5:x}\r\nhello\r\n",
        "5\r\nhello\r\n0\r\n\n",
        "5\r\nhello\r\n0\n\r\n",
        "5\r\nhello\r\n0\r\r\n\r\n",
        "5\r\nhello\r\n-0\r\n\r\n",
        "5\r\nhello\r\n0 \r\n\r\n",
        "5\r\nhello\r\n0\r\nGET /smuggled HTTP/1.1\r\n\r\n",
        "5\r\nhelloGET /smuggled HTTP/1.1\r\n\r\n0\r\n\r\n",
        '5;a="\nhello\r\n0\r\n\r\n',
        '5;a="\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"\r\nhello\r\n0\r\n\r\n',
        "5;a\r\r\nhello\r\n0\r\n\r\n",
        "5;a\x00\r\nhello\r\n0\r\n\r\n",
        "5,6\r\nhello\r\n0\r\n\r\n",
        "5\x0b\r\nhello\r\n0\r\n\r\n",
        "\xb5\r\nhello\r\n0\r\n\r\n",
    ]:
        yield Attempt(f"chunks {chunks!r}", post(CHUNKED, chunks), closes=True)


def trailers() -> Iterator[Attempt]:
    for line in [
        "Content-Length: 40",
        "Transfer-Encoding: chunked",
        "Host: other",
        "Connection: close",
        "TE: trailers",
        "Trailer: x",
        "Authorization: Basic eA==",
        "Cookie: a=1",
        "X-Forwarded-For: 192.0.2.1",
        "X-Forwarded-Client-Cert: Hash=forged",
        "Content-Encoding: gzip",
        "Max-Forwards: 0",
    ]:
        yield Attempt(
            f"trailer {line}",
            post(CHUNKED, f"5\r\nhello\r\n0\r\n{line}\r\n\r\n"),
            ONE,
            method="POST",
            body="hello",
            dropped=("trailer:" + line.split(":")[0].lower(),),
        )
    for line in ["X : 1", "X", " X: 1", ": 1", "X: a\0b", "X: a\rb", "X: a\nHost: b", "X\xe9: 1"]:
        yield Attempt(
            f"trailer {line!r}", post(CHUNKED, f"5\r\nhello\r\n0\r\n{line}\r\n\r\n"), closes=True
        )


def connection() -> Iterator[Attempt]:
    for option in [
        "content-length",
        "transfer-encoding",
        "host",
        "cookie",
        "authorization",
        "x-forwarded-for",
        "x-forwarded-proto",
        "x-forwarded-client-cert",
        "x-request-id",
        "expect",
        "x y",
        "close;",
        "\x00",
    ]:
        yield Attempt(f"connection: {option!r}", head(f"Connection: {option}\r\n"))
        lines = f"Connection: keep-alive, {option}\r\n"
        yield Attempt(f"connection: keep-alive, {option!r}", head(lines))
    for lines, names in [
        ("Connection: x-a\r\nX-A: 1\r\n", ("x-a", "connection")),
        ("Connection: ,,x-a ,\r\nX-A: 1\r\n", ("x-a", "connection")),
        ("X-A: 1\r\nConnection: keep-alive\r\nConnection: X-A\r\n", ("x-a", "connection")),
        ("Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n", ("keep-alive", "connection")),
        ("Proxy-Connection: keep-alive\r\n", ("proxy-connection",)),
        ("Connection: te\r\nTE: trailers, gzip\r\n", ()),
        ("Upgrade: h2c\r\n", ("upgrade",)),
        ("Connection: upgrade\r\n", ("connection",)),
    ]:
        yield Attempt(f"{lines!r}", head(lines), ONE, dropped=names)
    yield Attempt("closes", head("Connection: close\r\n"), ONE, closes=True)
    yield Attempt("closes and keeps", head("Connection: keep-alive, close\r\n"), ONE, closes=True)


def upgrades() -> Iterator[Attempt]:
    h2c = (
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
        "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n"
    )
    dropped = ("upgrade", "connection", "http2-settings")
    yield Attempt("an upgrade to h2c", head(h2c), ONE, dropped=dropped)
    yield Attempt(
        "an upgrade to h2c without its settings named",
        head(h2c.replace(", HTTP2-Settings", "")),
        ONE,
        dropped=dropped[:2],
    )
    yield Attempt(
        "an upgrade to h2c with a body",
        post(h2c + "Content-Length: 5\r\n", "hello"),
        ONE,
        method="POST",
        body="hello",
        dropped=dropped,
    )
    yield Attempt(
        "an upgrade to h2c and the preface behind it",
        head(h2c) + "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        ONE,
        dropped=dropped,
        closes=True,
    )
    for token in ["websocket", "h2", "h2c, websocket", "TLS/1.0", "HTTP/2.0", "x y", ""]:
        text = head(f"Connection: upgrade\r\nUpgrade: {token}\r\n")
        yield Attempt(f"an upgrade to {token!r}", text, ONE, dropped=dropped)
    yield Attempt("an upgrade to VT", head("Connection: upgrade\r\nUpgrade: \x0bwebsocket\r\n"))
    for line in ["CONNECT a:80 HTTP/1.1", "CONNECT / HTTP/1.1", "CONNECT http://a/ HTTP/1.1"]:
        yield Attempt(line, head("", line))
        yield Attempt(f"{line} with a length", head("Content-Length: 5\r\n", line) + "hello")
        yield Attempt(f"{line} with chunks", head(CHUNKED, line) + END)
    yield Attempt("the preface of HTTP/2, in part", "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n")
    yield Attempt("PRI in HTTP/1.1", head("", "PRI * HTTP/1.1"))
    yield Attempt("PRI with a path", head("", "PRI / HTTP/1.1"), ANY, method="PRI")


def targets() -> Iterator[Attempt]:
    for target, authority, path in [
        ("http://b/c", "b", "/c"),
        ("HTTP://b:81/c?d", "b:81", "/c?d"),
        ("https://b/c", "b", "/c"),
        ("http://b", "b", "/"),
        ("http://b?c", "b", "/?c"),
        ("http://[::1]:80/c", "[::1]:80", "/c"),
    ]:
        text = head("", f"GET {target} HTTP/1.1")
        yield Attempt(f"target {target}", text, ONE, target=path, authority=authority)
        text = head("", f"GET {target} HTTP/1.1", host="")
        yield Attempt(f"target {target} without a host", text)
    for target in ["/", "//b/c", "/?", "/a?b?c", "/a//b", "/;a", "/a:b@c", "/%00", "/%0d%0aX:%201"]:
        yield Attempt(f"target {target!r}", head("", f"GET {target} HTTP/1.1"), ONE, target=target)
    for target in [
        "/../a",
        "/a/./b",
        "/%2e%2e/a",
        "/a\\b",
        "/a|b",
        "/a{b}",
        '/a"b',
        "/<a>",
        "/%zz",
    ]:
        yield Attempt(f"target {target!r}", head("", f"GET {target} HTTP/1.1"), ANY, target="")
    for target in [
        "a",
        "?a",
        "a:80",
        "*",
        "http:/b/",
        "http:///c",
        "http://",
        "http://b c/",
        "http://b\\c/",
        "http://u@b/",
        "http://u:p@b/c",
        "http://b:x/",
        "http://b/c#d",
        "//b c",
        "ftp://b/c",
        "file:///c",
        "javascript:a",
        "http://b,c/",
        "http://b%0d%0aX:1/",
        "/a\tb",
        "/a\x0bb",
        "/a\x7fb",
        "/a\xe9",
    ]:
        yield Attempt(f"target {target!r}", head("", f"GET {target} HTTP/1.1"))
    yield Attempt("a request behind a request line", head("", "GET / HTTP/1.1 GET / HTTP/1.1"))


def hosts() -> Iterator[Attempt]:
    for host in ["a:80", "A", "127.0.0.1", "[::1]", "[::1]:80", "a.b-c", "a."]:
        text = head("", host=f"Host: {host}\r\n")
        yield Attempt(f"host {host!r}", text, ONE, authority=host)
    for host in [
        "Host: a\r\nHost: a\r\n",
        "Host: a\r\nhost: b\r\n",
        "Host: a\r\nHost:\r\n",
        "Host: a, b\r\n",
        "Host: a b\r\n",
        "Host: a/b\r\n",
        "Host: a?b\r\n",
        "Host: a#b\r\n",
        "Host: u@a\r\n",
        "Host: a:80:81\r\n",
        "Host: a:b\r\n",
        "Host: :80\r\n",
        "Host: [::1\r\n",
        "Host: http://a\r\n",
        "Host: a\\b\r\n",
        "Host: a\x00\r\n",
        "Host: a\r\n b\r\n",
        "Host : a\r\n",
        "Host\t: a\r\n",
        " Host: a\r\n",
        "X: 1\r\n Host: a\r\n",
        "Host: a\x0b\r\n",
        "Host: \xe9\r\n",
        "",
    ]:
        yield Attempt(f"host line {host!r}", head("", host=host))
    yield Attempt("an empty host", head("", host="Host:\r\n"), ANY, authority="")
    for line in [
        "X-Host: b",
        "X-Forwarded-Host: b",
        "Forwarded: host=b",
        "X-Original-URL: /b",
    ]:
        yield Attempt(line, head(line + "\r\n"), ONE)


def versions_and_lines() -> Iterator[Attempt]:
    yield Attempt("HTTP/1.0", head("", "GET / HTTP/1.0"), ONE, closes=True)
    yield Attempt("HTTP/1.0 that keeps", head("Connection: keep-alive\r\n", "GET / HTTP/1.0"), ONE)
    yield Attempt(
        "HTTP/1.0 with a length",
        head("Content-Length: 5\r\n", "POST / HTTP/1.0") + "hello",
        ONE,
        method="POST",
        body="hello",
        closes=True,
    )
    yield Attempt("HTTP/1.0 with chunks", head(CHUNKED, "POST / HTTP/1.0") + END)
    yield Attempt("HTTP/1.0 with two hosts", head("Host: b\r\n", "GET / HTTP/1.0"))
    for line in ["GET / HTTP/1.2", "GET / HTTP/1.9"]:
        yield Attempt(line, head("", line), ANY)
    for version in ["HTTP/3", "HTTP/1", "HTTP/01.1", "HTTP/1.1\t", "HTTPS/1.1"]:
        yield Attempt(f"version {version!r}", head("", f"GET / {version}"))
    yield Attempt("an empty line in front", "\r\n" + head(), ONE)
    yield Attempt("LF in front", "\n" + head(), ANY)
    yield Attempt("empty lines in front", "\r\n" * 3 + head(), ANY)
    yield Attempt("a space in front", " " + head())
    yield Attempt("NUL in front", "\0" + head())
    yield Attempt("a byte order mark in front", "\xef\xbb\xbf" + head())
    yield Attempt(
        "continues without being told to",
        post("Expect: 100-continue\r\nContent-Length: 5\r\n", "hello"),
        ONE,
        method="POST",
        body="hello",
    )
    for value in ["100-continue, x", "x", "200-ok", "100-continue\r\nExpect: x"]:
        lines = f"Expect: {value}\r\nContent-Length: 5\r\n"
        yield Attempt(f"expects {value!r}", post(lines, "hello"), closes=True)
    yield Attempt("expects for nothing", head("Expect: 100-continue\r\n"), ANY)


def identity() -> Iterator[Attempt]:
    """What only the proxy may say of a client."""
    for name in ["X-Forwarded-Client-Cert", "x-forwarded-client-cert", "X-FORWARDED-CLIENT-CERT"]:
        lines = f"{name}: Hash=forged\r\n"
        dropped = ("x-forwarded-client-cert",)
        yield Attempt(f"{name} from a client", head(lines), ONE, dropped=dropped)
        yield Attempt(f"{name} twice", head(lines * 2), ONE, dropped=dropped)


ATTEMPTS = [
    *lengths_and_codings(),
    *bodies(),
    *trailers(),
    *connection(),
    *upgrades(),
    *targets(),
    *hosts(),
    *versions_and_lines(),
    *identity(),
]
