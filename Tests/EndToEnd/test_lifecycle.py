"""Starting, refusing to start, draining and ending."""

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import threading
import time

import pytest
from load import Load
from martlet import TYPES, cluster, http_listener, over_ads, tcp_listener, to_cluster
from polling import PATIENCE, eventually
from process import SANITIZER, binary
from tls import downstream_tls, https_listener
from upstreams import accepts, free_port

SLOW_OK = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nslow"

# A drain that outlasts the patience of a test.
NO_LIMIT = ("--drain-time", "600")


class Gate:
    """An upstream's script that answers when it is told to."""

    def __init__(self):
        self.asked = threading.Event()
        self.open = threading.Event()

    def __call__(self, wire) -> None:
        while True:
            wire.read_request()
            self.asked.set()
            self.open.wait(PATIENCE)
            wire.send(SLOW_OK)


# Idling


def test_code_that_only_the_start_needs_is_let_go_of(proxy, echo):
    martlet = proxy({"one": echo()})
    eventually(lambda: martlet.memory("VmHWM") - martlet.memory("VmRSS") > 1 << 20)
    with martlet.connect() as client:
        client.get()
        assert client.read_response().status == 200


# Secrets


# Where the kernel puts a core dump; a relative path is one in the process's folder.
CORE_PATTERN = pathlib.Path("/proc/sys/kernel/core_pattern").read_text()


@pytest.mark.skipif(SANITIZER is not None, reason="a sanitizer has no core dumped")
@pytest.mark.skipif(CORE_PATTERN[0] in "|/", reason="core dumps go where others would find them")
@pytest.mark.parametrize("options", [(), ("--core-dumps",)])
def test_a_crash_leaves_keys_behind_only_where_it_is_told_to(tmp_path, options):
    (tmp_path / "empty.yaml").write_text("static_resources: {}")
    command = ["prlimit", "--core=unlimited", binary("martlet"), "--config", "empty.yaml", *options]
    # Swift's own account of a crash takes its time where the toolchain is there.
    environment = {**os.environ, "SWIFT_BACKTRACE": "enable=no"}
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        assert "nothing is served" in process.stderr.readline()
        process.send_signal(signal.SIGABRT)
        _, status = os.waitpid(process.pid, 0)
    assert os.WTERMSIG(status) == signal.SIGABRT
    assert os.WCOREDUMP(status) == bool(options)


# Ending


def test_sigterm_finishes_what_runs_refuses_what_is_new_and_exits_0(proxy, upstream):
    gate = Gate()
    martlet = proxy({"one": upstream(gate)})
    with martlet.connect() as client:
        client.get()
        assert gate.asked.wait(PATIENCE)
        martlet.process.signal(signal.SIGTERM)
        eventually(lambda: not accepts(martlet.port))
        assert martlet.readiness() == 503
        assert martlet.process.is_running
        gate.open.set()
        response = client.read_response()
        assert (response.status, response.body) == (200, b"slow")
        assert response["connection"] == "close"
        assert client.is_closed_by_peer()
    assert martlet.process.wait() == 0


def test_sigterm_closes_idle_connections_soon(proxy, echo):
    martlet = proxy({"one": echo()}, options=NO_LIMIT)
    with martlet.connect() as silent, martlet.connect() as served:
        served.get()
        assert served.read_response().status == 200
        assert martlet.process.terminate() == 0
        assert silent.is_closed_by_peer()
        assert served.is_closed_by_peer()


def test_a_request_on_its_way_when_the_drain_begins_is_answered(proxy, echo):
    martlet = proxy({"one": echo()}, drain_timeout=f"{PATIENCE}s")
    with martlet.connect() as client:
        client.get("/before")
        assert client.read_response().status == 200
        martlet.process.signal(signal.SIGTERM)
        eventually(lambda: not accepts(martlet.port))
        client.get("/after")
        response = client.read_response()
        assert (response.body, response["connection"]) == (b"echo /after\n", "close")
    assert martlet.process.wait() == 0


def test_sigterm_under_load_fails_no_request_that_was_taken(proxy, nginx, closing):
    martlet = proxy({"one": nginx("plain")})
    load = closing(Load(martlet.port, clients=8))
    load.wait_for_more(300)
    assert martlet.process.terminate() == 0
    load.stop()
    assert load.statuses == {200: load.total}
    # New connections are refused, and nothing else happens to a client.
    assert {fault.split("(")[0] for fault in load.failures} <= {"ConnectionRefusedError"}


def test_sigterm_ends_a_proxy_that_does_nothing(proxy, echo):
    assert proxy({"one": echo()}).process.terminate() == 0


def test_a_drain_takes_no_longer_than_it_may(proxy, upstream):
    gate = Gate()
    martlet = proxy({"one": upstream(gate)}, options=("--drain-time", "1"))
    with martlet.connect() as client:
        client.get()
        assert gate.asked.wait(PATIENCE)
        begun = time.monotonic()
        assert martlet.process.terminate() == 0
        # Half a minute is what it may take when nothing is said.
        assert 0.9 <= time.monotonic() - begun < 15
        with pytest.raises((EOFError, ConnectionResetError)):
            client.read_response()
    gate.open.set()


def test_a_second_sigterm_ends_it_at_once(proxy, upstream):
    gate = Gate()
    martlet = proxy({"one": upstream(gate)}, options=NO_LIMIT)
    with martlet.connect() as client:
        client.get()
        assert gate.asked.wait(PATIENCE)
        martlet.process.signal(signal.SIGTERM)
        eventually(lambda: not accepts(martlet.port))
        martlet.process.signal(signal.SIGTERM)
        martlet.process.wait()
    gate.open.set()


def test_a_signal_after_the_admin_listeners_drain_waits_for_what_runs(proxy, upstream):
    gate = Gate()
    martlet = proxy({"one": upstream(gate)})
    with martlet.connect() as client:
        client.get()
        assert gate.asked.wait(PATIENCE)
        assert martlet.admin_get("/drain", method="POST")[0] == 200
        eventually(lambda: not accepts(martlet.port))
        martlet.process.signal(signal.SIGTERM)
        assert martlet.readiness() == 503
        gate.open.set()
        response = client.read_response()
        assert (response.status, response.body) == (200, b"slow")
    assert martlet.process.wait() == 0


def test_the_admin_listener_can_begin_a_drain(proxy, echo):
    martlet = proxy({"one": echo()})
    assert martlet.admin_get("/drain", method="POST")[0] == 200
    assert martlet.process.wait() == 0


# Starting


def static(*listeners: dict, upstream_port: int = 9) -> dict:
    return {
        "static_resources": {
            "listeners": list(listeners),
            "clusters": [cluster("one", upstream_port)],
        }
    }


def test_a_port_that_is_taken_is_named(start):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        martlet = start(static(http_listener(port, to_cluster("one"))), port, ready=False)
        assert martlet.process.wait() == 1
        said = "\n".join(martlet.process.lines)
    assert f"cannot listen on 127.0.0.1:{port}: address in use; another process holds it" in said


@pytest.mark.parametrize("descriptors", range(60, 130, 10))
def test_a_start_without_descriptors_enough_says_so(start, descriptors):
    config = static(http_listener(free_port(), to_cluster("one")))
    martlet = start(config, 0, "--concurrency", "32", ready=False, max_descriptors=descriptors)
    assert martlet.process.wait() == 1
    assert "Too many open files" in "\n".join(martlet.process.lines)


def test_an_access_log_that_cannot_be_opened_is_named(start):
    log = {
        "name": "envoy.access_loggers.file",
        "typed_config": {
            "@type": f"{TYPES}.access_loggers.file.v3.FileAccessLog",
            "path": "/nonexistent/access.log",
        },
    }
    port = free_port()
    listener = http_listener(port, to_cluster("one"), access_log=[log])
    martlet = start(static(listener), port, ready=False)
    assert martlet.process.wait() == 1
    said = "\n".join(martlet.process.lines)
    assert "cannot write to /nonexistent/access.log: open: No such file or directory" in said


def test_a_taken_admin_port_is_named(start):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        bootstrap = static(http_listener(free_port(), to_cluster("one")))
        address = {"socket_address": {"address": "127.0.0.1", "port_value": port}}
        martlet = start({**bootstrap, "admin": {"address": address}}, 1, ready=False)
        assert martlet.process.wait() == 1
    said = "\n".join(martlet.process.lines)
    fault = f"cannot listen on 127.0.0.1:{port}: address in use; another process holds it"
    assert f"admin.address: {fault}" in said


BAD_FILE = """\
node: {id: a, cluster: a}
static_resources:
  clusters:
  - name: one
    type: STATIC
    conect_timeout: 1s
"""


def run(*arguments) -> subprocess.CompletedProcess:
    return subprocess.run(
        [binary("martlet"), *arguments], capture_output=True, text=True, timeout=PATIENCE
    )


def test_a_bad_file_is_refused_with_its_place(tmp_path):
    file = tmp_path / "bad.yaml"
    file.write_text(BAD_FILE)
    done = run("--config", file)
    assert done.returncode == 1
    assert f"{file}:6:5" in done.stderr
    assert "conect_timeout" in done.stderr
    assert "connect_timeout" in done.stderr


def test_validate_says_the_same_without_starting(tmp_path):
    bad, good = tmp_path / "bad.yaml", tmp_path / "good.yaml"
    bad.write_text(BAD_FILE)
    good.write_text(
        BAD_FILE.replace("conect", "connect") + "    load_assignment: {cluster_name: one}\n"
    )
    refused, accepted = run("validate", bad), run("validate", good)
    assert refused.returncode == 1
    assert f"{bad}:6:5" in refused.stdout
    assert accepted.returncode == 0, accepted.stdout
    assert "applied: 0 listeners, 1 cluster;" in accepted.stdout


def test_validate_warns_of_a_certificate_that_has_expired(tmp_path, certificates):
    transport = downstream_tls(certificates.pair("expired"))
    listeners = [https_listener(10443, transport, "app")]
    resources = {"listeners": listeners, "clusters": [cluster("app", 9)]}
    file = tmp_path / "expired.yaml"
    file.write_text(json.dumps({"static_resources": resources}))
    done = run("validate", file)
    assert done.returncode == 0, done.stdout
    path = certificates["expired.pem"]
    place = f"tls_certificates[0].certificate_chain: {path}: CN=expired,O=Example expired on "
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("warning: ")]
    assert line.startswith(f"warning:  {file}:1:")
    assert place in line


def test_what_is_no_yaml_is_refused_with_its_place(tmp_path):
    file = tmp_path / "broken.yaml"
    file.write_text("node: {id: a\nstatic_resources: [\n")
    done = run("--config", file)
    assert done.returncode == 1
    assert re.search(rf"{re.escape(str(file))}:\d+:\d+", done.stderr)


def test_a_file_that_is_not_there_is_named():
    done = run("--config", "/nonexistent/martlet.yaml")
    assert done.returncode == 1
    assert "/nonexistent/martlet.yaml" in done.stderr


def test_an_unknown_option_is_a_usage_fault():
    done = run("--confg", "x")
    assert done.returncode != 0
    assert "--confg" in done.stderr


def test_no_argument_is_a_usage_fault_that_tells_the_usage():
    done = run()
    assert done.returncode == 2
    assert "martlet --config FILE" in done.stderr
    assert done.stdout == ""


def test_validate_says_when_nothing_would_be_served(tmp_path):
    file = tmp_path / "empty.yaml"
    file.write_text("{}\n")
    done = run("validate", f"--config={file}")
    assert done.returncode == 0
    assert "static_resources.listeners" in done.stdout
    assert "dynamic_resources.lds_config" in done.stdout


def test_an_unreachable_control_plane_is_waited_for(start):
    martlet = start(over_ads(free_port()), free_port(), ready=False)
    eventually(lambda: martlet.readiness() == 503)
    status, _, body = martlet.admin_get("/ready")
    assert (status, "control plane" in body) == (503, True)
    assert martlet.process.is_running
    assert martlet.process.terminate() == 0


def test_a_drain_lets_tcp_connections_finish(start, upstream):
    release = threading.Event()

    def script(wire):
        wire.read(5)
        release.wait(PATIENCE)
        wire.send("bye")

    backend = upstream(script)
    port = free_port()
    bootstrap = static(tcp_listener(port, cluster="one"), upstream_port=backend.port)
    martlet = start(bootstrap, port)
    with martlet.connect() as client:
        client.send("hello")
        eventually(lambda: backend.received == b"hello")
        martlet.process.signal(signal.SIGTERM)
        eventually(lambda: not accepts(port))
        release.set()
        client.finish_sending()
        assert client.read_rest() == b"bye"
    assert martlet.process.wait() == 0
