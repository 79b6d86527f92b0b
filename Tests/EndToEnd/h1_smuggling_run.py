"""Sends every attempt over HTTP/1.1 through a proxy, and tells what was wrong with its result."""

import collections
import contextlib
from concurrent.futures import ThreadPoolExecutor

from h1_smuggling_cases import ATTEMPTS, NUMBER, Attempt
from h2_smuggling_cases import ANY, CASE, NOTHING, ONE
from polling import eventually
from recorders import Bytes, Malformed, Record, Recorder
from wire import Wire

# Within which an answer comes, on a slow machine under a sanitizer too.
SECONDS = 10
# What follows each attempt on its connection, and what comes last of all.
BEHIND, LAST = "behind-", "last"
FOLLOWING = "GET /behind HTTP/1.1\r\nHost: a\r\nX-Case: {}\r\n\r\n"


def run(connect, upstream: Recorder, numbers: range) -> list[str]:
    """What is wrong; `connect` gives a connection to the proxy."""
    with ThreadPoolExecutor(8) as pool:
        found = pool.map(lambda number: [*faults_at_client(connect, number)], numbers)
        faults = [
            f"{ATTEMPTS[number].name}: {fault}"
            for number, each in zip(numbers, found, strict=True)
            for fault in each
        ]
    with connect() as wire:
        # What was on its way has come when this has.
        wire.send(FOLLOWING.format(LAST))
        eventually(lambda: any(case_of(record) == LAST for record in upstream.records))
    records = collections.defaultdict(list)
    for record in upstream.records:
        records[case_of(record)].append(record)
    records.pop(LAST)
    for number in numbers:
        mine, behind = records.pop(str(number), []), records.pop(f"{BEHIND}{number}", [])
        wrong = faults_at_upstream(ATTEMPTS[number], mine, behind)
        faults += [f"{ATTEMPTS[number].name}: {fault}" for fault in wrong]
    faults += [f"from nowhere: {each}" for each in records.values()]
    return faults + [f"no request at the upstream: {fault!r}" for fault in upstream.faults]


def case_of(record: Record) -> str:
    return b",".join(record.all(CASE.encode())).decode("latin-1")


def faults_at_client(connect, number: int):
    """What is wrong with what the client gets."""
    attempt = ATTEMPTS[number]
    text = attempt.text.replace(NUMBER, str(number)) + FOLLOWING.format(f"{BEHIND}{number}")
    with connect() as wire:
        wire.socket.settimeout(SECONDS)
        with contextlib.suppress(OSError):
            wire.send(text)
        try:
            responses = [*responses_on(wire, [attempt.method, "GET"])]
        except Malformed as fault:
            yield f"malformed at the client: {fault}"
            return
    statuses = [response.status for response in responses]
    refused = len(statuses) == 1 and 400 <= statuses[0] < 600
    served = statuses == ([200] if attempt.closes else [200, 200])
    allowed = {NOTHING: refused, ONE: served, ANY: refused or served}[attempt.reaches]
    # What begins well and goes wrong behind it may be answered first.
    if not allowed and not (attempt.closes and attempt.reaches == ONE and statuses[:1] == [200]):
        yield f"answered {statuses}"


def responses_on(wire: Wire, methods: list[str]):
    """Whole responses up to the connection's end, or until all is answered."""
    used = 0
    for method in methods:
        while True:
            octets = Bytes(bytes(wire.received[used:]))
            with contextlib.suppress(IndexError):
                yield octets.response(method)
                used += octets.at
                break
            try:
                has_more = wire._more()
            except ConnectionResetError:
                has_more = False
            except TimeoutError:
                raise Malformed(f"silence behind {bytes(wire.received)!r}") from None
            if not has_more:
                if octets.octets:
                    raise Malformed(f"cut off: {octets.octets[:80]!r}")
                return


def faults_at_upstream(attempt: Attempt, mine: list[Record], behind: list[Record]):
    if len(mine) > 1 or len(behind) > 1:
        yield f"{len(mine)} and {len(behind)} requests reached the upstream"
    if attempt.reaches == NOTHING and (mine or behind):
        yield f"reached the upstream: {mine + behind}"
    if attempt.reaches == ONE and not mine:
        yield "did not reach the upstream"
    if behind and not mine:
        yield "what was behind it reached the upstream without it"
    for record in mine:
        yield from differences(attempt, record)
    for record in behind:
        if record.faults or (record.target, record.body) != (b"/behind", b""):
            yield f"what was behind it came otherwise: {record}"


def differences(attempt: Attempt, record: Record):
    """Where a request that came through is not the one that was sent."""
    if record.faults:
        yield f"malformed at the upstream: {record.faults}"
    for what in ("method", "target", "authority", "body"):
        sent, found = getattr(attempt, what), getattr(record, what).decode("latin-1")
        if sent != found and not (what in ("target", "authority") and not sent):
            yield f"{what} {found!r}"
    names = {name.decode() for name, _ in record.fields}
    names |= {f"trailer:{name.decode()}" for name, _ in record.trailers}
    if seen := names & set(attempt.dropped):
        yield f"fields {seen}"
