"""The real control plane on free ports."""

import os
import pathlib
import subprocess

from polling import PATIENCE
from process import Process, binary
from push import PushClient


class ControlPlane:
    """martlet-control on free ports, with its store in a directory of the test."""

    def __init__(
        self,
        directory: pathlib.Path,
        *options: str,
        xds: str = "127.0.0.1:0",
        environment: dict[str, str] | None = None,
    ):
        api = [] if "--api" in options else ["--api", "127.0.0.1:0"]
        self.process = Process(
            binary("martlet-control"),
            *("--data-dir", directory, *api, "--xds", xds),
            *options,
            environment=environment,
        )
        self.xds = self.process.wait_for(r"xDS on (\S+)")[1]
        url = self.process.wait_for(r"push API on (\S+)")[1]
        self.url = url.replace("0.0.0.0", "127.0.0.1")
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
