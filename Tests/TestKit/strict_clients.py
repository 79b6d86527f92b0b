"""Clients that take a response only when every reader takes it for the same one response.

What is none raises Malformed (RFC 9110, RFC 9112, RFC 9113).
"""

import contextlib

from h2_frames import DEFAULT_FRAME_SIZE, DEFAULT_WINDOW, Kind, data, headers, window_update
from h2_wire import H2Wire, Silence
from polling import PATIENCE
from recorders import CONNECTION_SPECIFIC, Bytes, Malformed, Response
from wire import Wire


class H1Client:
    """Takes responses of HTTP/1.1, and nothing that two readers could take for different ones."""

    # Every response so far was whole, so that nothing may follow.
    is_whole = True

    def __init__(self, wire: Wire):
        self.wire = wire
        self.used = 0

    def ask(self, method: str, path: str) -> Response | None:
        """The response; none when the connection ends before it does."""
        with contextlib.suppress(OSError):
            self.wire.get(path, "te: trailers", method=method)
            while True:
                octets = Bytes(bytes(self.wire.received[self.used :]))
                with contextlib.suppress(IndexError):
                    response = octets.response(method)
                    self.used += octets.at
                    return response
                if not self.wire._more():
                    break
        # Of what begins a response nothing may be another one.
        self.is_whole = len(self.wire.received) == self.used
        return None

    @property
    def everything(self) -> bytes:
        return bytes(self.wire.received)

    def rest(self) -> bytes:
        """What comes behind all responses."""
        with contextlib.suppress(OSError):
            self.wire.finish_sending()
            self.wire.read_rest()
        return bytes(self.wire.received[self.used :])

    def close(self) -> None:
        self.wire.close()


class H2Client:
    """Takes responses of HTTP/2, each on a stream of its own."""

    is_whole = True

    def __init__(self, wire: H2Wire, seconds: float = PATIENCE):
        self.seconds = seconds
        self.wire = wire.begin(seconds=seconds)
        self.stream = -1
        self.everything = b""

    def ask(self, method: str, path: str, body=None, fields=()) -> Response | None:
        """The response; none when its stream breaks off. `body` is called for the request's."""
        self.stream += 2
        head = [(":method", method), (":scheme", "http"), (":authority", "test"), (":path", path)]
        ends = body is None
        self.wire.send(headers(self.stream, [*head, ("te", "trailers"), *fields], end=ends))
        if body is not None:
            self._send(body())
        response: Response | None = None
        try:
            while True:
                frame = self.wire.read_frame(self.seconds)
                if frame.kind == Kind.GOAWAY and frame.code:
                    raise Malformed(str(frame))
                if frame.kind == Kind.RST_STREAM and frame.stream == self.stream:
                    return None
                if frame.kind not in (Kind.HEADERS, Kind.DATA):
                    continue
                if frame.stream != self.stream:
                    raise Malformed(f"{frame} for {self.stream}")
                response = self._take(frame, response)
                if frame.ends_stream:
                    return self._check(response, method)
        except (EOFError, Silence):
            return None

    def _send(self, body: bytes) -> None:
        """As much of the body as goes without a window that is opened."""
        first = body[:DEFAULT_WINDOW]
        for at in range(0, len(first), DEFAULT_FRAME_SIZE):
            self.wire.send(data(self.stream, first[at : at + DEFAULT_FRAME_SIZE], end=False))
        if first == body:
            self.wire.send(data(self.stream, b""))

    def _take(self, frame, response: Response | None) -> Response | None:
        self.everything += frame.content
        if frame.kind == Kind.DATA:
            if response is None:
                raise Malformed("DATA before the response")
            response.body += frame.content
            if frame.payload:
                self.wire.send(window_update(0, len(frame.payload)))
            return response
        fields = [(n.encode("latin-1"), v.encode("latin-1")) for n, v in frame.fields]
        if response is not None:
            response.trailers = fields
            return response
        pseudo = [name for name, _ in fields if name.startswith(b":")]
        if pseudo != [b":status"] or fields[0][0] != b":status":
            raise Malformed(f"pseudo-header fields {pseudo}")
        found = Response(frame.status or 0, fields[1:])
        return None if found.status < 200 else found

    @staticmethod
    def _check(response: Response | None, method: str) -> Response:
        if response is None:
            raise Malformed("the end before the response")
        names = response.check().names()
        if names & CONNECTION_SPECIFIC or any(name != name.lower() for name in names):
            raise Malformed(f"fields {response.fields}")
        lengths = [int(value) for name, value in response.fields if name == b"content-length"]
        has_body = method != "HEAD" and response.status not in (204, 304)
        if has_body and lengths not in ([], [len(response.body)]):
            raise Malformed(f"lengths {lengths} of {len(response.body)} bytes")
        if not has_body and response.body:
            raise Malformed(f"a body of {len(response.body)} bytes")
        return response

    def rest(self) -> bytes:
        return b""

    def close(self) -> None:
        self.wire.close()
