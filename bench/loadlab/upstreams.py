"""The real upstream of every measurement: one nginx that answers as version 1 and as version 2."""

import re
from pathlib import Path

from .machine import LOAD_CORE, Process, free_port

CONFIGS = Path(__file__).resolve().parents[1] / "configs"


def configure(template: str, folder: Path, **values: int) -> Path:
    """Writes a file of configs/ into `folder`, every @name@ replaced by its value."""
    values = {"folder": folder, **values}
    filled = re.sub(r"@(\w+)@", lambda m: str(values[m[1]]), (CONFIGS / template).read_text())
    path = folder / template
    path.write_text(filled)
    return path


class Upstreams:
    def __init__(self, folder: Path):
        folder.mkdir(parents=True)
        self.v1, self.v2 = free_port(), free_port()
        config = configure("upstreams.conf", folder, v1=self.v1, v2=self.v2)
        argv = ["nginx", "-p", str(folder), "-c", str(config)]
        self.process = Process(argv, LOAD_CORE, folder / "log")
        self.process.wait_for_port(self.v2, 10)

    def stop(self) -> None:
        self.process.stop()
