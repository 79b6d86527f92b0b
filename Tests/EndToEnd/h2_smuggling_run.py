"""Sends every attempt at smuggling through a proxy, and tells what was wrong with its result."""

import collections
import re
from concurrent.futures import ThreadPoolExecutor

from h2_cases import request
from h2_frames import Kind, headers
from h2_smuggling_cases import ANY, ATTEMPTS, CASE, NOTHING, ONE, Attempt
from h2_wire import H2Wire, Silence
from polling import PATIENCE, eventually
from recorders import Recorder

LAST = b"last"


def run(
    connect, upstream: Recorder, seconds: float = PATIENCE, numbers: range = range(len(ATTEMPTS))
) -> dict[int, list[str]]:
    """The faults by the attempt's number; -1: of what reached the upstream from nowhere.

    `connect` gives a connection to the proxy.
    """
    faults: dict[int, list[str]] = collections.defaultdict(list)
    with ThreadPoolExecutor(4) as pool:
        found = pool.map(lambda number: send(connect(), number, seconds), numbers)
        for number, fault in zip(numbers, found, strict=True):
            if fault:
                faults[number].append(fault)
    # What was on its way has come when this has.
    with connect() as wire:
        wire.begin().send(headers(1, request("GET", (CASE, LAST))))
        eventually(lambda: any(record.all(CASE.encode()) == [LAST] for record in upstream.records))
    for number, fault in reached(upstream, numbers):
        faults[number].append(fault)
    return faults


def send(wire: H2Wire, number: int, seconds: float) -> str | None:
    """What is wrong with what the client gets: more than one response, or nothing at all."""
    attempt = ATTEMPTS[number]
    with wire:
        try:
            wire.begin(seconds=seconds)
            wire.send(attempt.frames(number))
            while not (frame := wire.read_frame(seconds)).ends_stream:
                if frame.kind == Kind.RST_STREAM or (frame.kind == Kind.GOAWAY and frame.code):
                    break
        except EOFError:
            pass
        except Silence:
            return "no answer: " + "; ".join(map(str, wire.frames[2:]))
        statuses = [frame.status for frame in wire.frames if (frame.status or 0) >= 200]
        strange = {frame.stream for frame in wire.frames} - {0, 1}
        if len(statuses) > 1 or strange:
            return f"responses {statuses}, streams {strange}"
        if statuses == [200] and attempt.reaches == NOTHING:
            return "answered 200"
    return None


def reached(upstream: Recorder, numbers: range):
    """(number of the attempt, what is wrong with what reached the upstream of it)."""
    records = collections.defaultdict(list)
    for record in upstream.records:
        named = record.all(CASE.encode())
        if named == [LAST]:
            continue
        is_known = len(named) == 1 and re.fullmatch(rb"\d+", named[0])
        number = int(named[0]) if is_known and int(named[0]) < len(ATTEMPTS) else -1
        records[number].append(record)
        if number < 0:
            yield -1, f"reached the upstream: {record}"
    for number in numbers:
        attempt, mine = ATTEMPTS[number], records[number]
        if len(mine) > 1 or (attempt.reaches == NOTHING and mine):
            yield number, f"{len(mine)} requests reached the upstream: {mine[0]}"
        elif attempt.reaches == ONE and not mine:
            yield number, "did not reach the upstream"
        for record in mine:
            if record.faults:
                yield number, f"malformed at the upstream: {record.faults}"
            if attempt.reaches in (ONE, ANY):
                yield from ((number, fault) for fault in differences(attempt, record))
    for fault in upstream.faults:
        yield -1, f"no request at the upstream: {fault}"


def differences(attempt: Attempt, record):
    """Where a request that came through is not the one that was sent."""
    sent = {name: value for name, value in attempt.fields if name in (":method", ":path")}
    if sent.get(":method") != record.method.decode("latin-1"):
        yield f"method {record.method!r}"
    if attempt.target and attempt.target != record.target.decode("latin-1"):
        yield f"target {record.target!r}"
    if attempt.reaches == ONE and b"".join(attempt.bodies) != record.body:
        yield f"body {record.body!r}"
    if attempt.cookie and attempt.cookie.encode() != b"; ".join(record.all(b"cookie")):
        yield f"cookie {record.all(b'cookie')}"
