"""martletctl, as an operator uses it."""

import json

import yaml
from polling import eventually
from process import ROOT

QUICKSTART = str(ROOT / "examples" / "quickstart")


def test_a_directory_is_applied_and_shown(control):
    said = control.martletctl("apply", "-f", QUICKSTART)
    assert said.returncode == 0, said.stderr
    assert "Service default/my-service created" in said.stdout
    assert said.stdout.endswith("revision 1\n")
    assert "unchanged" in control.martletctl("apply", "-f", QUICKSTART).stdout
    table = control.martletctl("get", "split").stdout
    assert "my-service-v1=90 my-service-v2=10" in table
    one = control.martletctl("get", "service", "my-service", "-o", "yaml").stdout
    assert yaml.safe_load(one)["metadata"]["resourceVersion"] == "1"
    listed = control.martletctl("get", "endpointslices", "-A", "-o", "json").stdout
    assert len(json.loads(listed)["items"]) == 2


def test_split_takes_short_names_and_changes_the_split_there_is(control):
    control.martletctl("apply", "-f", QUICKSTART)
    said = control.martletctl("split", "my-service", "v1=50", "v2=50")
    assert said.stdout == "TrafficSplit default/my-service configured\nrevision 2\n"
    said = control.martletctl("split", "my-service", "my-service-v2=100")
    assert said.returncode == 0
    assert "my-service-v2=100" in control.martletctl("get", "trafficsplits").stdout
    said = control.martletctl("split", "my-service", "v9=1")
    assert said.returncode == 1
    assert "my-service-v9" in said.stderr


def test_a_fault_is_shown_at_its_file_and_line(control, tmp_path):
    good, bad = tmp_path / "a.yaml", tmp_path / "b.yaml"
    good.write_text(
        "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: 1}]}"
    )
    bad.write_text(
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: B\nspec: {ports: [{port: 1}]}\n"
    )
    said = control.martletctl("apply", "-f", str(tmp_path))
    assert said.returncode == 1
    assert f"{bad}:4" in said.stderr
    assert "metadata.name" in said.stderr
    assert "accepted: lower-case letters" in said.stderr
    said = control.martletctl("apply", "-f", "-", stdin=bad.read_text())
    assert "standard input:4" in said.stderr


def test_delete_removes_and_says_when_there_is_nothing(control):
    control.martletctl("apply", "-f", QUICKSTART)
    said = control.martletctl("delete", "trafficsplit", "my-service")
    assert said.stdout == "TrafficSplit default/my-service deleted\nrevision 2\n"
    said = control.martletctl("delete", "trafficsplit", "my-service")
    assert said.returncode == 1
    assert "there is no TrafficSplit default/my-service" in said.stderr


def test_delete_takes_manifests_and_needs_no_more_of_them_than_names(control, tmp_path):
    control.martletctl("apply", "-f", QUICKSTART)
    said = control.martletctl("delete", "-f", QUICKSTART, "--dry-run")
    assert said.stdout.endswith("nothing changed (dry run)\n")
    service = tmp_path / "service.yaml"
    service.write_text("apiVersion: v1\nkind: Service\nmetadata: {name: my-service-v1}\n")
    said = control.martletctl("delete", "-f", str(service))
    assert said.returncode == 1
    assert "still needed by other objects\n  TrafficSplit default/my-service" in said.stderr
    said = control.martletctl("delete", "-f", QUICKSTART)
    assert "TrafficSplit default/my-service deleted\n" in said.stdout
    assert said.stdout.endswith("revision 2\n")
    said = control.martletctl("delete", "-f", "-", stdin=service.read_text())
    assert said.stdout == "Service default/my-service-v1 absent\nrevision 2\n"
    said = control.martletctl("delete", "service", "a", "-f", str(service))
    assert said.returncode != 0
    assert "not both" in said.stderr


def test_every_command_answers_in_every_format(control):
    for command in (
        ("apply", "-f", QUICKSTART),
        ("get", "services"),
        ("get", "service", "my-service"),
        ("split", "my-service", "v1=1"),
        ("status",),
        ("delete", "trafficsplit", "my-service"),
        ("delete", "-f", QUICKSTART),
    ):
        for form, read in (("json", json.loads), ("yaml", yaml.safe_load)):
            control.martletctl("apply", "-f", QUICKSTART)
            said = control.martletctl(*command, "-o", form)
            assert said.returncode == 0, said.stderr
            assert isinstance(read(said.stdout), dict), command
        control.martletctl("apply", "-f", QUICKSTART)
        assert control.martletctl(*command, "-o", "table").returncode == 0


def test_what_a_proxy_says_cannot_draw_on_the_terminal(control, connect):
    client = connect(control, node="painter")
    client.subscribe("CDS")
    client.nack(client.receive(), "red \x1b[31m\nfake  row")
    shown = eventually(lambda: control.martletctl("status").stdout, lambda text: "refused" in text)
    assert "\x1b" not in shown
    assert shown.rstrip().endswith(r"refused: red \u{1B}[31m\nfake  row")


def test_a_file_that_is_no_text_is_named(control, tmp_path):
    file = tmp_path / "a.yaml"
    file.write_bytes(b"a: \xff")
    said = control.martletctl("apply", "-f", str(file))
    assert said.returncode == 1
    assert f"{file} is not UTF-8" in said.stderr


def test_status_lists_proxies_and_their_types(control, connect):
    control.martletctl("apply", "-f", QUICKSTART)
    connect(control, node="sidecar-7", cluster="shop").start()
    connect(control, node="sidecar-8").start_types("CDS")
    rows = [line.split() for line in control.martletctl("status").stdout.splitlines()]
    types = {row[0]: [r[4] for r in rows if r[:1] == row[:1]] for row in rows if len(row) > 5}
    assert types["sidecar-7"] == ["CDS", "EDS", "LDS", "RDS"]
    assert types["sidecar-8"] == ["CDS"]
    status = yaml.safe_load(control.martletctl("status", "-o", "yaml").stdout)
    assert [proxy["node"] for proxy in status["proxies"]] == ["sidecar-7", "sidecar-8"]


def test_nobody_listening_is_explained(control):
    control.process.terminate()
    said = control.martletctl("status")
    assert said.returncode == 1
    assert control.url in said.stderr
    assert "martlet-control" in said.stderr


def test_a_misspelt_kind_is_answered_with_the_nearest(control):
    said = control.martletctl("get", "servces")
    assert said.returncode != 0
    assert "did you mean services?" in said.stderr


def test_completion_is_made_for_a_shell(control):
    for shell in ("bash", "zsh", "fish"):
        said = control.martletctl("--generate-completion-script", shell)
        assert said.returncode == 0
        assert "trafficsplits" in said.stdout
