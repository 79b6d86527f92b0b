"""One function for each figure; every figure is of one process with one worker."""

import re
import shutil
import statistics
import subprocess
import time
from pathlib import Path

from . import load
from .machine import PROXY_CORE, Failure, Process
from .peers import Peer, Running, Site
from .tasks import Work

HERE = Path(__file__).resolve().parent
WARM_UP = 5000


def has_counters() -> bool:
    """Whether this machine counts instructions in hardware."""
    if not shutil.which("perf"):
        return False
    probe = ["perf", "stat", "-x,", "-e", "instructions:u,instructions:k", "true"]
    answer = subprocess.run(probe, capture_output=True, text=True)
    return answer.returncode == 0 and "not supported" not in answer.stderr


def counted_instructions(running: Running, work: Work, count: int) -> tuple[float, float]:
    """User and kernel instructions for one time, by `perf stat` on the proxy's process."""
    events = "instructions:u,instructions:k"
    perf = subprocess.Popen(
        ["perf", "stat", "-x,", "-e", events, "-p", str(running.process.pid), "sleep", "600"],
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(0.3)
    work.do(running.port, count)
    perf.terminate()
    report = perf.communicate()[1]
    user, kernel = (int(m) for m in re.findall(r"^(\d+),", report, re.MULTILINE))
    return user / count / work.parts, kernel / count / work.parts


def simulated_instructions(peer: Peer, folder: Path, site: Site, work: Work, count: int) -> float:
    """User instructions for one time under callgrind: those of 3N times less those of N, in one
    life of the proxy and after N for warming up."""
    output = folder / "callgrind.out"
    wrapper = ("valgrind", "--tool=callgrind", f"--callgrind-out-file={output}")
    running = peer.start(folder, site, wrapper)
    try:
        running.process.wait_for_port(running.port, 300, pause=0.05)
        spent = []
        for part, times in enumerate((count, count, 3 * count), 1):
            work.do(running.port, times)
            spent.append(dumped_instructions(running, Path(f"{output}.{part}")))
    finally:
        running.process.stop(120)
    return (spent[2] - spent[1]) / (2 * count) / work.parts


def dumped_instructions(running: Running, part: Path) -> int:
    """What callgrind counted since it was last asked; `part` is the file it writes then."""
    time.sleep(0.5)
    command = ["callgrind_control", "--dump", str(running.process.pid)]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if not part.exists():
        raise Failure(f"callgrind_control: {answer.stdout}{answer.stderr}")
    return int(re.search(r"^totals: (\d+)", part.read_text(), re.MULTILINE)[1])


def rate_and_cpu(running: Running, work: Work, count: int) -> tuple[float, float]:
    """Times a second, and CPU microseconds for one time."""
    before = running.process.cpu_seconds()
    rate = work.do(running.port, count)
    used = running.process.cpu_seconds() - before
    return rate * work.parts, used * 1e6 / count / work.parts


def idle_bytes(running: Running) -> tuple[int, int]:
    """Resident memory one second after the start, and the part of it that is no file's."""
    time.sleep(1)
    return running.process.resident_bytes(), running.process.private_bytes()


def bytes_per_held_connection(running: Running, warm_up: Work, count: int, tls: bool) -> float:
    """Growth of resident memory with `count` idle keep-alive connections, over `count`."""
    warm_up.do(running.port, WARM_UP)
    time.sleep(0.5)
    before = running.process.resident_bytes()
    held = load.HeldConnections(running.port, count, load.tls_client() if tls else None)
    try:
        time.sleep(2)
        return (running.process.resident_bytes() - before) / count
    finally:
        held.close()


def bytes_openssl_holds(certificate: Path, folder: Path, count: int) -> int:
    """What OpenSSL alone keeps for each idle connection of a server."""
    program = folder / "openssl_floor"
    source = HERE / "openssl_floor.c"
    compiled = ["cc", "-O2", "-Wall", "-o", program, source, "-lssl", "-lcrypto"]
    for command in (compiled, [program, certificate, str(count)]):
        answer = subprocess.run(command, capture_output=True, text=True, timeout=120)
        if answer.returncode != 0:
            raise Failure(f"{command[0]}: {answer.stderr}")
    return int(answer.stdout)


def start_milliseconds(peer: Peer, folder: Path, site: Site, times: int) -> float:
    """Median time from exec to the first connection taken."""
    samples = []
    for _ in range(times):
        running = peer.start(folder, site)
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
