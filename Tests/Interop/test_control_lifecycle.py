"""martlet-control as a process: starting, ending, and being killed."""

import socket
import subprocess
import threading
import time

import pytest
from polling import PATIENCE
from process import Process, binary

SERVICE = """
apiVersion: v1
kind: Service
metadata: {{name: service-{number}}}
spec: {{ports: [{{port: 80}}]}}
"""


def test_what_was_answered_survives_kill_9(start_control, quickstart):
    control = start_control()
    control.push.apply(quickstart)
    control.process.kill()
    control = start_control()
    assert control.push.status()["revision"] == 1
    assert len(control.push.call("GET", "/v1/services").body["items"]) == 3
    assert control.push.apply(quickstart).body["revision"] == 1


def test_kill_9_in_the_midst_of_pushes_loses_none_that_was_answered(start_control):
    answered = 0
    for _ in range(3):
        control = start_control()
        assert control.push.status()["revision"] >= answered
        killer = threading.Timer(0.4, control.process.kill)
        killer.start()
        try:
            while True:
                reply = control.push.apply(SERVICE.format(number=answered + 1))
                assert reply.status == 200
                answered = reply.body["revision"]
        except OSError:
            pass
        killer.join()
    control = start_control()
    revision = control.push.status()["revision"]
    assert revision in (answered, answered + 1)
    assert len(control.push.call("GET", "/v1/services").body["items"]) == revision


def test_sigterm_ends_it_with_streams_open(control, connect, quickstart):
    control.push.apply(quickstart)
    connect(control).start()
    assert control.process.terminate() == 0


@pytest.mark.parametrize("option", ["--api", "--xds"])
def test_a_taken_port_is_named(tmp_path, option):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        addresses = {"--api": "127.0.0.1:0", "--xds": "127.0.0.1:0", option: address}
        arguments = [word for pair in addresses.items() for word in pair]
        process = Process(binary("martlet-control"), "--data-dir", tmp_path, *arguments)
        assert process.wait() == 1
    said = "\n".join(process.lines)
    assert address in said
    assert "failed: Address already in use; choose another address" in said
    assert option in said


def test_one_directory_is_kept_by_one_process(control, tmp_path):
    arguments = ("--data-dir", tmp_path / "store", "--api", "127.0.0.1:0", "--xds", "127.0.0.1:0")
    second = Process(binary("martlet-control"), *arguments)
    assert second.wait() == 1
    assert "another martlet-control keeps its store there" in "\n".join(second.lines)
    assert control.push.apply(SERVICE.format(number=1)).status == 200


def test_an_xds_address_that_others_can_reach_is_warned_of(start_control):
    start_control(xds="0.0.0.0:0").process.wait_for(
        r"warning.*address=0\.0\.0\.0:0.*asks nobody who they are"
    )


@pytest.mark.parametrize("option", ["--drain-time", "--trace-ratio"])
def test_a_negative_number_is_told_from_a_missing_one(tmp_path, option):
    process = Process(binary("martlet-control"), "--data-dir", tmp_path, option, "-1")
    assert process.wait() != 0
    assert f"{option} is -1" in "\n".join(process.lines)


@pytest.mark.parametrize("host", ["0.0.0.0", "[::]", "example.org", "127.0.0.1.example.org"])
def test_an_address_others_can_reach_needs_a_token(tmp_path, host):
    process = Process(binary("martlet-control"), "--data-dir", tmp_path, "--api", f"{host}:0")
    assert process.wait() != 0
    assert "--token-file" in "\n".join(process.lines)


def test_a_token_makes_an_address_of_all_possible(start_control):
    with_token = {"MARTLET_TOKEN": "secret-of-the-test"}
    control = start_control("--api", "0.0.0.0:0", environment=with_token)
    assert control.push.call("GET", "/healthz").status == 200
    assert control.push.call("GET", "/v1/status").status == 401


def test_a_peer_that_neither_reads_nor_answers_delays_the_end_only_so_long(start_control):
    control = start_control("--drain-time", "1")
    host, port = control.xds.split(":")
    with socket.create_connection((host, int(port))), half_a_request(control.url):
        started = time.monotonic()
        assert control.process.terminate() == 0
        assert time.monotonic() - started < 15


def half_a_request(url: str) -> socket.socket:
    host, port = url.removeprefix("http://").split(":")
    half = socket.create_connection((host, int(port)))
    head = "POST /v1/apply HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/yaml\r\n"
    half.sendall(f"{head}Content-Length: 100\r\n\r\nkind:".encode())
    return half


def test_a_store_that_is_none_is_named(tmp_path):
    (tmp_path / "mesh.db").write_bytes(b"no database" * 100)
    process = Process(
        binary("martlet-control"),
        *("--data-dir", tmp_path, "--api", "127.0.0.1:0", "--xds", "127.0.0.1:0"),
    )
    assert process.wait() == 1
    assert str(tmp_path / "mesh.db") in "\n".join(process.lines)


def test_all_executables_are_of_one_release():
    versions = set()
    for name in ("martlet", "martlet-control", "martletctl"):
        said = subprocess.run(
            [binary(name), "--version"], capture_output=True, text=True, timeout=PATIENCE
        )
        program, version = said.stdout.split()
        assert program == name
        versions.add(version)
    assert len(versions) == 1
