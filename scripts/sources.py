"""Which files are ours to check: everything git tracks or would track, generated code left out."""

import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GENERATED = re.compile(r"\.pb\.swift$|\.grpc\.swift$|\.pb-c\.[ch]$|/Generated/|^Sources/C/CXDS/")


def ours(*patterns: str) -> list[Path]:
    """Files matching any of the git patterns, relative to the root, sorted."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    names = sorted(set(filter(None, listing.split("\0"))))
    return [Path(n) for n in names if not GENERATED.search(n) and os.path.isfile(ROOT / n)]


def lines(path: Path) -> list[str]:
    return (ROOT / path).read_text(encoding="utf-8", errors="replace").splitlines()
