"""What a peer may do about frames it was sent, and whether it did.

Errors are judged as the public conformance tools judge them: a connection that is closed counts as
an error that was seen, whatever was said before. `Verdict.exact` tells more: an error was said in a
frame, with a code that the RFC names.
"""

import dataclasses
import time
from collections.abc import Callable

from h2_frames import Code, Kind
from h2_wire import Frame, H2Wire, Silence, code_name


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What is accepted: one of the frames that `frame` picks; a closed connection when `closed`.

    `other` picks frames that decide the opposite.
    """

    name: str
    frame: Callable[[Frame], bool] = lambda frame: False
    closed: bool = False
    other: Callable[[Frame], bool] = lambda frame: False


@dataclasses.dataclass
class Verdict:
    passed: bool
    exact: bool
    seen: list[str]

    def __str__(self) -> str:
        return ("passed" if self.passed else "failed") + ": " + ("; ".join(self.seen) or "nothing")


def judge(wire: H2Wire, outcome: Outcome, seconds: float) -> Verdict:
    """Reads until the outcome is certain, for that many seconds at most."""
    seen: list[str] = []
    limit = time.monotonic() + seconds
    try:
        while True:
            frame = wire.read_frame(limit - time.monotonic())
            seen.append(str(frame))
            if outcome.other(frame):
                return Verdict(False, False, seen)
            if outcome.frame(frame):
                return Verdict(True, True, seen)
    except EOFError:
        return Verdict(outcome.closed, outcome.closed and not is_error(outcome), [*seen, "closed"])
    except Silence:
        return Verdict(False, False, [*seen, f"silence for {seconds} s"])


def is_error(outcome: Outcome) -> bool:
    """Whether a closed connection is less than was to be said."""
    return outcome.name.startswith(("GOAWAY", "RST_STREAM"))


def is_goaway(codes) -> Callable[[Frame], bool]:
    return lambda frame: frame.kind == Kind.GOAWAY and frame.code in codes


def is_reset(codes) -> Callable[[Frame], bool]:
    return lambda frame: frame.kind == Kind.RST_STREAM and frame.code in codes


def names(codes) -> str:
    return " or ".join(map(code_name, codes))


def connection_error(*codes: int) -> Outcome:
    """A connection error with one of the codes (RFC 9113, 5.4.1)."""
    return Outcome(f"GOAWAY {names(codes)}", is_goaway(codes), closed=True)


def stream_error(*codes: int) -> Outcome:
    """A stream error with one of the codes, or the connection error that it may be taken for."""
    goaway, reset = is_goaway(codes), is_reset(codes)
    return Outcome(
        f"RST_STREAM {names(codes)}", lambda frame: goaway(frame) or reset(frame), closed=True
    )


def only_goaway(*codes: int) -> Outcome:
    """GOAWAY with one of the codes; a connection closed without it is not enough."""
    return Outcome(f"GOAWAY {names(codes)}, said", is_goaway(codes))


def only_reset(*codes: int) -> Outcome:
    """RST_STREAM with one of the codes; nothing else is enough."""
    return Outcome(
        f"RST_STREAM {names(codes)}, said",
        is_reset(codes),
        other=lambda frame: frame.kind == Kind.RST_STREAM and frame.code not in codes,
    )


CLOSED = Outcome("the connection is closed", closed=True)


def said_or_not(error: Outcome) -> Outcome:
    """A connection error that need not be said, as with a preface that is none (RFC 9113, 3.4)."""
    return dataclasses.replace(error, name=f"the connection is closed, or {error.name}")


def is_answer(ping: bytes) -> Callable[[Frame], bool]:
    return lambda frame: frame.kind == Kind.PING and frame.is_ack and frame.payload == ping


def is_error_frame(frame: Frame) -> bool:
    return frame.kind == Kind.RST_STREAM or (frame.kind == Kind.GOAWAY and frame.code != 0)


def is_error_of(frame: Frame, stream: int) -> bool:
    return is_error_frame(frame) and frame.stream in (0, stream)


def pong(ping: bytes = b"\0" * 8) -> Outcome:
    """The PING is answered, and no error is said before."""
    return Outcome("PING is answered", is_answer(ping), other=is_error_frame)


def pong_or_closed(ping: bytes = b"\0" * 8) -> Outcome:
    """The PING is answered, or the connection closed."""
    return Outcome("PING is answered or the connection closed", is_answer(ping), closed=True)


def response(stream: int = 1, status: int = 200) -> Outcome:
    """The first frame of a response with that status; no error is said before."""
    return Outcome(
        f"response {status} on {stream}",
        lambda frame: frame.stream == stream and frame.status == status,
        other=lambda frame: (
            is_error_of(frame, stream)
            or (frame.stream == stream and frame.status not in (None, status))
        ),
    )


SETTINGS_ACKED = Outcome(
    "SETTINGS are acknowledged",
    lambda frame: frame.kind == Kind.SETTINGS and frame.is_ack,
    other=is_error_frame,
)
SETTINGS_FIRST = Outcome(
    "SETTINGS come first",
    lambda frame: frame.kind == Kind.SETTINGS and not frame.is_ack,
    other=lambda frame: frame.kind != Kind.SETTINGS or frame.is_ack,
)


def first_data(length: int) -> Outcome:
    """The first DATA is of that many bytes."""
    return Outcome(
        f"DATA of {length} bytes",
        lambda frame: frame.kind == Kind.DATA and len(frame.payload) == length,
        other=lambda frame: (
            is_error_frame(frame) or (frame.kind == Kind.DATA and len(frame.payload) != length)
        ),
    )


SOME_DATA = Outcome("DATA", lambda frame: frame.kind == Kind.DATA, other=is_error_frame)

# Several of the errors in the tables.
PROTOCOL = connection_error(Code.PROTOCOL_ERROR)
FRAME_SIZE = connection_error(Code.FRAME_SIZE_ERROR)
COMPRESSION = connection_error(Code.COMPRESSION_ERROR)
FLOW_CONTROL = connection_error(Code.FLOW_CONTROL_ERROR)
MALFORMED = stream_error(Code.PROTOCOL_ERROR)
STREAM_CLOSED = stream_error(Code.STREAM_CLOSED)
# RFC 9113, 8.1.1 allows a response before the stream is reset, or in its place: of a body that is
# announced as larger than any may be, 413 says more than the reset does.
TOO_LARGE = dataclasses.replace(
    MALFORMED,
    name="RST_STREAM PROTOCOL_ERROR or 413",
    frame=lambda frame: MALFORMED.frame(frame) or frame.status == 413,
)
# As above, in general.
REFUSED = dataclasses.replace(
    MALFORMED,
    name="RST_STREAM PROTOCOL_ERROR or 400",
    frame=lambda frame: MALFORMED.frame(frame) or frame.status == 400,
)
