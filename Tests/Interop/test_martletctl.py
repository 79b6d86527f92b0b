"""martletctl, as an operator uses it."""

import json

import grpc
import pytest
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
    assert said.stderr == ""
    said = control.martletctl("split", "my-service", "my-service-v2=100", "-o", "json")
    assert said.returncode == 0
    assert json.loads(said.stdout)["revision"] == 3
    assert "note: my-service-v1 (weight 50) is no longer a backend" in said.stderr
    assert "my-service-v2=100" in control.martletctl("get", "trafficsplits").stdout
    said = control.martletctl("split", "my-service", "v9=1")
    assert said.returncode == 1
    assert "my-service-v9" in said.stderr
    assert "line 1" not in said.stderr


@pytest.mark.parametrize("weight", ["99999999999999999999", "1.5", "-1", ""])
def test_a_weight_that_is_none_is_answered_with_what_is_one(control, weight):
    said = control.martletctl("split", "my-service", f"v1={weight}")
    assert said.returncode != 0
    assert "a whole number from 0 to 4294967295" in said.stderr


def test_the_server_is_named_before_the_command_or_after(control):
    options = ("--server", control.url, "-o", "json")
    control.url = "http://127.0.0.1:1"
    for words in (
        (*options, "status"),
        ("status", *options),
        (*options[:2], "status", "-o", "json"),
    ):
        said = control.martletctl(*words)
        assert said.returncode == 0, said.stderr
        assert json.loads(said.stdout)["revision"] == 0
        assert said.stdout.count("\n") > 5


def test_a_scheme_that_is_not_spoken_is_named(control):
    secure = control.url.replace("http:", "https:")
    control.url = "ftp://127.0.0.1"
    assert "ftp://127.0.0.1 is no address; write http://" in control.martletctl("status").stderr
    control.url = secure
    assert "martlet-control itself speaks http://" in control.martletctl("status").stderr


def test_kinds_have_short_names(control):
    control.martletctl("apply", "-f", QUICKSTART)
    for short, name in (("svc", "my-service-v1"), ("eps", "my-service-v1"), ("ts", "my-service")):
        assert name in control.martletctl("get", short).stdout
    assert "no xdsresources" in control.martletctl("get", "xds").stdout


def test_a_dry_run_says_so_in_each_line(control):
    dry = control.martletctl("apply", "-f", QUICKSTART, "--dry-run").stdout.splitlines()
    assert {line.endswith("(dry run)") for line in dry} == {True}
    control.martletctl("apply", "-f", QUICKSTART)
    dry = control.martletctl("delete", "-f", QUICKSTART, "--dry-run").stdout.splitlines()
    assert {line.endswith("(dry run)") for line in dry} == {True}
    assert control.push.status()["revision"] == 1


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


def test_delete_of_what_is_needed_names_who_needs_it(control):
    control.martletctl("apply", "-f", QUICKSTART)
    said = control.martletctl("delete", "service", "my-service-v1")
    assert said.returncode == 1
    assert "TrafficSplit default/my-service: spec.backends[0].service" in said.stderr
    assert "change or delete this one first" in said.stderr
    assert "did you mean" not in said.stderr


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


def test_a_file_that_cannot_be_read_is_named_with_the_cause(control, tmp_path):
    said = control.martletctl("apply", "-f", "/dev/null")
    assert "the body holds no document" in said.stderr
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    said = control.martletctl("apply", "-f", str(tmp_path))
    assert "symbolic links" in said.stderr


def test_status_lists_proxies_and_their_types(control, connect):
    control.martletctl("apply", "-f", QUICKSTART)
    connect(control, node="sidecar-7", cluster="shop").start()
    connect(control, node="sidecar-8").start_types("CDS")
    rows = [line.split() for line in control.martletctl("status").stdout.splitlines()]
    types = {row[0]: [r[5] for r in rows if r[:1] == row[:1]] for row in rows if len(row) > 5}
    assert types["sidecar-7"] == ["CDS", "EDS", "LDS", "RDS"]
    assert types["sidecar-8"] == ["CDS"]
    status = yaml.safe_load(control.martletctl("status", "-o", "yaml").stdout)
    assert [proxy["node"] for proxy in status["proxies"]] == ["sidecar-7", "sidecar-8"]


def test_status_shows_what_of_a_proxy_is_to_be_mended(control, connect):
    connect(control, node="twin").start_types("CDS")
    connect(control, node="twin", outbound_prt=15033, ingress_port=1).start_types("CDS")
    with pytest.raises(grpc.RpcError):
        connect(control, node="edge", role="ingres").start_types("CDS")
    shown = control.martletctl("status").stdout
    assert "node.metadata.outbound_prt has no effect; did you mean outbound_port?" in shown
    assert "node.metadata.ingress_port has no effect for the role sidecar" in shown
    assert shown.count("is connected with the same node.id, which is to be unique") == 2
    assert 'node.metadata.role: found "ingres"; accepted: sidecar, ingress' in shown
    peers = {line.split()[3] for line in shown.splitlines() if line.startswith("twin ")}
    assert len(peers) == 2
    control.process.wait_for("warning.*outbound_prt has no effect")
    connect(control, node="edge", role="ingress", version="v7", app="web").start_types("CDS")
    shown = control.martletctl("status").stdout
    assert "ingres;" not in shown
    assert "edge at" not in shown


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
