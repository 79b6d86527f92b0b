"""The processes of the demo: started in order, stopped in the opposite one, by their own ids."""

import ctypes
import http.client
import signal
import socket
import subprocess
import time
from pathlib import Path

PR_SET_PDEATHSIG = 1


class Failure(Exception):
    """Something that had to work did not; the text is for the person watching."""


def die_with_parent() -> None:
    """In the child: be stopped by the kernel should the driver vanish."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def require_free(ports: dict[int, str]) -> None:
    """Fails, naming port and purpose, when something listens where the demo is to."""
    taken = []
    for port, purpose in ports.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                taken.append(f"port {port} on 127.0.0.1 is taken; the demo needs it for {purpose}")
    if taken:
        raise Failure("\n".join(taken))


class Stage:
    """Every process that runs, with its log."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.processes: list[tuple[str, subprocess.Popen]] = []

    def start(self, name: str, argv: list[str | Path], environment: dict | None = None) -> None:
        with open(self.log(name), "wb") as log:
            child = subprocess.Popen(
                [str(a) for a in argv],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                preexec_fn=die_with_parent,
                start_new_session=True,
            )
        self.processes.append((name, child))

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def tail(self, name: str, count: int = 15) -> str:
        text = self.log(name).read_text(errors="replace").splitlines()[-count:]
        return "\n".join(f"    {name}: {line}" for line in text)

    def wait_until(self, what: str, holds, seconds: float = 20) -> float:
        """Waits for `holds()` while every process lives; gives the seconds it took."""
        started = time.monotonic()
        while True:
            if holds():
                return time.monotonic() - started
            self.require_alive()
            if time.monotonic() - started > seconds:
                logs = "\n".join(self.tail(name, 6) for name, _ in self.processes)
                raise Failure(f"{what}: not within {seconds:.0f} s\n{logs}")
            time.sleep(0.01)

    def require_alive(self) -> None:
        for name, child in self.processes:
            if (code := child.poll()) is not None:
                raise Failure(f"{name} ended by itself (exit {code})\n{self.tail(name)}")

    def stop(self) -> list[str]:
        """SIGTERM to each, the last started first; gives a sentence for each that ended badly."""
        faults = []
        for name, child in reversed(self.processes):
            if child.poll() is not None:
                faults.append(f"{name} had ended by itself (exit {child.returncode})")
                continue
            child.terminate()
            try:
                code = child.wait(10)
                if code not in (0, -signal.SIGTERM):
                    faults.append(f"{name} ended with exit {code} when stopped\n{self.tail(name)}")
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
                faults.append(f"{name} did not stop within 10 s and was killed")
        self.processes.clear()
        return faults


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def fetch(port: int, path: str, host: str, headers: dict | None = None):
    """One request on its own connection: status, headers, body; None when it cannot be made."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path, headers={"Host": host, **(headers or {})})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
