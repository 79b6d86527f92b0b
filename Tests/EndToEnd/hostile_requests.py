"""Requests that are malformed, or that two readers could take for different things.

None of them may reach an upstream, not even in part. They follow RFC 9112 and what is known of
request smuggling.
"""


def get(lines: str) -> str:
    return f"GET / HTTP/1.1\r\nHost: a\r\n{lines}\r\n"


def post(lines: str, body: str = "") -> str:
    return f"POST / HTTP/1.1\r\nHost: a\r\n{lines}\r\n{body}"


def line(text: str) -> str:
    return f"{text}\r\nHost: a\r\n\r\n"


LENGTHS = [
    post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello!"),
    post("Content-Length: 5, 6\r\n", "hello!"),
    post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
    post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"),
    post("Content-Length: +5\r\n", "hello"),
    post("Content-Length: -5\r\n", "hello"),
    post("Content-Length: 0x5\r\n", "hello"),
    post("Content-Length: 5 5\r\n", "hello"),
    post("Content-Length: 5;a\r\n", "hello"),
    post("Content-Length: \r\n"),
    post("Content-Length: 99999999999999999999999\r\n", "hello"),
    post("Content-Length: 1e1\r\n", "hello"),
    post("Content-Length: five\r\n", "hello"),
    post("Content-Length : 5\r\n", "hello"),
    post("Content-Length:\r\n 5\r\n", "hello"),
    post("Content-Length\r\n: 5\r\n", "hello"),
    post("Content-Length: \x0b5\r\n", "hello"),
]

CODINGS = [
    post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"),
    post("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"),
    post("Transfer-Encoding: identity, chunked\r\n", "0\r\n\r\n"),
    post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n"),
    post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
    post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n"),
    post("Transfer-Encoding: gzip\r\n", "hello"),
    post("Transfer-Encoding: identity\r\n", "hello"),
    post("Transfer-Encoding:\r\n", "0\r\n\r\n"),
    post('Transfer-Encoding: "chunked"\r\n', "0\r\n\r\n"),
    post("Transfer-Encoding: chunked;q=1\r\n", "0\r\n\r\n"),
    post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"),
    post("Transfer-Encoding: \x0bchunked\r\n", "0\r\n\r\n"),
    post("Transfer-Encoding: chunked\x00\r\n", "0\r\n\r\n"),
    post("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n"),
    "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
]

REQUEST_LINES = [
    line("GET  / HTTP/1.1"),
    line(" GET / HTTP/1.1"),
    line("GET / HTTP/1.1 "),
    line("GET\t/ HTTP/1.1"),
    line("GET /"),
    line("GET"),
    line("G(T / HTTP/1.1"),
    line("G\x00T / HTTP/1.1"),
    line("GET / HTTP/1.10"),
    line("GET / http/1.1"),
    line("GET / HTTP/2.0"),
    line("GET / HTTP/0.9"),
    line("GET / HTTP/1.1 HTTP/1.1"),
    line("GET a HTTP/1.1"),
    line("GET /a#b HTTP/1.1"),
    line("GET /a\x00b HTTP/1.1"),
    line("GET /caf\xe9 HTTP/1.1"),
    line("GET * HTTP/1.1"),
    line("GET http:// HTTP/1.1"),
    line("GET http://u@a/ HTTP/1.1"),
    line("GET ftp://a/ HTTP/1.1"),
    line("CONNECT / HTTP/1.1"),
    line("CONNECT a:443 HTTP/1.1"),
    "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
]

FIELDS = [
    get("X : 1\r\n"),
    get("X\t: 1\r\n"),
    get("X Y: 1\r\n"),
    get(": 1\r\n"),
    get("X\r\n"),
    get("X: 1\r\n 2\r\n"),
    get("X: 1\r\n\t2\r\n"),
    get("X: a\x00b\r\n"),
    get("X: a\x07b\r\n"),
    get("X: a\rb\r\n"),
    get("X\xe9: 1\r\n"),
    get("X\x00: 1\r\n"),
    get("GET / HTTP/1.1\r\n"),
    "GET / HTTP/1.1\r\n Host: a\r\n\r\n",
]

LINE_ENDS = [
    "GET / HTTP/1.1\nHost: a\n\n",
    "GET / HTTP/1.1\r\nHost: a\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\n\n",
    "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n",
    "GET / HTTP/1.1\rHost: a\r\r",
    get("X: 1\nTransfer-Encoding: chunked\r\n"),
    get("X: 1\rTransfer-Encoding: chunked\r\n"),
]

HOSTS = [
    "GET / HTTP/1.1\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a,b\r\n\r\n",
    "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n",
]

HEADS = LENGTHS + CODINGS + REQUEST_LINES + FIELDS + LINE_ENDS + HOSTS

# Bodies whose head is fine: their head may go upstream, but never as a whole request.
CHUNKED_BODIES = [
    "5\nhello\r\n0\r\n\r\n",
    "5\r\nhello\n0\r\n\r\n",
    "5\r\nhello0\r\n\r\n",
    "5\r\nhelloXX0\r\n\r\n",
    "-5\r\nhello\r\n0\r\n\r\n",
    "+5\r\nhello\r\n0\r\n\r\n",
    "0x5\r\nhello\r\n0\r\n\r\n",
    " 5\r\nhello\r\n0\r\n\r\n",
    "5 \r\nhello\r\n0\r\n\r\n",
    "\r\nhello\r\n0\r\n\r\n",
    "g\r\nhello\r\n0\r\n\r\n",
    "ffffffffffffffff1\r\nhello\r\n0\r\n\r\n",
    "5;a=\x00\r\nhello\r\n0\r\n\r\n",
    "5;a\nb\r\nhello\r\n0\r\n\r\n",
    "5\r\nhello\r\n0\r\nX y: 1\r\n\r\n",
    "5\r\nhello\r\n0\r\n X: 1\r\n\r\n",
    "5\r\nhello\r\n0\r\nX: 1\n\r\n",
]
