"""Starts the real executables for tests, on free ports, and ends them."""

import os
import pathlib
import re
import signal
import subprocess
import threading

import pytest
from ads import AdsClient
from push import PushClient

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARIES = pathlib.Path(os.environ.get("MARTLET_BIN_DIR", ROOT / ".build" / "debug"))
PATIENCE = 15.0


def binary(name: str) -> pathlib.Path:
    """An executable under test; MARTLET_BIN_DIR says where they are (default: .build/debug)."""
    path = BINARIES / name
    if not path.exists():
        pytest.fail(f"{path} is not there: swift build --product {name}, or set MARTLET_BIN_DIR")
    return path


class Process:
    """A program whose output is kept, so that a test can wait for a line of it."""

    def __init__(self, *arguments: object, environment: dict[str, str] | None = None):
        self.lines: list[str] = []
        self._more = threading.Condition()
        self._ended = False
        self._popen = subprocess.Popen(
            [str(argument) for argument in arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, **(environment or {})},
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self._popen.stdout:
            with self._more:
                self.lines.append(line.rstrip("\n"))
                self._more.notify_all()
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

    def kill(self) -> None:
        """SIGKILL: no chance to put anything in order."""
        self._popen.kill()
        self.wait()

    def terminate(self) -> int:
        """SIGTERM, and the exit code."""
        self._popen.send_signal(signal.SIGTERM)
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

    def close(self) -> None:
        if self._popen.poll() is None:
            self.kill()


class ControlPlane:
    """martlet-control on free ports, with its store in a directory of the test."""

    def __init__(self, directory: pathlib.Path, *options: str):
        self.process = Process(
            binary("martlet-control"),
            *("--data-dir", directory, "--api", "127.0.0.1:0", "--xds", "127.0.0.1:0"),
            *options,
        )
        self.xds = self.process.wait_for(r"xDS on (\S+)")[1]
        self.url = self.process.wait_for(r"push API on (\S+)")[1]
        self.push = PushClient(self.url)

    def martletctl(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess:
        """Runs martletctl against this control plane."""
        return subprocess.run(
            [binary("martletctl"), *arguments],
            input=stdin,
            text=True,
            capture_output=True,
            timeout=PATIENCE,
            env={**os.environ, "MARTLET_CONTROL": self.url},
        )

    def close(self) -> None:
        self.process.close()


@pytest.fixture
def start_control(tmp_path):
    """Starts control planes, each on the same store unless told otherwise; ends them all."""
    started: list[ControlPlane] = []

    def start(*options: str, directory: pathlib.Path = tmp_path / "store") -> ControlPlane:
        started.append(ControlPlane(directory, *options))
        return started[-1]

    yield start
    for control in started:
        control.close()


@pytest.fixture
def control(start_control) -> ControlPlane:
    return start_control()


@pytest.fixture
def connect():
    """Opens ADS streams; closes them all."""
    opened: list[AdsClient] = []

    def connect(control: ControlPlane, **options: object) -> AdsClient:
        opened.append(AdsClient(control.xds, **options))
        return opened[-1]

    yield connect
    for client in opened:
        client.close()


@pytest.fixture
def quickstart() -> str:
    """The manifests of the example that the README walks through."""
    files = sorted((ROOT / "examples" / "quickstart").glob("*.yaml"))
    return "\n---\n".join(file.read_text() for file in files)
