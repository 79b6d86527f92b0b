"""Access logs as they are written: many lines, slow readers, disks and paths that fail."""

import json
import os
import signal
import threading
import time

import pytest
from h2_cases import request
from h2_frames import Kind, headers
from h2_wire import H2Wire
from martlet import STDOUT_LOG, TYPES, http_listener
from polling import eventually
from upstreams import free_port

DIRECT = """
- match: {prefix: /}
  direct_response: {status: 200, body: {inline_string: "hello"}}
"""


def log_to(path) -> dict:
    config = {"@type": f"{TYPES}.access_loggers.file.v3.FileAccessLog", "path": str(path)}
    return {"name": "envoy.access_loggers.file", "typed_config": config}


@pytest.fixture
def logged(start):
    """Starts a proxy that answers by itself, with an access log; the rest goes to its process."""

    def logged(log: dict, **process):
        port = free_port()
        listener = http_listener(port, DIRECT, access_log=[log])
        return start({"static_resources": {"listeners": [listener]}}, port, **process)

    return logged


def ask_many(martlet, count: int, path: str = "/") -> None:
    """Many requests on one connection, some at a time."""
    request = f"GET {path} HTTP/1.1\r\nhost: test\r\n\r\n"
    with martlet.connect() as client:
        for done in range(0, count, 50):
            batch = min(50, count - done)
            client.send(request * batch)
            for _ in range(batch):
                assert client.read_response().status == 200


def dropped(martlet) -> int:
    return martlet.stat("telemetry.access_log_dropped")


def test_a_burst_of_thousands_of_lines_loses_none(logged, tmp_path):
    file = tmp_path / "access.log"
    martlet = logged(log_to(file))
    ask_many(martlet, 5000, "/" + "x" * 600)
    text = eventually(file.read_text, lambda text: text.count("\n") == 5000)
    assert {json.loads(line)["response_code"] for line in text.splitlines()} == {200}
    assert dropped(martlet) == 0


# Heads that come to nothing, and what of them a line shows.
HTTP1_FAULTS = [
    ("GET /x HTTP/1.1\r\nhost: a\r\nno colon\r\n", "/x"),
    ("GET /x HTTP/1.1\r\n", "/x"),
    ("GET no-slash HTTP/1.1\r\nhost: a\r\n", "no-slash"),
]
HTTP2_FAULTS = {
    "a capital": [*request(path="/x"), ("X", "1")],
    "an unknown pseudo field": [*request(path="/x"), (":color", "red")],
    "a field of connections": [*request(path="/x"), ("connection", "close")],
}


@pytest.mark.parametrize("head, path", HTTP1_FAULTS)
def test_a_head_that_breaks_http1_is_logged_with_its_line(logged, head, path):
    martlet = logged(STDOUT_LOG)
    with martlet.connect() as client:
        client.send(f"{head}\r\n")
        assert client.read_response().status == 400
    expect_refused(martlet, "HTTP/1.1", path)


@pytest.mark.parametrize("fault", HTTP2_FAULTS)
def test_a_head_that_breaks_http2_is_logged_with_its_line(logged, fault):
    martlet = logged(STDOUT_LOG)
    with H2Wire.to(martlet.port) as wire:
        wire.begin()
        wire.send(headers(1, HTTP2_FAULTS[fault]))
        wire.read_until(lambda found: found.kind == Kind.RST_STREAM)
    expect_refused(martlet, "HTTP/2", "/x")


def expect_refused(martlet, protocol: str, path: str) -> None:
    [line] = eventually(martlet.access_log)
    assert (line["method"], line["path"], line["protocol"]) == ("GET", path, protocol)
    assert line["response_flags"] == "DPE"


def test_a_reader_of_standard_output_that_stalls_stops_nothing(logged):
    martlet = logged(STDOUT_LOG)
    martlet.process.stop_reading()
    for _ in range(2):
        before = dropped(martlet)
        ask_many(martlet, 3000, "/" + "x" * 1000)
        eventually(lambda before=before: dropped(martlet) > before)
    assert martlet.readiness() == 200
    martlet.process.signal(signal.SIGTERM)
    eventually(lambda: martlet.readiness() is None)
    martlet.process.read_again()
    assert martlet.process.wait() == 0


def test_a_reader_that_comes_back_gets_whole_lines_again(logged):
    reading, writing = os.pipe()
    martlet = logged(STDOUT_LOG, stdout=writing)
    os.close(writing)
    paths = []

    def read_lines():
        with open(reading) as lines:
            for line in lines:
                paths.append(json.loads(line)["path"])

    ask_many(martlet, 4000, "/" + "x" * 1000)
    martlet.process.wait_for("nobody reads it: lines are lost")
    threading.Thread(target=read_lines, daemon=True).start()
    martlet.process.wait_for("takes lines again")
    martlet.ask("/after")
    # Each worker hands its last lines over in its own time.
    eventually(lambda: paths.count("/after"))
    eventually(lambda: len(paths) + dropped(martlet), lambda count: count == 4001)


def test_a_pipe_that_nobody_reads_yet_is_no_fault(logged, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    martlet = logged(log_to(pipe))
    assert martlet.ask("/early").status == 200
    read = []

    def read_line():
        with pipe.open() as lines:
            read.append(lines.readline())

    threading.Thread(target=read_line, daemon=True).start()
    (line,) = eventually(lambda: read)
    assert json.loads(line)["path"] == "/early"


def test_a_disk_that_is_full_is_said_once(logged):
    martlet = logged(log_to("/dev/full"))
    for count in (1, 2, 3):
        assert martlet.ask().status == 200
        eventually(lambda expected=count: dropped(martlet) == expected)
    said = [line for line in martlet.process.lines if "/dev/full" in line]
    assert len(said) == 1
    assert "No space left on device" in said[0]


def test_a_file_is_opened_anew_after_it_was_renamed(logged, tmp_path):
    file, renamed = tmp_path / "access.log", tmp_path / "access.log.1"
    martlet = logged(log_to(file))
    martlet.ask("/before")
    eventually(file.read_text, lambda text: "/before" in text)
    file.rename(renamed)
    martlet.process.signal(signal.SIGUSR1)
    eventually(file.exists)
    martlet.ask("/after")
    eventually(file.read_text, lambda text: "/after" in text)
    assert renamed.read_text().count("\n") == 1


def test_what_nobody_reads_is_waited_for_at_the_end_and_its_loss_is_said(start, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    port = free_port()
    listener = http_listener(port, DIRECT, access_log=[log_to(pipe)])
    resources = {"static_resources": {"listeners": [listener]}}
    martlet = start(resources, port, "--drain-time", "1")
    ask_many(martlet, 400)
    begun = time.monotonic()
    assert martlet.process.terminate() == 0
    # Two seconds for the log; the end of the drain's time does not cut them short.
    assert time.monotonic() - begun > 1.9
    said = r"access log on .*pipe: nobody reads it: the last \d+ lines are lost"
    assert martlet.process.wait_for(said)
