"""The operator's command line, as its users run it."""

import os
import socket
import subprocess
import time

from control_plane import ControlPlane
from polling import PATIENCE
from process import binary

EMPTY_LIST = b'HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\n{"items":[]}'
SERVICE = """
apiVersion: v1
kind: Service
metadata: {{name: {name}}}
spec: {{ports: [{{name: http, port: 80}}]}}
"""


def test_sleeps_while_it_waits_for_the_answer():
    """One that polls takes the processors from the control plane it waits for."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        client = subprocess.Popen([binary("martletctl"), "--server", url, "get", "services"])
        connection, _ = server.accept()
        with connection:
            connection.recv(65_536)
            time.sleep(1)
            connection.sendall(EMPTY_LIST)
            _, status, usage = os.wait4(client.pid, 0)
    client.returncode = os.waitstatus_to_exitcode(status)
    assert client.returncode == 0
    assert usage.ru_nvcsw < 1_000


def test_many_deletes_at_once_are_all_carried_out(closing, tmp_path):
    control = closing(ControlPlane(tmp_path / "store"))
    manifests = [SERVICE.format(name=f"s{number}") for number in range(8)]
    assert control.push.apply("---".join(manifests)).status == 200
    files = [tmp_path / f"{number}.yaml" for number in range(8)]
    for file, manifest in zip(files, manifests, strict=True):
        file.write_text(manifest)
    command = [binary("martletctl"), "--server", control.url, "delete", "-f"]
    clients = [subprocess.Popen([*command, file]) for file in files]
    assert [client.wait(PATIENCE) for client in clients] == [0] * 8
    assert control.martletctl("get", "services").stdout == "no services in namespace default\n"
