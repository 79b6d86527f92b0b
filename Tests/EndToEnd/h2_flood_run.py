"""Runs floods against any HTTP/2 server while others, who mean well, are served by it."""

import contextlib
import dataclasses
import fcntl
import itertools
import pathlib
import socket
import struct
import termios
import threading
import time

from h2_cases import GET
from h2_floods import ANSWERED, CALMED, ENDED, HELD, TAKEN, Flood
from h2_frames import DEFAULT_WINDOW, PREFACE, SETTINGS_ACK, Code, Kind, Setting, settings
from h2_wire import H2Wire, Silence, code_name
from process import SANITIZER

# Seconds after which a write that the peer does not take counts as held; a sanitizer makes it slow.
HELD_AFTER = 10.0 if SANITIZER else 2.0


@dataclasses.dataclass
class Outcome:
    """What became of a flood, and of those who were served meanwhile."""

    end: str
    said: str
    sent: int
    seconds: float
    served: int
    failed: list[str]
    slowest: float
    growth: int

    def __str__(self) -> str:
        return (
            f"{self.end} {self.said or '-'}: {self.sent} frames in {self.seconds:.1f} s; "
            f"{self.served} served, {len(self.failed)} failed, slowest {self.slowest:.2f} s; "
            f"{self.growth / 2**20:+.1f} MiB"
        )


class Attacker:
    """One connection of a flood; what comes back is read by a thread of its own."""

    def __init__(self, port: int, flood: Flood):
        self.flood = flood
        self.wire = H2Wire.to(port, receive_buffer=0 if flood.reads else 4096)
        self.ended = threading.Event()
        self.said: list[str] = []
        self.answered: set[int] = set()
        self.asked: set[int] = set()
        self.sent = 0
        self.is_held = False
        self.wire.send(
            PREFACE
            + settings(flood.settings or {Setting.INITIAL_WINDOW_SIZE: DEFAULT_WINDOW})
            + SETTINGS_ACK
        )
        if flood.reads:
            threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        with contextlib.suppress(EOFError, OSError, Silence):
            while True:
                frame = self.wire.read_frame()
                if frame.kind == Kind.GOAWAY:
                    self.said.append(code_name(frame.code))
                if frame.kind == Kind.RST_STREAM or frame.ends_stream:
                    self.answered.add(frame.stream)
                if len(self.wire.frames) > 100:
                    self.wire.frames.clear()
        self.ended.set()

    def attack(self, until: float) -> None:
        self.wire.socket.settimeout(HELD_AFTER)
        frames = self.flood.frames()
        while batch := list(itertools.islice(frames, self.flood.batch)):
            if self.ended.is_set() or time.monotonic() > until:
                return
            try:
                self.wire.socket.sendall(b"".join(batch))
            except TimeoutError:
                self.is_held = True
                return
            except OSError:
                self.ended.wait(HELD_AFTER if self.flood.reads else 0)
                self.ended.set()
                return
            self.sent += len(batch)
            if self.flood.pause:
                self.ended.wait(self.flood.pause)

    def end(self) -> str:
        """Waits for the end, as long as the flood says, and names it."""
        if self.flood.reads:
            self.ended.wait(self.flood.patience)
        if not self.flood.reads and not self.is_held and not self.ended.is_set():
            self.is_held = not self._is_read()
        if not self.flood.reads and not self.is_held:
            # Now that the flood is over, what was said to it is looked at.
            threading.Thread(target=self._read, daemon=True).start()
            self.ended.wait(self.flood.patience)
        if Code.ENHANCE_YOUR_CALM.name in self.said:
            return CALMED
        if self.ended.is_set() or any(code != Code.NO_ERROR.name for code in self.said):
            return ENDED
        return HELD if self.is_held else ANSWERED if self.answered else TAKEN

    def close(self) -> None:
        # Without it the connection stays as long as the thread that reads it waits.
        with contextlib.suppress(OSError):
            self.wire.socket.shutdown(socket.SHUT_RDWR)
        self.wire.close()

    def _is_read(self) -> bool:
        """Whether the peer has taken from the kernel all that was sent."""
        deadline = time.monotonic() + self.flood.patience
        while time.monotonic() < deadline:
            if pending(self.wire.socket) == 0:
                return True
            time.sleep(0.05)
        return False


def pending(connection: socket.socket) -> int:
    """Bytes in the kernel that the peer has not acknowledged (SIOCOUTQ)."""

    return struct.unpack("i", fcntl.ioctl(connection, termios.TIOCOUTQ, b"\0" * 4))[0]


class GoodClients:
    """Clients that ask again and again, each on a connection that it opens anew at times."""

    def __init__(self, port: int, count: int):
        self.port = port
        self.times: list[float] = []
        self.failed: list[str] = []
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self._run, daemon=True) for _ in range(count)]
        for thread in self.threads:
            thread.start()

    def _run(self) -> None:
        while not self.over.is_set():
            try:
                with H2Wire.to(self.port) as wire:
                    wire.begin(seconds=30)
                    for stream in range(1, 40, 2):
                        begun = time.monotonic()
                        status, body = wire.ask(stream, GET, seconds=30)
                        assert status == 200 and body, (status, body)
                        self.times.append(time.monotonic() - begun)
                        if self.over.wait(0.005):
                            break
            except (OSError, EOFError, Silence, AssertionError) as fault:
                self.failed.append(repr(fault))

    def finish(self) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join(timeout=60)


def resident(pid: int | None) -> int:
    if pid is None:
        return 0
    return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096


def run(flood: Flood, port: int, pid: int | None = None, others: int = 3) -> Outcome:
    good = GoodClients(port, others)
    before = peak = resident(pid)
    begun = time.monotonic()
    attackers = [Attacker(port, flood) for _ in range(flood.connections)]
    threads = [
        threading.Thread(target=each.attack, args=(begun + flood.seconds,)) for each in attackers
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():
            thread.join(timeout=0.05)
            peak = max(peak, resident(pid))
    ends = [each.end() for each in attackers]
    seconds = time.monotonic() - begun
    peak = max(peak, resident(pid))
    for each in attackers:
        each.close()
    good.finish()
    said = ",".join(sorted({code for each in attackers for code in each.said}))
    # The worst of the ends stands for all.
    order = [CALMED, ENDED, HELD, ANSWERED, TAKEN]
    return Outcome(
        max(ends, key=order.index),
        said,
        sum(each.sent for each in attackers),
        seconds,
        len(good.times),
        good.failed,
        max(good.times, default=0.0),
        peak - before,
    )
