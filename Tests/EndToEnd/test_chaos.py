"""Peers, clocks, pipes and processes that misbehave; every request is accounted for."""

import os
import threading
from collections import Counter

import pytest
from load import Load, assert_nothing_was_lost
from martlet import STDOUT_LOG, cluster, http_listener, to_cluster
from polling import eventually
from upstreams import answering, free_port
from wire import Wire

OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
ROUTES = """
- match: {prefix: /stalls}
  route: {cluster: one, timeout: 0.3s}
- match: {prefix: /}
  route: {cluster: one}
"""


def misbehaving(wire: Wire) -> None:
    """An upstream that does what the path says."""
    while True:
        path = wire.read_request().target
        if path == "/works":
            wire.send(OK)
        elif path == "/dribbles":
            for index in range(len(OK)):
                wire.send(OK[index])
        elif path == "/stalls":
            wire.read(1)
        elif path == "/resets":
            return wire.reset()
        elif path == "/babbles":
            return wire.send("220 smtp ready\r\n")
        elif path == "/ends-early":
            return wire.send_last("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nok")
        elif path == "/breaks-off":
            wire.send("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n" + "x" * 200_000)
            return wire.reset()
        elif path == "/says-too-much":
            wire.send(OK + "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nlies")


# What the client sees of each: a status, or a response that is cut.
SEEN = {
    "/works": 200,
    "/dribbles": 200,
    "/stalls": 504,
    "/resets": 503,
    "/babbles": 502,
    "/ends-early": 502,
    "/breaks-off": "cut",
    "/says-too-much": 200,
}
ROUNDS = 20


def ask_for_everything(port: int, seen: list) -> None:
    for path in list(SEEN) * ROUNDS:
        with Wire.to(port) as client:
            client.get(path)
            try:
                seen.append((path, client.read_response().status))
            except (EOFError, ConnectionResetError):
                seen.append((path, "cut"))


def test_every_request_to_a_misbehaving_upstream_is_accounted_for(proxy, upstream):
    martlet = proxy({"one": upstream(misbehaving)}, ROUTES, access_log=[STDOUT_LOG])
    seen: list = []
    clients = [
        threading.Thread(target=ask_for_everything, args=(martlet.port, seen)) for _ in range(4)
    ]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    assert Counter(seen) == dict.fromkeys(SEEN.items(), 4 * ROUNDS)
    total = len(seen)
    martlet.expect("http.in.downstream_rq_total", total)
    martlet.expect("http.in.downstream_rq_active", 0)
    stats = martlet.stats()
    # A response that is cut had begun as a 200.
    assert stats["http.in.downstream_rq_2xx"] == 4 * 4 * ROUNDS
    assert stats["http.in.downstream_rq_5xx"] == 4 * 4 * ROUNDS
    eventually(lambda: len(martlet.access_log()), lambda lines: lines == total)
    logged = Counter((line["path"], line["response_code"]) for line in martlet.access_log())
    assert logged == {
        (path, 200 if status == "cut" else status): 4 * ROUNDS for path, status in SEEN.items()
    }


@pytest.fixture
def logging(start, upstream):
    """Starts a proxy that logs to standard output; what is given goes to its process."""

    def logging(**process):
        port = free_port()
        resources = {
            "listeners": [http_listener(port, to_cluster("one"), access_log=[STDOUT_LOG])],
            "clusters": [cluster("one", upstream(answering(OK)).port)],
        }
        return start({"static_resources": resources}, port, **process)

    return logging


def test_a_crowd_leaves_descriptors_for_those_who_are_served(logging):
    martlet = logging(max_descriptors=256)
    served = [martlet.connect() for _ in range(10)]
    for client in served:
        client.get()
        assert client.read_response().status == 200
    crowd = [martlet.connect() for _ in range(400)]
    martlet.process.wait_for("connections refused")
    assert martlet.stat("listener.in.downstream_cx_overflow") > 0
    assert martlet.readiness() == 200
    for client in served:
        client.get()
    assert [client.read_response().status for client in served] == [200] * 10
    for client in crowd + served:
        client.close()
    martlet.expect("http.in.downstream_cx_active", 0)
    assert martlet.ask().status == 200


def test_a_wall_clock_that_jumps_costs_nothing(logging, jumping_clock, tmp_path, closing):
    stepped = tmp_path / "stepped"
    martlet = logging(environment=jumping_clock(stepped))

    def day() -> str:
        return martlet.ask()["date"][:16]

    with martlet.connect() as idle:
        today = day()
        load = closing(Load(martlet.port))
        load.wait_for_more(100)
        stepped.touch()
        eventually(day, lambda found: found != today)
        load.wait_for_more(300)
        stepped.unlink()
        eventually(day, lambda found: found == today)
        load.wait_for_more(300)
        load.stop()
        assert (load.failures, set(load.statuses)) == ([], {200})
        idle.get()
        assert idle.read_response().status == 200


def test_a_log_reader_that_stalls_holds_nobody_up(logging, closing):
    reading, writing = os.pipe()
    try:
        martlet = logging(stdout=writing)
        load = closing(Load(martlet.port))
        # More lines than a pipe holds.
        load.wait_for_more(2000)
        assert martlet.readiness() == 200
        assert_nothing_was_lost(load, martlet)
        assert martlet.process.terminate() == 0
    finally:
        os.close(reading)
        os.close(writing)


def test_a_log_reader_that_goes_away_ends_nothing(logging, closing):
    reading, writing = os.pipe()
    martlet = logging(stdout=writing)
    os.close(writing)
    load = closing(Load(martlet.port))
    load.wait_for_more(100)
    os.close(reading)
    load.wait_for_more(300)
    assert_nothing_was_lost(load, martlet)
    assert martlet.process.terminate() == 0


def test_a_proxy_that_is_killed_serves_again_at_once(start, upstream, closing):
    port = free_port()
    resources = {
        "listeners": [http_listener(port, to_cluster("one"))],
        "clusters": [cluster("one", upstream(answering(OK)).port)],
    }
    load = None
    for _ in range(3):
        martlet = start({"static_resources": resources}, port)
        load = closing(Load(port))
        load.wait_for_more(100)
        martlet.process.kill()
        load.wait_for_failure()
        load.stop()
        # Each client lost what it had under way, and was refused from then on.
        assert set(load.statuses) == {200}
