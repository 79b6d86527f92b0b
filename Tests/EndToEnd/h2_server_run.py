"""Runs conformance cases against any HTTP/2 server that listens in cleartext."""

import time

import h2_frame_cases
import h2_generic_cases
import h2_message_cases
from h2_cases import Case
from h2_outcomes import Verdict, judge
from h2_wire import H2Wire, Silence

CASES = h2_generic_cases.CASES + h2_frame_cases.CASES + h2_message_cases.CASES


# What is sent at once is sent in one write, in a write for each frame, or with a pause between
# these, so that what one frame brings about comes before the next: no timing excuses a server.
TOGETHER, APART, SLOWLY = "together", "apart", "slowly"
PAUSE = 0.01


def run(
    case: Case, port: int, seconds: float, host: str = "127.0.0.1", timing: str = TOGETHER
) -> Verdict:
    """What the server did; waits for that many seconds at most for each of its answers."""
    with H2Wire.to(port, host) as wire:
        try:
            if case.handshake:
                wire.begin(seconds=seconds)
            for step in case.steps:
                octets = step(wire) if callable(step) else step
                send(wire, octets or b"", timing if case.handshake else TOGETHER)
        except (Silence, EOFError) as fault:
            return Verdict(False, False, [*map(str, wire.frames), f"before the end: {fault!r}"])
        return judge(wire, case.outcome, seconds)


def send(wire: H2Wire, octets: bytes, timing: str) -> None:
    while octets:
        length = len(octets) if timing == TOGETHER else 9 + int.from_bytes(octets[:3], "big")
        wire.send(octets[:length])
        octets = octets[length:]
        if timing == SLOWLY and octets:
            time.sleep(PAUSE)
