"""Runs conformance cases against any HTTP/2 client that a request to its front sets going."""

import contextlib
import dataclasses
import re
import socket
import threading

import h2_client_cases
import h2_client_message_cases
from h2_client_cases import ANY, ASKED, AT_ONCE, ERROR, OK, ClientCase, response
from h2_frames import SETTINGS_ACK, Kind, data, headers
from h2_outcomes import Verdict, judge
from h2_wire import H2Wire, Silence
from recorders import Malformed
from strict_clients import H2Client
from wire import Wire

CASES = [*h2_client_cases.CASES, *h2_client_message_cases.CASES]


@dataclasses.dataclass
class Result:
    """What the client did to the server, and what its own client had of it."""

    verdict: Verdict
    front: str
    expected_front: str

    @property
    def front_passed(self) -> bool:
        kind = OK if self.front == "200" else ERROR if re.match("5|cut", self.front) else "wrong"
        return kind == self.expected_front or (self.expected_front == ANY and kind != "wrong")

    def __str__(self) -> str:
        return f"{self.verdict}; its client got {self.front}, wants {self.expected_front}"


class CaseServer:
    """Does what the case says on every connection; `verdict` is that of the first."""

    def __init__(self, case: ClientCase, seconds: float, port: int = 0):
        self.case = case
        self.seconds = seconds
        self.verdict: Verdict | None = None
        self.judged = threading.Event()
        self.may_ask_more = threading.Event()
        self.may_close = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", port))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                wire = H2Wire(self.listener.accept()[0])
                threading.Thread(target=self._serve, args=(wire,), daemon=True).start()

    def _serve(self, wire: H2Wire) -> None:
        try:
            verdict = self._play(wire)
        except (Silence, EOFError, AssertionError) as fault:
            seen = [*map(str, wire.frames), f"before the end: {fault!r}"]
            verdict = Verdict(False, False, seen)
        if not self.judged.is_set():
            self.verdict = verdict
            self.judged.set()
        with wire:
            if self.case.front == OK:
                self.may_close.wait(self.seconds)

    def _play(self, wire: H2Wire) -> Verdict:
        case, stream = self.case, 1
        if case.when == AT_ONCE:
            wire.read_preface(self.seconds)
            wire.read_until(lambda frame: frame.kind == Kind.SETTINGS, self.seconds)
        else:
            wire.accept(seconds=self.seconds)
        if case.when == ASKED:
            stream = wire.read_head(self.seconds).stream
        octets = case.sends(stream)
        wire.send(octets + (SETTINGS_ACK if case.when == AT_ONCE else b""))
        if case.when == AT_ONCE and case.body:
            wire.read_until(
                lambda frame: frame.kind == Kind.SETTINGS and frame.is_ack, self.seconds
            )
        self.may_ask_more.set()
        verdict = judge(wire, case.outcome, self.seconds)
        if verdict.passed and case.front == OK:
            self._answer(wire, octets)
        return verdict

    def _answer(self, wire: H2Wire, sent: bytes) -> None:
        """Answers the request, unless what was sent did."""
        stream = wire.read_head(self.seconds).stream
        if headers_on(stream, sent):
            return
        wire.send(headers(stream, response(), end=False) + data(stream))

    def close(self) -> None:
        self.may_close.set()
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def headers_on(stream: int, octets: bytes) -> bool:
    """Whether a HEADERS frame on the stream is among the frames."""
    while octets:
        length, kind = int.from_bytes(octets[:3], "big"), octets[3]
        if kind == Kind.HEADERS and int.from_bytes(octets[5:9], "big") == stream:
            return True
        octets = octets[9 + length :]
    return False


def ask(port: int, path: str, server: CaseServer, seconds: float) -> str:
    """What one request over HTTP/1.1 gets: a status, or "cut" for an end before the end.

    A body is sent once the server has done what it does.
    """
    body = server.case.body
    with Wire.to(port) as wire:
        wire.socket.settimeout(seconds)
        length = f"content-length: {len(body)}\r\n" if body else ""
        method = "POST" if body else "GET"
        head = f"{method} {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n{length}\r\n"
        with contextlib.suppress(OSError):
            wire.send(head)
            if body and server.may_ask_more.wait(seconds):
                wire.send(body)
        try:
            answer = wire.read_response()
            rest = wire.read_rest()
        except (EOFError, ConnectionResetError):
            return "cut"
        except TimeoutError:
            return "nothing"
        return f"{answer.status} and {rest[:60]!r}" if rest else str(answer.status)


def ask_over_http2(port: int, path: str, server: CaseServer, seconds: float) -> str:
    """As `ask`, over HTTP/2."""
    body = server.case.body

    def begin() -> bytes:
        server.may_ask_more.wait(seconds)
        return body

    with H2Wire.to(port) as wire:
        client = H2Client(wire, seconds)
        try:
            response = client.ask("POST" if body else "GET", path, begin if body else None)
        except Malformed as fault:
            return f"malformed: {fault}"
        return "cut" if response is None else str(response.status)


def run(
    case: ClientCase, server: CaseServer, front: int, path: str, seconds: float, asks=ask
) -> Result:
    """Asks the client's front for a path that leads to the case's server."""
    got = asks(front, path, server, 2 * seconds + 1)
    server.judged.wait(2 * seconds + 1)
    server.may_close.set()
    missing = Verdict(False, False, ["no connection"])
    return Result(server.verdict or missing, got, case.front)
