"""Processes pinned to cores, and what the kernel says about them."""

import os
import re
import resource
import signal
import socket
import subprocess
import time
from pathlib import Path

PROXY_CORE, LOAD_CORE = 0, 1
# CPUCLOCK_SCHED of the kernel's posix-timers.h, as clock_getcpuclockid(3) gives it.
CPU_CLOCK_OF_PROCESS = 2


class Failure(Exception):
    """A step of the lab that did not go as it must; the text says which and why."""


def prepare() -> None:
    """Lets 5,000 connections be held on both ends, and moves this process to the load core."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if (os.cpu_count() or 1) < 2:
        raise Failure("the lab needs two cores: one for the proxy, one for the load")
    os.sched_setaffinity(0, {LOAD_CORE})


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Process:
    """One program, started on a core and ended by its own process id."""

    def __init__(self, argv: list[str], core: int, log: Path, nice: int = 0):
        with open(log, "wb") as output:
            os.sched_setaffinity(0, {core})
            try:
                self.started = time.perf_counter()
                self.child = subprocess.Popen(
                    argv,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    preexec_fn=(lambda: os.nice(nice)) if nice else None,
                )
            finally:
                os.sched_setaffinity(0, {LOAD_CORE})
        self.argv, self.log, self.pid = argv, log, self.child.pid

    def wait_for_port(self, port: int, seconds: float, pause: float = 0.0002) -> float:
        """Seconds from the start of the process to the first connection that `port` takes."""
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return time.perf_counter() - self.started
            if self.child.poll() is not None:
                raise Failure(f"{self.argv[0]} ended at its start:\n{self.tail()}")
            if time.perf_counter() - self.started > seconds:
                raise Failure(f"{self.argv[0]} took no connection in {seconds} s:\n{self.tail()}")
            time.sleep(pause)

    def tail(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-12:])

    def stop(self, seconds: float = 30) -> None:
        """SIGTERM, then SIGKILL when it has not ended in time."""
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(seconds)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()

    def cpu_seconds(self) -> float:
        """User and system time of all its threads, by the clock the kernel keeps of a process."""
        return time.clock_gettime((~self.pid << 3) | CPU_CLOCK_OF_PROCESS)

    def resident_bytes(self) -> int:
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def private_bytes(self) -> int:
        """The resident memory that is no file's: what a second process would need again."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"^RssAnon:\s+(\d+) kB", status, re.MULTILINE)[1]) * 1024


def hold_core_awake(folder: Path) -> Process:
    """A spinner of the lowest priority: a virtual core that never idles wakes at no cost."""
    return Process(["sh", "-c", "while :; do :; done"], LOAD_CORE, folder / "spinner.log", nice=19)
