"""Upstreams that keep every request they get and say what is wrong with it.

They are stricter than a server need be: what they take without a fault, every reader takes for the
same one request (RFC 9110, RFC 9112, RFC 9113).
"""

import dataclasses
import re
import threading

from h2_frames import Kind, Setting, data, headers, window_update
from h2_wire import H2Wire
from upstreams import ScriptedUpstream
from wire import Wire

TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
TARGET = re.compile(rb"/[!-\"$-~]*|\*|https?://[!-\"$-.0-~]+[!-\"$-~]*")
AUTHORITY = re.compile(rb"([\w.~!$&'()*+;=%-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]*)?")
VALUE = re.compile(rb"([!-~\x80-\xff]([\t -~\x80-\xff]*[!-~\x80-\xff])?)?")
CONNECTION_SPECIFIC = {
    b"connection",
    b"keep-alive",
    b"proxy-connection",
    b"transfer-encoding",
    b"upgrade",
}
# What must not come in trailers (RFC 9110, 6.5.1), as far as it concerns framing or routing.
NOT_IN_TRAILERS = {b"content-length", b"transfer-encoding", b"host", b"te", b"trailer"}

Fields = list[tuple[bytes, bytes]]


@dataclasses.dataclass
class Record:
    method: bytes
    target: bytes
    authority: bytes
    fields: Fields
    body: bytes = b""
    trailers: Fields = dataclasses.field(default_factory=list)
    faults: list[str] = dataclasses.field(default_factory=list)

    def all(self, name: bytes) -> list[bytes]:
        return [value for key, value in self.fields if key == name]

    def check(self) -> "Record":
        """Finds what is wrong whatever the protocol."""
        if not TOKEN.fullmatch(self.method):
            self.faults.append(f"method {self.method!r}")
        if not TARGET.fullmatch(self.target):
            self.faults.append(f"target {self.target!r}")
        if not AUTHORITY.fullmatch(self.authority):
            self.faults.append(f"authority {self.authority!r}")
        for name, value in self.fields + self.trailers:
            if not TOKEN.fullmatch(name) or not VALUE.fullmatch(value):
                self.faults.append(f"field {name!r}: {value!r}")
        for name in {name for name, _ in self.trailers} & NOT_IN_TRAILERS:
            self.faults.append(f"trailer {name!r}")
        lengths = self.all(b"content-length")
        if len(lengths) > 1 or any(not re.fullmatch(rb"[0-9]{1,18}", length) for length in lengths):
            self.faults.append(f"content-length {lengths}")
        return self


class Malformed(Exception):
    pass


class Bytes:
    """Takes requests out of what an HTTP/1.1 connection brings; IndexError: more must come."""

    def __init__(self, octets: bytes):
        self.octets = octets
        self.at = 0

    def take(self, count: int) -> bytes:
        if self.at + count > len(self.octets):
            raise IndexError
        self.at += count
        return self.octets[self.at - count : self.at]

    def line(self) -> bytes:
        end = self.octets.find(b"\n", self.at)
        if end < 0:
            raise IndexError
        line = self.take(end + 1 - self.at)
        if not line.endswith(b"\r\n") or b"\r" in line[:-2]:
            raise Malformed(f"line {line!r}")
        return line[:-2]

    def field_lines(self) -> Fields:
        fields = []
        while line := self.line():
            name, colon, value = line.partition(b":")
            if not colon or not TOKEN.fullmatch(name):
                raise Malformed(f"field line {line!r}")
            fields.append((name.lower(), value.strip(b" \t")))
        return fields

    def chunks(self) -> bytes:
        body = b""
        while True:
            line = self.line()
            if not re.fullmatch(rb"[0-9A-Fa-f]{1,8}", line):
                raise Malformed(f"chunk {line!r}")
            if not (size := int(line, 16)):
                return body
            body += self.take(size)
            if self.take(2) != b"\r\n":
                raise Malformed("end of chunk")

    def request(self) -> Record:
        line = self.line()
        parts = line.split(b" ")
        if len(parts) != 3 or parts[2] != b"HTTP/1.1":
            raise Malformed(f"request line {line!r}")
        record = Record(parts[0], parts[1], b"", self.field_lines())
        hosts = record.all(b"host")
        if len(hosts) != 1:
            record.faults.append(f"hosts {hosts}")
        record.authority = hosts[0] if hosts else b""
        codings, lengths = record.all(b"transfer-encoding"), record.all(b"content-length")
        if codings:
            if codings != [b"chunked"] or lengths:
                raise Malformed(f"codings {codings}, lengths {lengths}")
            record.body, record.trailers = self.chunks(), self.field_lines()
        elif lengths:
            if len(set(lengths)) > 1 or not re.fullmatch(rb"[0-9]{1,18}", lengths[0]):
                raise Malformed(f"lengths {lengths}")
            record.body = self.take(int(lengths[0]))
        return record.check()

    def response(self, method: str) -> "Response":
        """The next final response; the interim ones before it are checked, too."""
        while True:
            line = self.line()
            if not re.fullmatch(rb"HTTP/1\.1 [1-5][0-9]{2} [\t -~\x80-\xff]*", line):
                raise Malformed(f"status line {line!r}")
            response = Response(int(line[9:12]), self.field_lines())
            if response.status >= 200:
                return self.with_content(response, method).check()
            if response.check().names() & {b"content-length", b"transfer-encoding"}:
                raise Malformed(f"interim {response}")

    def with_content(self, response: "Response", method: str) -> "Response":
        codings, lengths = (
            [value for name, value in response.fields if name == wanted]
            for wanted in (b"transfer-encoding", b"content-length")
        )
        if len(codings) + len(lengths) > 1 or codings not in ([], [b"chunked"]):
            raise Malformed(f"codings {codings}, lengths {lengths}")
        if any(not re.fullmatch(rb"[0-9]{1,18}", length) for length in lengths):
            raise Malformed(f"length {lengths}")
        if method == "HEAD" or response.status in (204, 304):
            return response
        if codings:
            response.body, response.trailers = self.chunks(), self.field_lines()
        elif lengths:
            response.body = self.take(int(lengths[0]))
        else:
            raise Malformed("nothing tells where the response ends")
        return response


@dataclasses.dataclass
class Response:
    status: int
    fields: Fields
    body: bytes = b""
    trailers: Fields = dataclasses.field(default_factory=list)

    def names(self) -> set[bytes]:
        return {name for name, _ in self.fields + self.trailers}

    def check(self) -> "Response":
        """Raises when a field is not one for everybody."""
        for name, value in self.fields + self.trailers:
            if not TOKEN.fullmatch(name) or not VALUE.fullmatch(value):
                raise Malformed(f"field {name!r}: {value!r}")
        if self.names() & {b":status"} or {name for name, _ in self.trailers} & NOT_IN_TRAILERS:
            raise Malformed(f"fields {self.fields}, trailers {self.trailers}")
        return self


class Recorder(ScriptedUpstream):
    """An upstream that keeps `records` of whole requests, and what is no request in `faults`."""

    def __init__(self, port: int = 0):
        self.records: list[Record] = []
        self.recorded = threading.Condition()
        super().__init__(self._record, port)

    def _record(self, wire: Wire) -> None:
        raise NotImplementedError

    def _keep(self, record: Record) -> None:
        with self.recorded:
            self.records.append(record)
            self.recorded.notify_all()


class H1Recorder(Recorder):
    def _record(self, wire: Wire) -> None:
        used = 0
        while True:
            octets = Bytes(bytes(wire.received[used:]))
            try:
                record = octets.request()
            except IndexError:
                if not wire._more():
                    return
                continue
            used += octets.at
            self._keep(record)
            body = b"" if record.method == b"HEAD" else b"recorded"
            wire.send(b"HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\n" + body)


class H2Recorder(Recorder):
    def _record(self, wire: Wire) -> None:
        h2 = H2Wire(wire.socket).accept()
        if h2.peer_settings.get(Setting.ENABLE_PUSH) != 0:
            self.faults.append(Malformed(f"pushes are allowed: {h2.peer_settings}"))
        open_streams: dict[int, Record] = {}
        for frame in h2.frames:
            self._take(h2, open_streams, frame)
        while True:
            self._take(h2, open_streams, h2.read_frame())

    def _take(self, h2: H2Wire, open_streams: dict[int, Record], frame) -> None:
        if frame.kind == Kind.RST_STREAM:
            open_streams.pop(frame.stream, None)
        if frame.kind == Kind.DATA:
            if frame.stream in open_streams:
                open_streams[frame.stream].body += frame.content
            if frame.payload:
                h2.send(window_update(0, len(frame.payload)))
        if frame.kind == Kind.HEADERS:
            fields = [(n.encode("latin-1"), v.encode("latin-1")) for n, v in frame.fields]
            if frame.stream in open_streams:
                open_streams[frame.stream].trailers = fields
            else:
                open_streams[frame.stream] = request_of(fields)
        if frame.ends_stream and (record := open_streams.pop(frame.stream, None)):
            self._keep(check_http2(record))
            fields = [(":status", "200"), ("content-length", "2")]
            h2.send(headers(frame.stream, fields, end=record.method == b"HEAD"))
            h2.send(data(frame.stream, b"ok") if record.method != b"HEAD" else b"")


def request_of(fields: Fields) -> Record:
    """A request from its fields; what is wrong with its pseudo-header fields is a fault."""
    faults = []
    pseudo = [name for name, _ in fields if name.startswith(b":")]
    if pseudo != [name for name, _ in fields[: len(pseudo)]]:
        faults.append("pseudo-header fields after others")
    if len(set(pseudo)) < len(pseudo):
        faults.append(f"pseudo-header fields {pseudo}")
    allowed = {b":method", b":scheme", b":path"}
    if not allowed <= set(pseudo) or not set(pseudo) <= allowed | {b":authority"}:
        faults.append(f"pseudo-header fields {pseudo}")
    values = dict(reversed(fields[: len(pseudo)]))
    rest = fields[len(pseudo) :]
    hosts = [value for name, value in rest if name == b"host"]
    authority = values.get(b":authority") or (hosts[0] if hosts else b"")
    if set(hosts) - {authority} or len(hosts) > 1:
        faults.append(f"hosts {hosts}, authority {authority!r}")
    if values.get(b":scheme") not in (b"http", b"https"):
        faults.append(f"scheme {values.get(b':scheme')!r}")
    path, method = values.get(b":path", b""), values.get(b":method", b"")
    return Record(method, path, authority, rest, faults=faults)


def check_http2(record: Record) -> Record:
    """What is wrong with a whole request over HTTP/2."""
    for name, value in record.fields + record.trailers:
        if name in CONNECTION_SPECIFIC or (name == b"te" and value != b"trailers"):
            record.faults.append(f"connection-specific {name!r}: {value!r}")
        if name != name.lower():
            record.faults.append(f"upper case {name!r}")
    if any(name.startswith(b":") for name, _ in record.trailers):
        record.faults.append("pseudo-header field in trailers")
    record.check()
    lengths = record.all(b"content-length")
    if not record.faults and lengths and int(lengths[0]) != len(record.body):
        record.faults.append(f"content-length {lengths[0]!r}, {len(record.body)} bytes")
    return record
