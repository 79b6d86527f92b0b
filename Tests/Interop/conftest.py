"""Starts the real control plane for tests, on free ports, and ends it."""

import os
import pathlib
import subprocess

import pytest
from ads import AdsClient
from process import PATIENCE, ROOT, Process, binary
from push import PushClient


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
