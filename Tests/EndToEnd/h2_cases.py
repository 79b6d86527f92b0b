"""What a conformance case is, and the requests and waits that cases share."""

import dataclasses
from collections.abc import Callable, Sequence

from h2_frames import Field, Kind, headers
from h2_outcomes import Outcome
from h2_wire import Frame, H2Wire

# Bytes to send; or what is to be done with the connection, giving bytes to send or nothing.
Step = bytes | Callable[[H2Wire], bytes | None]


@dataclasses.dataclass(frozen=True)
class Case:
    """What is sent to the peer, and what it may do then.

    `beyond` marks what the well-known public tools do not ask: mostly the rules that RFC 9113 added
    to RFC 7540, and rare sides of both.
    """

    section: str
    name: str
    steps: Sequence[Step]
    outcome: Outcome
    handshake: bool = True
    beyond: bool = False

    @property
    def title(self) -> str:
        return f"{self.section} {self.name}"


def request(method: str = "GET", *more: Field, **pseudo: str | bytes | None) -> list[Field]:
    """The fields of a request; a pseudo-header field given as None is left out."""
    values = {"method": method, "scheme": "http", "path": "/", "authority": "test", **pseudo}
    return [(f":{name}", value) for name, value in values.items() if value is not None] + [*more]


GET = request()
POST = request("POST")
# Two requests that have their answer as soon as they are read, and one whose body is awaited.
ASKED = headers(1, GET)
OPEN = headers(1, POST, end=False)


def filler(number: int, length: int = 4000) -> list[Field]:
    return [(f"x-filler-{each}", "x" * length) for each in range(number)]


def until(holds: Callable[[Frame], bool], seconds: float = 5) -> Callable[[H2Wire], None]:
    """A step that waits for a frame."""

    def step(wire: H2Wire) -> None:
        wire.read_until(holds, seconds)

    return step


def ends_the_stream(frame: Frame) -> bool:
    return frame.ends_stream or (frame.kind == Kind.RST_STREAM and frame.code == 0)


# The response is whole: the stream is closed.
ANSWERED = until(ends_the_stream)
ACKED = until(lambda frame: frame.kind == Kind.SETTINGS and frame.is_ack)
DATA_CAME = until(lambda frame: frame.kind == Kind.DATA)
