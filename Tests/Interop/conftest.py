"""Starts the real control plane for tests, on free ports, and ends it."""

import pathlib

import pytest
from ads import AdsClient
from control_plane import ControlPlane
from process import ROOT


@pytest.fixture
def start_control(tmp_path):
    """Starts control planes, each on the same store unless told otherwise; ends them all."""
    started: list[ControlPlane] = []

    def start(
        *options: str, directory: pathlib.Path = tmp_path / "store", **how: object
    ) -> ControlPlane:
        started.append(ControlPlane(directory, *options, **how))
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
