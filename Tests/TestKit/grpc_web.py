"""A client of gRPC-Web, written from its specification: frames, texts of base64, trailers."""

import base64
import dataclasses

from h2_peer import H2Peer
from wire import Wire

TRAILERS = 0x80


def frame(message: bytes, flag: int = 0) -> bytes:
    return bytes([flag]) + len(message).to_bytes(4, "big") + message


def frames(body: bytes) -> list[tuple[int, bytes]]:
    """Flags and messages; the body holds nothing else."""
    found = []
    while body:
        count = int.from_bytes(body[1:5], "big")
        assert len(body) >= 5 + count, "the last frame is cut off"
        found.append((body[0], body[5 : 5 + count]))
        body = body[5 + count :]
    return found


def plain(text: bytes) -> bytes:
    """What texts of base64, one behind the other, stand for."""
    assert len(text) % 4 == 0, "the text ends within a group"
    groups = (text[start : start + 4] for start in range(0, len(text), 4))
    return b"".join(base64.b64decode(group, validate=True) for group in groups)


@dataclasses.dataclass
class Answer:
    status: int
    fields: dict[str, str]
    body: bytes
    is_text: bool = False

    @property
    def frames(self) -> list[tuple[int, bytes]]:
        return frames(plain(self.body) if self.is_text else self.body)

    @property
    def messages(self) -> list[bytes]:
        """Those in front of the trailers, which come last."""
        assert TRAILERS not in [flag for flag, _ in self.frames[:-1]]
        return [message for flag, message in self.frames if flag != TRAILERS]

    @property
    def trailers(self) -> dict[str, str]:
        """Where there is no message they may stand in the head."""
        ends = [message for flag, message in self.frames if flag == TRAILERS]
        if not ends:
            assert not self.frames, "no trailers behind messages"
            return self.fields
        lines = ends[0].decode().removesuffix("\r\n").split("\r\n")
        return dict(line.split(": ", 1) for line in lines)

    @property
    def outcome(self) -> tuple[str, str | None]:
        return self.trailers["grpc-status"], self.trailers.get("grpc-message")


def head(is_text: bool, **fields: str) -> dict[str, str]:
    kind = "application/grpc-web-text" if is_text else "application/grpc-web+proto"
    return {"content-type": kind, "accept": kind, **fields}


def begin(wire: Wire, path: str, fields: dict[str, str], length: int | None = None) -> None:
    """The head of a call over HTTP/1.1, its body in chunks unless its length is told."""
    framing = "transfer-encoding: chunked" if length is None else f"content-length: {length}"
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    wire.send(f"POST {path} HTTP/1.1\r\nhost: a\r\n{framing}\r\n{lines}\r\n")


def finish(wire: Wire, is_text: bool) -> Answer:
    message = wire.read_response()
    assert not message.trailers, "there are no trailers of HTTP"
    return Answer(message.status, dict(message.fields), message.body, is_text)


def call(port: int, path: str, *messages: bytes, is_text: bool = False, **fields: str) -> Answer:
    """A call over HTTP/1.1."""
    body = b"".join(frame(message) for message in messages)
    body = base64.b64encode(body) if is_text else body
    with Wire.to(port) as wire:
        begin(wire, path, head(is_text, **fields), len(body))
        wire.send(body)
        return finish(wire, is_text)


def call_over_http2(
    port: int, path: str, *messages: bytes, is_text: bool = False, **fields: str
) -> Answer:
    body = b"".join(frame(message) for message in messages)
    body = base64.b64encode(body) if is_text else body
    pseudo = {":method": "POST", ":scheme": "http", ":authority": "a", ":path": path}
    with H2Peer.to(port) as peer:
        stream = peer.ask(list((pseudo | head(is_text, **fields)).items()))
        peer.send(stream, body, ends=True)
        status = peer.status(stream)
        return Answer(status, peer.streams[stream].fields, peer.read_rest(stream), is_text)
