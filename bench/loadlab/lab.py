"""One run of the lab: each scenario is a method, or a task of tasks.py."""

import argparse
import os
import statistics
import subprocess
from contextlib import ExitStack
from pathlib import Path

from . import measure, report
from .machine import Failure, hold_core_awake
from .peers import PEERS, Peer, Running, Site
from .tasks import TASKS, Task, Work
from .upstreams import GrpcUpstreams, Upstreams

SCENARIOS = (*TASKS, "memory", "start", "size")
HELD, HELD_OVER_TLS = 5000, 2000
# Under callgrind Envoy is slower than the others by this much, and its figures differ by as much.
ENVOY_SHARE = 10


class Lab:
    """What is measured, where, and the figures so far."""

    def __init__(self, options: argparse.Namespace, folder: Path):
        self.options, self.folder = options, folder
        self.figures: report.Figures = {name: {} for name in options.only}
        self.notes: list[str] = []
        self.certificate = folder / "server.pem"

    def say(self, words: str) -> None:
        print(f"  {words}", flush=True)

    def peers(self, task: Task) -> list[Peer]:
        return [PEERS[name] for name in self.options.only if name in task.peers]

    def install(self) -> dict[str, str]:
        for name in self.options.only:
            PEERS[name].install()
        return {name: PEERS[name].version() for name in self.options.only}

    def run(self) -> None:
        load = os.getloadavg()[0]
        self.notes.append(
            f"Load of the machine before the run: {load:.1f} on {os.cpu_count()} CPUs."
        )
        make_certificate(self.certificate)
        with ExitStack() as ending:
            self.upstreams = Upstreams(self.folder / "upstreams")
            ending.callback(self.upstreams.stop)
            self.grpc_upstreams = GrpcUpstreams(self.folder / "grpc-upstreams")
            ending.callback(self.grpc_upstreams.stop)
            ending.callback(hold_core_awake(self.folder).stop)
            for scenario in self.options.scenario:
                if task := TASKS.get(scenario):
                    self.load(task)
                else:
                    getattr(self, scenario)()

    def site(self, task: Task) -> Site:
        upstreams = self.grpc_upstreams if task.name == "grpc" else self.upstreams
        return Site(task.name, upstreams.v1, upstreams.v2, self.certificate)

    def load(self, task: Task) -> None:
        """Interleaved rounds of all that is done in a task, then instructions."""
        counters = measure.has_counters()
        running = [
            p.start(self.folder / task.name / p.name, self.site(task)) for p in self.peers(task)
        ]
        try:
            for one in running:
                one.process.wait_for_port(one.port, 30)
            for work in task.works:
                self.rounds(work, running)
                for one in running if counters else ():
                    counted = measure.counted_instructions(one, work, self.count(work))
                    self.instructions(one.peer, work, *counted)
        finally:
            for one in running:
                one.process.stop()
        if not counters:
            for work in task.works:
                self.simulate(task, work)

    def count(self, work: Work) -> int:
        return max(work.simulated, int(work.per_round * self.options.share))

    def rounds(self, work: Work, running: list[Running]) -> None:
        samples: dict[str, list[tuple[float, float]]] = {one.peer.name: [] for one in running}
        for one in running:
            work.do(one.port, max(work.simulated, self.count(work) // 20))
        for round_number in range(1, self.options.rounds + 1):
            for one in running:
                rate, cpu = measure.rate_and_cpu(one, work, self.count(work))
                samples[one.peer.name].append((rate, cpu))
                self.say(
                    f"{work.title}, round {round_number}: {one.peer.name:8} "
                    f"{rate:8,.0f}/s {cpu:6.1f} us"
                )
        for name, taken in samples.items():
            own = self.figures[name]
            own[f"{work.name}_rate"] = statistics.median(rate for rate, _ in taken)
            own[f"{work.name}_cpu_us"] = statistics.median(cpu for _, cpu in taken)
        self.note(f"Rate and CPU: medians of {self.options.rounds} interleaved rounds.")

    def simulate(self, task: Task, work: Work) -> None:
        self.note("Instructions: callgrind, since this machine has no counters.")
        for peer in self.peers(task):
            if peer.name == "envoy" and self.options.no_envoy_callgrind:
                continue
            count = work.simulated // (ENVOY_SHARE if peer.name == "envoy" else 1)
            folder = self.folder / task.name / peer.name
            user = measure.simulated_instructions(peer, folder, self.site(task), work, count)
            self.instructions(peer, work, user)

    def instructions(
        self, peer: Peer, work: Work, user: float, kernel: float | None = None
    ) -> None:
        self.say(f"{work.title}: {peer.name:8} {user:11,.0f} user instructions")
        self.figures[peer.name][f"{work.name}_instructions"] = user
        if kernel is not None:
            self.figures[peer.name][f"{work.name}_kernel_instructions"] = kernel

    def note(self, words: str) -> None:
        if words not in self.notes:
            self.notes.append(words)

    def memory(self) -> None:
        """Resident memory of a fresh process, then with idle connections held, without and with
        TLS."""
        floor = measure.bytes_openssl_holds(self.certificate, self.folder, HELD_OVER_TLS) / 1e3
        self.note(f"OpenSSL itself holds {floor:.1f} kB for an idle connection.")
        for peer in self.peers(TASKS["http1"]):
            self.held(peer, TASKS["http1"], "", HELD)
        for peer in self.peers(TASKS["tls"]):
            own = self.held(peer, TASKS["tls"], "tls_", HELD_OVER_TLS)
            own["tls_above_openssl_kb"] = own["tls_connection_kb"] - floor

    def held(self, peer: Peer, task: Task, prefix: str, count: int) -> dict[str, float]:
        one = peer.start(self.folder / task.name / peer.name, self.site(task))
        try:
            one.process.wait_for_port(one.port, 30)
            idle, private = (size / 1e6 for size in measure.idle_bytes(one))
            tls = task.name == "tls"
            held = measure.bytes_per_held_connection(one, task.works[0], count, tls) / 1e3
        finally:
            one.process.stop()
        words = f"{idle:6.1f} MB idle, {held:.2f} kB per idle connection"
        self.say(f"{peer.name:8} {words}{' of TLS' if tls else ''}")
        figures = {"idle_mb": idle, "private_mb": private, "connection_kb": held}
        self.figures[peer.name].update({prefix + k: v for k, v in figures.items()})
        return self.figures[peer.name]

    def start(self) -> None:
        """exec to the first connection taken."""
        floor = measure.exec_floor_milliseconds(self.folder, 15)
        self.note(f"Start: median of 15; fork, exec, exit of /bin/true: {floor:.1f} ms.")
        task = TASKS["http1"]
        for peer in self.peers(task):
            value = measure.start_milliseconds(
                peer, self.folder / task.name / peer.name, self.site(task), 15
            )
            self.figures[peer.name]["start_ms"] = value
            self.say(f"{peer.name:8} {value:6.1f} ms from exec to the first accepted connection")

    def size(self) -> None:
        for peer in self.peers(TASKS["http1"]):
            self.figures[peer.name]["binary_mb"] = measure.stripped_bytes(peer, self.folder) / 1e6


def make_certificate(path: Path) -> None:
    """A certificate of its own with an ECDSA key on P-256, both in one file."""
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-days", "2", "-subj", "/CN=my-service"]
    key, chain = path.with_suffix(".key"), path.with_suffix(".crt")
    answer = subprocess.run([*command, "-keyout", key, "-out", chain], capture_output=True)
    if answer.returncode != 0:
        raise Failure(f"openssl: {answer.stderr.decode(errors='replace')}")
    path.write_bytes(chain.read_bytes() + key.read_bytes())
