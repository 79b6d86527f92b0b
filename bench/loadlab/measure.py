"""One function for each figure; every figure is of one process with one worker."""

import re
import shutil
import statistics
import subprocess
import time
from pathlib import Path

from . import load
from .machine import PROXY_CORE, Process
from .peers import Peer, Running
from .upstreams import Upstreams

HELD = 5000
WARM_UP = 5000


def has_counters() -> bool:
    """Whether this machine counts instructions in hardware."""
    if not shutil.which("perf"):
        return False
    probe = ["perf", "stat", "-x,", "-e", "instructions:u,instructions:k", "true"]
    answer = subprocess.run(probe, capture_output=True, text=True)
    return answer.returncode == 0 and "not supported" not in answer.stderr


def counted_instructions(running: Running, count: int) -> tuple[float, float]:
    """User and kernel instructions per request, by `perf stat` on the proxy's process."""
    load.requests(running.port, WARM_UP)
    events = "instructions:u,instructions:k"
    perf = subprocess.Popen(
        ["perf", "stat", "-x,", "-e", events, "-p", str(running.process.pid), "sleep", "600"],
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(0.3)
    load.requests(running.port, count)
    perf.terminate()
    report = perf.communicate()[1]
    user, kernel = (int(m) for m in re.findall(r"^(\d+),", report, re.MULTILINE))
    return user / count, kernel / count


def simulated_instructions(
    peer: Peer, folder: Path, upstreams: Upstreams, count: int
) -> tuple[float, None]:
    """User instructions per request under callgrind: a run of 3N requests less a run of N."""
    few, many = (
        callgrind_total(peer, folder / f"callgrind-{n}", upstreams, n) for n in (count, 3 * count)
    )
    return (many - few) / (2 * count), None


def callgrind_total(peer: Peer, folder: Path, upstreams: Upstreams, count: int) -> int:
    """Instructions of a whole life of the proxy: start, `count` requests, end."""
    output = folder / "callgrind.out"
    wrapper = ("valgrind", "--tool=callgrind", f"--callgrind-out-file={output}")
    running = peer.start(folder, upstreams, wrapper)
    try:
        running.process.wait_for_port(running.port, 120, pause=0.05)
        load.requests(running.port, count)
    finally:
        running.process.stop(120)
    return int(re.search(r"^(?:totals|summary): (\d+)", output.read_text(), re.MULTILINE)[1])


def rate_and_cpu(running: Running, count: int) -> tuple[float, float]:
    """Requests a second with the proxy's core full, and CPU microseconds per request."""
    before = sum(running.process.cpu_seconds())
    rate = load.requests(running.port, count)
    return rate, (sum(running.process.cpu_seconds()) - before) * 1e6 / count


def idle_bytes(running: Running) -> tuple[int, int]:
    """Resident memory one second after the start, and the part of it that is no file's."""
    time.sleep(1)
    return running.process.resident_bytes(), running.process.private_bytes()


def bytes_per_held_connection(running: Running) -> float:
    """Growth of resident memory with HELD idle keep-alive connections, over HELD."""
    load.requests(running.port, WARM_UP)
    time.sleep(0.5)
    before = running.process.resident_bytes()
    held = load.HeldConnections(running.port, HELD)
    try:
        time.sleep(2)
        return (running.process.resident_bytes() - before) / HELD
    finally:
        held.close()


def start_milliseconds(peer: Peer, folder: Path, upstreams: Upstreams, times: int) -> float:
    """Median time from exec to the first connection taken."""
    samples = []
    for _ in range(times):
        running = peer.start(folder, upstreams)
        try:
            samples.append(running.process.wait_for_port(running.port, 30, pause=0) * 1000)
        finally:
            running.process.stop()
    return statistics.median(samples)


def exec_floor_milliseconds(folder: Path, times: int) -> float:
    """What fork, exec and exit of an empty program take here, for scale."""
    samples = []
    for _ in range(times):
        process = Process(["/bin/true"], PROXY_CORE, folder / "true.log")
        process.child.wait()
        samples.append((time.perf_counter() - process.started) * 1000)
    return statistics.median(samples)


def stripped_bytes(peer: Peer, folder: Path) -> int:
    """Size of the executable without symbols; libraries it loads are not counted."""
    copy = folder / f"{peer.name}.stripped"
    subprocess.run(["strip", "-o", copy, peer.binary()], check=True)
    size = copy.stat().st_size
    copy.unlink()
    return size
