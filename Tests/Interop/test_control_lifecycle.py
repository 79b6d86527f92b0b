"""martlet-control as a process: starting, ending, and being killed."""

import socket
import threading

import pytest
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
    assert "already in use" in said
    assert option in said


def test_an_address_others_can_reach_needs_a_token(tmp_path):
    process = Process(binary("martlet-control"), "--data-dir", tmp_path, "--api", "0.0.0.0:0")
    assert process.wait() != 0
    assert "--token" in "\n".join(process.lines)


def test_a_store_that_is_none_is_named(tmp_path):
    (tmp_path / "mesh.db").write_bytes(b"no database" * 100)
    process = Process(
        binary("martlet-control"),
        *("--data-dir", tmp_path, "--api", "127.0.0.1:0", "--xds", "127.0.0.1:0"),
    )
    assert process.wait() == 1
    assert str(tmp_path / "mesh.db") in "\n".join(process.lines)
