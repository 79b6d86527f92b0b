"""What a configuration that is used does less than it seems to say, told by `martlet validate`."""

import subprocess

import pytest
from process import ROOT, binary

CASES = sorted((ROOT / "Tests/Corpora/bootstrap/warned").glob("*.yaml"))


@pytest.mark.parametrize("case", CASES, ids=[case.stem for case in CASES])
def test_what_does_less_than_it_says_is_warned_of(case, tmp_path, certificates):
    text = case.read_text()
    expected = text.splitlines()[0].removeprefix("# warned: ")
    (tmp_path / "file.yaml").write_text(text)
    outcome = subprocess.run(
        [binary("martlet"), "validate", tmp_path / "file.yaml"],
        capture_output=True,
        text=True,
        cwd=certificates.directory,
    )
    said = [line for line in outcome.stdout.splitlines() if not line.startswith(str(tmp_path))]
    assert outcome.returncode == 0, outcome.stdout
    assert said == [f"warning:  {tmp_path}/{expected}"]
