"""Programs started by a test: their output kept, their end made sure of."""

import os
import pathlib
import re
import signal
import subprocess
import threading

import pytest
from polling import PATIENCE

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARIES = pathlib.Path(os.environ.get("MARTLET_BIN_DIR", ROOT / ".build" / "debug"))
# address or thread, set by scripts/sanitize; such a proxy uses memory in its own ways.
SANITIZER = os.environ.get("MARTLET_SANITIZER")


def binary(name: str) -> pathlib.Path:
    """An executable under test; MARTLET_BIN_DIR says where they are (default: .build/debug)."""
    path = BINARIES / name
    if SANITIZER and name != "martlet":
        pytest.skip(f"{name} is not built under a sanitizer")
    if not path.exists():
        pytest.fail(f"{path} is not there: swift build --product {name}, or set MARTLET_BIN_DIR")
    return path


def is_static(executable: pathlib.Path) -> bool:
    """Whether no dynamic loader starts it, as with release builds; it then loads no library."""
    headers = subprocess.run(
        ["readelf", "--program-headers", executable], check=True, capture_output=True, text=True
    )
    return "INTERP" not in headers.stdout


class Process:
    """A program whose output is kept, so that a test can wait for a line of it."""

    def __init__(
        self,
        *arguments: object,
        environment: dict[str, str] | None = None,
        stdout: int = subprocess.PIPE,
        max_descriptors: int | None = None,
    ):
        """With a `stdout` of its own, what is kept is its standard error."""
        if max_descriptors:
            arguments = ("prlimit", f"--nofile={max_descriptors}:{max_descriptors}", *arguments)
        self.lines: list[str] = []
        self._more = threading.Condition()
        self._ended = False
        self._may_read = threading.Event()
        self._may_read.set()
        self._popen = subprocess.Popen(
            [str(argument) for argument in arguments],
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.STDOUT if stdout == subprocess.PIPE else subprocess.PIPE,
            text=True,
            env={**os.environ, **(environment or {})},
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self._popen.stdout or self._popen.stderr:
            with self._more:
                self.lines.append(line.rstrip("\n"))
                self._more.notify_all()
            self._may_read.wait()
        with self._more:
            self._ended = True
            self._more.notify_all()

    @property
    def pid(self) -> int:
        return self._popen.pid

    def wait_for(self, pattern: str) -> re.Match:
        """The first line that matches; the test fails when the program ends without it."""

        def found() -> re.Match | None:
            return next((m for m in map(re.compile(pattern).search, self.lines) if m), None)

        with self._more:
            self._more.wait_for(lambda: found() or self._ended, timeout=PATIENCE)
            match = found()
        assert match, f"no line matches {pattern!r} in:\n" + "\n".join(self.lines)
        return match

    def stop_reading(self) -> None:
        """Lets the program's output pile up."""
        self._may_read.clear()

    def read_again(self) -> None:
        self._may_read.set()

    def signal(self, number: int) -> None:
        self._popen.send_signal(number)

    def kill(self) -> None:
        """SIGKILL: no chance to put anything in order."""
        self._popen.kill()
        self.wait()

    def terminate(self) -> int:
        """SIGTERM, and the exit code."""
        self.signal(signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        """Waits for the end by itself; a program that outstays the patience is killed."""
        try:
            return self._popen.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()
            raise
        finally:
            self._reader.join(timeout=PATIENCE)

    @property
    def is_running(self) -> bool:
        return self._popen.poll() is None

    @property
    def is_heard(self) -> bool:
        """Whether it runs, and its output is still read."""
        return self.is_running and not self._ended

    def close(self) -> None:
        self.read_again()
        if self.is_running:
            self.kill()
