"""The real upstreams of every measurement: one nginx that answers as version 1 and as version 2,
and for gRPC two nghttpd, which answer with trailers."""

import os
import re
from pathlib import Path

from .machine import LOAD_CORE, Process, free_port

CONFIGS = Path(__file__).resolve().parents[1] / "configs"
LARGE_BYTES = 10_000_000
# A message of ten bytes behind its five bytes of prefix.
GRPC_MESSAGE = b"\0\0\0\0\x0a\x0a\x08reviewer"
# nghttpd serves files, and tells the media type by the suffix.
GRPC_METHOD = "/lab.Reviews/Get.grpc"


def configure(template: str, folder: Path, task: str = "", **values: object) -> Path:
    """Writes a file of configs/ into `folder`, every @name@ replaced by its value. A line that
    begins with @task,task: is for these tasks alone."""
    values = {"folder": folder, **values}
    lines = []
    for line in (CONFIGS / template).read_text().splitlines():
        marked = re.match(r"@([a-z0-9,]+):", line)
        if not marked:
            lines.append(line)
        elif task in marked[1].split(","):
            lines.append(line[marked.end() :])
    filled = re.sub(r"@(\w+)@", lambda m: str(values[m[1]]), "\n".join(lines) + "\n")
    path = folder / template
    path.write_text(filled)
    return path


class Upstreams:
    """HTTP/1.1: some bytes for any path, a large file at /large."""

    def __init__(self, folder: Path):
        folder.mkdir(parents=True)
        with open(folder / "large", "wb") as large:
            os.truncate(large.fileno(), LARGE_BYTES)
        self.v1, self.v2 = free_port(), free_port()
        config = configure("upstreams.conf", folder, v1=self.v1, v2=self.v2)
        argv = ["nginx", "-p", str(folder), "-c", str(config)]
        self.process = Process(argv, LOAD_CORE, folder / "log")
        self.process.wait_for_port(self.v2, 10)

    def stop(self) -> None:
        self.process.stop()


class GrpcUpstreams:
    """HTTP/2 in the clear: a message for GRPC_METHOD, then trailers with grpc-status."""

    def __init__(self, folder: Path):
        reply = folder / GRPC_METHOD.lstrip("/")
        reply.parent.mkdir(parents=True)
        reply.write_bytes(GRPC_MESSAGE)
        (folder / "types").write_text("application/grpc grpc\n")
        self.v1, self.v2 = free_port(), free_port()
        self.processes = [self.serve(port, folder) for port in (self.v1, self.v2)]

    @staticmethod
    def serve(port: int, folder: Path) -> Process:
        argv = ["nghttpd", "--no-tls", "--address=127.0.0.1", f"--htdocs={folder}"]
        argv += [f"--mime-types-file={folder}/types", "--no-content-length"]
        argv += ["--trailer=grpc-status: 0", str(port)]
        process = Process(argv, LOAD_CORE, folder / f"{port}.log")
        process.wait_for_port(port, 10)
        return process

    def stop(self) -> None:
        for process in self.processes:
            process.stop()
