"""What an endpoint may answer over HTTP/1.1, right and wrong, and what the client may have of it.

They follow RFC 9110, RFC 9112 and what is known of response splitting and desynchronization.
"""

import dataclasses
from collections.abc import Iterator

# What the client gets: the response as it is; a failure that the proxy tells of, or an end that
# cannot be taken for a whole response; or either of these.
WHOLE, FAILURE, EITHER = "the response", "a failure", "the response or a failure"
# How the endpoint goes on behind its octets: it waits for more requests, or its connection ends.
WAITS, ENDS, BREAKS = "waits", "ends", "breaks"
# A word that no client may see anywhere.
SMUGGLED = b"smuggled"
SECOND = "HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nsmuggled"


@dataclasses.dataclass(frozen=True)
class Answer:
    """An answer to a request; `late` follows when the client has the response."""

    name: str
    octets: bytes
    outcome: str = FAILURE
    status: int = 200
    body: bytes = b""
    method: str = "GET"
    then: str = WAITS
    late: bytes = b""
    # Names of fields, or of trailers, that the client must not see.
    dropped: tuple[str, ...] = ()
    has_trailers: bool = False


def answer(name: str, text: str, outcome: str = FAILURE, **more) -> Answer:
    return Answer(name, text.encode("latin-1"), outcome, **more)


def ok(lines: str = "", body: str = "", line: str = "HTTP/1.1 200 OK") -> str:
    return f"{line}\r\n{lines}\r\n{body}"


def status_lines() -> Iterator[Answer]:
    for line in [
        "HTTP/1.1  200 OK",
        "HTTP/1.1\t200 OK",
        "HTTP/1.1 200\tOK",
        "HTTP/1.1200 OK",
        "HTTP/1.1 200OK",
        "HTTP/1.1 20 OK",
        "HTTP/1.1 2000 OK",
        "HTTP/1.1 600 OK",
        "HTTP/1.1 099 OK",
        "HTTP/1.1 000 OK",
        "HTTP/1.1 -20 OK",
        "HTTP/1.1 +20 OK",
        "HTTP/1.1 0x2 OK",
        "HTTP/1.1 2 0 OK",
        "HTTP/1.1 OK",
        "HTTP/1.1",
        "HTTP/2 200",
        "HTTP/2.0 200 OK",
        "HTTP/0.9 200 OK",
        "HTTP/1.10 200 OK",
        "HTTP/11 200 OK",
        "HTTP/1,1 200 OK",
        "HTTPS/1.1 200 OK",
        "http/1.1 200 OK",
        "HTTP /1.1 200 OK",
        "ICY 200 OK",
        "200 OK",
        " HTTP/1.1 200 OK",
        "HTTP/1.1 200 O\0K",
        "HTTP/1.1 200 O\rK",
        "HTTP/1.1 200 O\x07K",
        "GET / HTTP/1.1",
        "<html>",
        "\x15\x03\x03\x00\x02\x02\x46",
        "\x00\x00\x00\x04\x00\x00\x00\x00\x00",
        "\r\n",
    ]:
        yield answer(f"line {line!r}", ok("content-length: 8\r\n", "smuggled", line))
    yield answer("an empty line in front", "\r\n" + ok("content-length: 2\r\n", "ok"), EITHER)
    for line in ["HTTP/1.1 200", "HTTP/1.1 200 ", "HTTP/1.1 200 \xe9t\xe9", "HTTP/1.1 200 a  b"]:
        text = ok("content-length: 2\r\n", "ok", line)
        yield answer(f"line {line!r}", text, WHOLE, body=b"ok")
    yield answer(
        "HTTP/1.2", ok("content-length: 2\r\n", "ok", "HTTP/1.2 200 OK"), EITHER, body=b"ok"
    )
    yield answer(
        "HTTP/1.0", ok("content-length: 2\r\n", "ok", "HTTP/1.0 200 OK"), WHOLE, body=b"ok"
    )
    for status in [200, 203, 206, 226, 299, 300, 301, 400, 404, 418, 451, 500, 503, 599]:
        text = ok("content-length: 2\r\n", "ok", f"HTTP/1.1 {status} x")
        yield answer(f"status {status}", text, WHOLE, status=status, body=b"ok")


def line_ends() -> Iterator[Answer]:
    head = "content-length: 8\r\n"
    yield answer("LF for every CRLF", f"HTTP/1.1 200 OK\n{head[:-2]}\n\nsmuggled")
    yield answer("LF behind the status line", f"HTTP/1.1 200 OK\n{head}\r\nsmuggled")
    yield answer("LF behind a field", f"HTTP/1.1 200 OK\r\n{head[:-2]}\n\r\nsmuggled")
    yield answer("LF as the empty line", f"HTTP/1.1 200 OK\r\n{head}\nsmuggled")
    yield answer("CR for every CRLF", f"HTTP/1.1 200 OK\r{head[:-2]}\r\rsmuggled")
    yield answer("CR CR LF", f"HTTP/1.1 200 OK\r\n{head[:-2]}\r\r\n\r\nsmuggled")


def fields() -> Iterator[Answer]:
    for line in [
        "x : 1",
        "x\t: 1",
        "x y: 1",
        ": 1",
        ":status: 404",
        "x",
        "x: 1\r\n 2",
        "x: 1\r\n\t2",
        " x: 1",
        "\tx: 1",
        "x: a\0b",
        "x: a\x07b",
        "x: a\x7fb",
        "x: a\rb",
        "x: a\nb",
        "x: a\r content-length: 0",
        "x\xe9: 1",
        "x\0: 1",
        "x(y): 1",
        'x"y": 1',
        "x/y: 1",
        "x\x0b: 1",
        "HTTP/1.1 200 OK",
        "content-length : 8",
        "content-length\r\n : 8",
        "transfer-encoding : chunked",
        "transfer-encoding\t: chunked",
        "x: 1\rtransfer-encoding: chunked",
        "x: 1\ntransfer-encoding: chunked",
    ]:
        yield answer(f"field {line!r}", ok(f"{line}\r\ncontent-length: 8\r\n", "smuggled"))
    yield answer(
        "101 fields", ok("".join(f"x-{n}: 1\r\n" for n in range(201)) + "content-length: 8\r\n")
    )
    yield answer("a field without end", ok("x: " + "x" * 100_000 + "\r\n"))
    yield answer("a name without end", ok("x" * 100_000 + ": 1\r\n"))
    yield answer("a status line without end", "HTTP/1.1 200 " + "x" * 100_000 + "\r\n\r\n")
    for line in ["x:1", "x:\t1\t", "x:", "x:   ", "x: \xe9", 'x: "a, b"', "x: a: b", "!#$%&'*+: 1"]:
        text = ok(f"{line}\r\ncontent-length: 2\r\n", "ok")
        yield answer(f"field {line!r}", text, WHOLE, body=b"ok")


LENGTHS = ["+8", "-8", "0x8", "8 8", "8, 8", "8,9", "8;", "8.0", "1e1", "eight", "", "8\x0b"]
LENGTHS += ["9" * 30, "18446744073709551624", "9223372036854775816", "\xb2", "08x", '"8"']


def lengths() -> Iterator[Answer]:
    for length in LENGTHS:
        yield answer(f"length {length!r}", ok(f"content-length: {length}\r\n", "smuggled"))
    for pair in [("8", "9"), ("9", "8"), ("0", "8"), ("8", "8"), ("8", "x")]:
        lines = "".join(f"content-length: {length}\r\n" for length in pair)
        yield answer(f"lengths {pair}", ok(lines, "smuggled"))
    yield answer("length 002", ok("content-length: 002\r\n", "ok"), EITHER, body=b"ok")
    yield answer("length 0", ok("content-length: 0\r\n"), WHOLE)
    chunks = "8\r\nsmuggled\r\n0\r\n\r\n"
    for length in ["0", "8", "23"]:
        both = [f"content-length: {length}\r\n", "transfer-encoding: chunked\r\n"]
        yield answer(f"length {length}, then chunks", ok("".join(both), chunks))
        yield answer(f"chunks, then length {length}", ok("".join(reversed(both)), chunks))
        yield answer(
            f"length {length} and a coding",
            ok(both[0] + "transfer-encoding: identity\r\n", "smuggled"),
        )


CODINGS = ["xchunked", "chunkedx", "chunk", "chunked, identity", "identity, chunked", "gzip"]
CODINGS += ["chunked, chunked", "gzip, chunked", "identity", "", '"chunked"', "chunked;q=1"]
CODINGS += ["\x0bchunked", "chunked\0", "chunked,", ",chunked", "chunked chunked", "\x85chunked"]
CODINGS += ["\xa0chunked", "'chunked'", "cow", "\r\n chunked", "chunked\r\ntransfer-encoding: x"]
CODINGS += ["x\r\ntransfer-encoding: chunked", "chunked\r\ntransfer-encoding: chunked"]


def codings() -> Iterator[Answer]:
    chunks = "8\r\nsmuggled\r\n0\r\n\r\n"
    for coding in CODINGS:
        yield answer(f"coding {coding!r}", ok(f"transfer-encoding: {coding}\r\n", chunks))
    yield answer(
        "chunks in HTTP/1.0",
        ok("transfer-encoding: chunked\r\n", chunks, "HTTP/1.0 200 OK"),
    )
    whole = "2\r\nok\r\n0\r\n\r\n"
    for line in [
        "transfer-encoding: chunked",
        "Transfer-Encoding: CHUNKED",
        "tRANSFER-eNCODING:\tchunked \t",
    ]:
        yield answer(f"{line!r}", ok(line + "\r\n", whole), WHOLE, body=b"ok")
    for line in ["transfer_encoding: chunked", "x-transfer-encoding: chunked"]:
        text = ok(f"{line}\r\ncontent-length: 2\r\n", "ok")
        yield answer(f"{line!r}", text, WHOLE, body=b"ok")


def chunks() -> Iterator[Answer]:
    for body in [
        "8\nsmuggled\r\n0\r\n\r\n",
        "8\rsmuggled\r\n0\r\n\r\n",
        "8\r\nsmuggled\n0\r\n\r\n",
        "8\r\nsmuggled0\r\n\r\n",
        "8\r\nsmuggledXX0\r\n\r\n",
        "7\r\nsmuggled\r\n0\r\n\r\n",
        "-8\r\nsmuggled\r\n0\r\n\r\n",
        "+8\r\nsmuggled\r\n0\r\n\r\n",
        "0x8\r\nsmuggled\r\n0\r\n\r\n",
        " 8\r\nsmuggled\r\n0\r\n\r\n",
        "8 \r\nsmuggled\r\n0\r\n\r\n",
        "8\t\r\nsmuggled\r\n0\r\n\r\n",
        "\r\nsmuggled\r\n0\r\n\r\n",
        "g\r\nsmuggled\r\n0\r\n\r\n",
        "8_0\r\nsmuggled\r\n0\r\n\r\n",
        "10000000000000008\r\nsmuggled\r\n0\r\n\r\n",
        "ffffffffffffffff\r\nsmuggled\r\n0\r\n\r\n",
        "8;\r\nsmuggled\r\n0\r\n\r\n",
        "8 ;a\r\nsmuggled\r\n0\r\n\r\n",
        "8;a\nsmuggled\r\n0\r\n\r\n",
        "8;a\rb\r\nsmuggled\r\n0\r\n\r\n",
        '8;a="\r\nsmuggled\r\n0\r\n\r\n',
        "8;a=\0\r\nsmuggled\r\n0\r\n\r\n",
        "8;" + "a" * 20_000 + "\r\nsmuggled\r\n0\r\n\r\n",
        "0\r\nX y: 1\r\n\r\n",
        "0\r\n X: 1\r\n\r\n",
        "0\r\nX: 1\n\r\n",
        "0\r\nX: a\0b\r\n\r\n",
        "0\r\nX\r\n\r\n",
        "0\r\n" + "".join(f"x-{n}: 1\r\n" for n in range(201)) + "\r\n",
        "0\r\nx: " + "x" * 100_000 + "\r\n\r\n",
    ]:
        yield answer(f"chunks {body[:40]!r}", ok("transfer-encoding: chunked\r\n", body))
    for body in [
        "1;a\r\no\r\n1;b=c\r\nk\r\n0;d\r\n\r\n",
        '2;a="b;c \\" \t"\r\nok\r\n0\r\n\r\n',
        "0002\r\nok\r\n0000\r\n\r\n",
    ]:
        text = ok("transfer-encoding: chunked\r\n", body)
        yield answer(f"chunks {body!r}", text, WHOLE, body=b"ok")
    # What must not come as trailers is dropped.
    for line in [
        "content-length: 8",
        "transfer-encoding: chunked",
        "connection: close",
        "host: other",
        "trailer: x",
        "content-encoding: gzip",
    ]:
        text = ok("transfer-encoding: chunked\r\n", f"2\r\nok\r\n0\r\n{line}\r\n\r\n")
        name = line.split(":")[0]
        yield answer(
            f"trailer {line!r}", text, WHOLE, body=b"ok", dropped=(name,), has_trailers=True
        )


def without_content() -> Iterator[Answer]:
    for status in ["204 No Content", "304 Not Modified"]:
        line, code = f"HTTP/1.1 {status}", int(status[:3])
        yield answer(f"{code}", ok("", "", line), WHOLE, status=code)
        yield answer(f"{code} with a body", ok("", "smuggled", line), WHOLE, status=code)
        yield answer(f"{code} with a response", ok("", SECOND, line), WHOLE, status=code)
        for lines, body in [
            ("content-length: 8\r\n", "smuggled"),
            ("content-length: 8\r\n", ""),
            ("transfer-encoding: chunked\r\n", "8\r\nsmuggled\r\n0\r\n\r\n"),
            ("transfer-encoding: chunked\r\n", "0\r\n\r\n"),
        ]:
            outcome = FAILURE if code == 204 else WHOLE
            name = f"{code} with {lines[:-2]} and {len(body)} bytes"
            yield answer(name, ok(lines, body, line), outcome, status=code)
    text = ok("content-length: 2\r\n", "ok", "HTTP/1.1 205 x")
    yield answer("205 with content", text, EITHER, status=205, body=b"ok")
    for lines, body in [
        ("content-length: 8\r\n", ""),
        ("content-length: 8\r\n", "smuggled"),
        ("content-length: 0\r\n", SECOND),
        ("transfer-encoding: chunked\r\n", ""),
        ("transfer-encoding: chunked\r\n", "8\r\nsmuggled\r\n0\r\n\r\n"),
        ("", ""),
        ("", "smuggled"),
        ("", SECOND),
    ]:
        name = f"HEAD with {lines[:-2] or 'nothing'} and {body[:8]!r}"
        yield answer(name, ok(lines, body), WHOLE, method="HEAD")


def splitting() -> Iterator[Answer]:
    for name, text in [
        ("a length", ok("content-length: 2\r\n", "ok")),
        ("chunks", ok("transfer-encoding: chunked\r\n", "2\r\nok\r\n0\r\n\r\n")),
        ("no content", ok("content-length: 0\r\n")),
    ]:
        body = b"" if name == "no content" else b"ok"
        for what, more in [("a response", SECOND), ("bytes", "smuggled"), ("CRLF", "\r\n")]:
            yield answer(f"{what} behind {name}", text + more, WHOLE, body=body)
            late = Answer(
                f"{what} late behind {name}",
                text.encode(),
                WHOLE,
                body=body,
                late=more.encode(),
            )
            yield late
    text = ok("connection: close\r\ncontent-length: 2\r\n", "ok" + SECOND)
    yield answer("bytes behind close", text, WHOLE, body=b"ok")
    yield answer("two responses", ok("content-length: 0\r\n") + SECOND, WHOLE)


def interim() -> Iterator[Answer]:
    final = ok("content-length: 2\r\n", "ok")
    for status in [100, 102, 103, 199]:
        text = f"HTTP/1.1 {status} x\r\nx-a: 1\r\n\r\n"
        yield answer(f"{status} and then 200", text + final, WHOLE, body=b"ok")
        yield answer(f"{status} alone", text, FAILURE, then=ENDS)
        for line in ["content-length: 8", "transfer-encoding: chunked", "x : 1", "x: a\0b"]:
            yield answer(f"{status} with {line!r}", text[:-2] + f"{line}\r\n\r\n" + final)
    yield answer("103 ten times", "HTTP/1.1 103 x\r\n\r\n" * 10 + final, WHOLE, body=b"ok")
    yield answer("100 without end", "HTTP/1.1 100 x\r\n\r\n" * 20_000 + final)
    for name, lines in [
        ("", ""),
        (" to h2c", "connection: upgrade\r\nupgrade: h2c\r\n"),
        (" to websocket", "connection: upgrade\r\nupgrade: websocket\r\n"),
        (" to TLS", "connection: upgrade\r\nupgrade: TLS/1.0\r\n"),
    ]:
        head = f"HTTP/1.1 101 Switching Protocols\r\n{lines}\r\n"
        yield answer(f"101{name} that nobody asked for", head + "smuggled")
        yield answer(f"101{name} and then 200", head + final)
        yield answer(f"100 and then 101{name}", "HTTP/1.1 100 x\r\n\r\n" + head + final)


def endings() -> Iterator[Answer]:
    for text in [
        "H",
        "HTTP/1.1 200",
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 8\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nsmuggle",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nx: 1\r\n",
    ]:
        for then in (ENDS, BREAKS):
            yield answer(f"{text[-40:]!r} {then}", text, FAILURE, then=then)
    yield answer("nothing", "", FAILURE, then=ENDS)
    yield answer("nothing, broken off", "", FAILURE, then=BREAKS)
    for line in ["HTTP/1.1 200 OK", "HTTP/1.0 200 OK"]:
        yield answer(f"{line} until the end", ok("", "ok", line), WHOLE, body=b"ok", then=ENDS)
        yield answer(f"{line} until it breaks", ok("", "ok", line), FAILURE, then=BREAKS)
        yield answer(f"{line} with nothing", ok("", "", line), WHOLE, then=ENDS)
    body = SECOND.replace("smuggled", "anything")
    text = ok("connection: close\r\n", body)
    yield answer("all there is until the end", text, WHOLE, then=ENDS, body=body.encode())


def connection() -> Iterator[Answer]:
    for option in [
        "content-length",
        "transfer-encoding",
        "host",
        "set-cookie",
        "location",
        "x y",
        "x;",
    ]:
        text = ok(f"connection: {option}\r\nset-cookie: a=1\r\ncontent-length: 2\r\n", "ok")
        yield answer(f"connection: {option}", text, EITHER, body=b"ok")
    for lines, names in [
        ("connection: x-a\r\nx-a: 1\r\n", ("x-a", "connection")),
        ("connection: close, x-a\r\nx-a: 1\r\n", ("x-a",)),
        ("connection: keep-alive\r\nkeep-alive: timeout=5\r\n", ("keep-alive",)),
        ("proxy-connection: keep-alive\r\n", ("proxy-connection",)),
        ("connection: upgrade\r\nupgrade: h2c\r\n", ("upgrade",)),
        ("upgrade: websocket\r\n", ("upgrade",)),
        ("te: trailers\r\n", ("te",)),
    ]:
        text = ok(f"{lines}content-length: 2\r\n", "ok")
        yield answer(f"{lines!r}", text, WHOLE, body=b"ok", dropped=names)


ANSWERS = [
    *status_lines(),
    *line_ends(),
    *fields(),
    *lengths(),
    *codings(),
    *chunks(),
    *without_content(),
    *splitting(),
    *interim(),
    *endings(),
    *connection(),
]
