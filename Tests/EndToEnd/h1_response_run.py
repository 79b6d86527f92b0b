"""Gives every answer to a client through a proxy, and tells what was wrong with what came of it."""

import contextlib
import threading

from h1_response_cases import ANSWERS, BREAKS, EITHER, ENDS, FAILURE, SMUGGLED, WHOLE, Answer
from polling import PATIENCE
from recorders import Malformed, Response
from strict_clients import H1Client
from upstreams import ScriptedUpstream
from wire import Wire

# What is asked for behind every case, on the same connection where that stands.
AFTER = b"after"
NEXT = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nafter"
# Statuses that tell of an endpoint's failure.
FAILED = (502, 503, 504)


class AnsweringUpstream(ScriptedUpstream):
    """Answers /NUMBER/ as the case says, and every other request as one should."""

    def __init__(self):
        self.has_answer = [threading.Event() for _ in ANSWERS]
        self.is_let_go = [threading.Event() for _ in ANSWERS]
        super().__init__(self._answer)

    def _answer(self, wire: Wire) -> None:
        while True:
            _, number, rest = wire.read_request().target.split("/")
            if rest:
                wire.send(NEXT)
                continue
            case = ANSWERS[int(number)]
            wire.send(case.octets)
            if case.then == BREAKS:
                return wire.reset()
            if case.then == ENDS:
                return self._end(wire)
            if case.late:
                self._say_more(wire, case, int(number))

    @staticmethod
    def _end(wire: Wire) -> None:
        with contextlib.suppress(OSError, AttributeError):
            # Of TLS, whose end is more than that of its connection.
            wire.socket.unwrap()
        with contextlib.suppress(OSError):
            wire.finish_sending()
            wire.read_rest()

    def _say_more(self, wire: Wire, case: Answer, number: int) -> None:
        """What an idle connection says means that it is let go."""
        assert self.has_answer[number].wait(PATIENCE)
        wire.send(case.late)
        with contextlib.suppress(OSError):
            if wire.read_rest():
                return
        self.is_let_go[number].set()


def check(number: int, upstream: AnsweringUpstream, connect) -> list[str]:
    """What is wrong with what the client gets of a case, and of the request behind it."""
    case = ANSWERS[number]
    client = connect()
    try:
        response = client.ask(case.method, f"/{number}/")
        faults = [*judge(case, response)]
        upstream.has_answer[number].set()
        if case.late and not upstream.is_let_go[number].wait(PATIENCE):
            faults.append("the connection that said more was kept")
        after = client.ask("GET", f"/{number}/after")
        if after is None and isinstance(client, H1Client):
            faults += leaks(client)
            client.close()
            client = connect()
            after = client.ask("GET", f"/{number}/after")
        if after is None or (after.status, after.body) != (200, AFTER):
            faults.append(f"behind it {after}")
        return [*faults, *leaks(client)]
    except Malformed as fault:
        return [f"malformed at the client: {fault}"]
    finally:
        client.close()


def leaks(client):
    rest = client.rest()
    if rest and client.is_whole:
        yield f"more came: {rest[:80]!r}"
    if SMUGGLED in client.everything:
        yield "what was smuggled came"


def judge(case: Answer, response: Response | None):
    has_failed = response is None or (response.status in FAILED and response.body != case.body)
    if has_failed:
        if case.outcome == WHOLE:
            yield f"failed: {response}"
        return
    if case.outcome == FAILURE:
        yield f"came through: {response}"
    assert case.outcome in (WHOLE, EITHER, FAILURE)
    if (response.status, response.body) != (case.status, case.body):
        yield f"came otherwise: {response}"
    found = response.trailers if case.has_trailers else response.fields
    if seen := {name for name, _ in found} & {name.encode() for name in case.dropped}:
        yield f"fields {seen}"
