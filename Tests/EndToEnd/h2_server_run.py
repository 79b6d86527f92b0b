"""Runs conformance cases against any HTTP/2 server that listens in cleartext."""

import h2_frame_cases
import h2_generic_cases
import h2_message_cases
from h2_cases import Case
from h2_outcomes import Verdict, judge
from h2_wire import H2Wire, Silence

CASES = h2_generic_cases.CASES + h2_frame_cases.CASES + h2_message_cases.CASES


def run(case: Case, port: int, seconds: float, host: str = "127.0.0.1") -> Verdict:
    """What the server did; waits for that many seconds at most for each of its answers."""
    with H2Wire.to(port, host) as wire:
        try:
            if case.handshake:
                wire.begin(seconds=seconds)
            for step in case.steps:
                octets = step(wire) if callable(step) else step
                if octets:
                    wire.send(octets)
        except (Silence, EOFError) as fault:
            return Verdict(False, False, [*map(str, wire.frames), f"before the end: {fault!r}"])
        return judge(wire, case.outcome, seconds)
