"""The examples of docs/config load as they stand."""

import shutil
import subprocess

import pytest
from config_pages import nouns
from process import ROOT, binary

EXAMPLES = [
    pytest.param(example, id=f"{noun.name}-{index}")
    for noun in nouns(ROOT)
    for index, example in enumerate(noun.examples)
]


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_loads_and_nothing_of_it_is_ignored(example, tmp_path, certificates):
    for name in ("server.pem", "server.key", "root.pem"):
        shutil.copy(certificates[name], tmp_path)
    file = tmp_path / "example.yaml"
    file.write_text(example)
    outcome = subprocess.run(
        [binary("martlet"), "validate", "--strict", file],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert outcome.returncode == 0, outcome.stdout
