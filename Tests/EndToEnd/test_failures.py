"""Upstreams that fail: what the client sees, what is tried again, and that all is accounted for."""

import socket
import threading

import pytest
from load import Load
from martlet import STDOUT_LOG
from polling import PATIENCE, eventually, sooner_than
from upstreams import Echo, answering, free_port
from wire import Wire

OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
ONE_WORKER = ("--concurrency", "1")


def logged_flags(martlet) -> list[str]:
    """The response flags of every exchange, from the access log."""
    eventually(lambda: martlet.access_log())
    return [line["response_flags"] for line in martlet.access_log()]


def test_a_refused_connection_is_a_503_with_its_cause(proxy):
    martlet = proxy({"dead": free_port()}, access_log=[STDOUT_LOG])
    response = martlet.ask()
    assert (response.status, response.body) == (503, b"upstream_connection_refused\n")
    assert logged_flags(martlet) == ["UF"]
    assert martlet.stat("cluster.dead.upstream_cx_connect_fail") >= 1


def test_a_cluster_without_an_endpoint_is_a_503(proxy):
    martlet = proxy({"empty": []}, access_log=[STDOUT_LOG])
    assert martlet.ask().status == 503
    assert logged_flags(martlet) == ["UH"]


def test_a_connection_that_is_never_accepted_times_out(proxy):
    # The backlog is full, so that the kernel answers no further handshake.
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port = full.getsockname()[1]
        waiting = []
        for _ in range(3):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
            waiting.append(filler)
        martlet = proxy({"deaf": port}, cluster_config={"connect_timeout": "0.2s"})
        # Five seconds when nothing is said, and one more attempt.
        with sooner_than(5):
            assert martlet.ask().status == 503
        assert martlet.stat("cluster.deaf.upstream_cx_connect_timeout") >= 1
        for filler in waiting:
            filler.close()


def test_a_connection_that_fails_is_tried_at_another_endpoint(proxy, echo):
    martlet = proxy({"one": [free_port(), echo()]})
    assert [martlet.ask().status for _ in range(20)] == [200] * 20


def test_an_upstream_killed_under_load_fails_no_request(proxy, nginx, closing):
    stays, dies = nginx("stays"), nginx("dies")
    martlet = proxy({"pair": [stays, dies]})
    load = closing(Load(martlet.port, clients=8))
    load.wait_for(lambda answers: answers["stays"] > 100 and answers["dies"] > 100)
    dies.process.kill()
    load.wait_for_more(1000)
    load.stop()
    assert load.failures == []
    assert load.statuses == {200: load.total}
    martlet.expect("http.in.downstream_rq_active", 0)
    stats = martlet.stats()
    assert stats["http.in.downstream_rq_total"] == load.total
    assert stats["http.in.downstream_rq_2xx"] == load.total
    assert stats["http.in.downstream_rq_active"] == 0
    attempts = stats["cluster.pair.upstream_rq_total"]
    assert attempts == load.total + stats["cluster.pair.upstream_rq_retry"]
    assert stats["cluster.pair.upstream_rq_2xx"] == load.total


def test_a_kept_connection_closed_by_the_upstream_costs_no_request(proxy, upstream):
    def script(wire):
        # Answers one request, takes the next one, and goes without a word.
        wire.read_request()
        wire.send(OK)
        wire.read_request()

    once = upstream(script)
    martlet = proxy({"one": once}, options=ONE_WORKER)
    with martlet.connect() as client:
        for _ in range(10):
            client.get()
            assert client.read_response().status == 200
    martlet.expect("cluster.one.upstream_rq_retry", 9)
    martlet.expect("cluster.one.upstream_rq_retry_success", 9)


def test_a_kept_connection_that_resets_the_request_costs_no_request(proxy, upstream):
    def script(wire):
        wire.read_request()
        wire.send(OK)
        wire.read(1)
        wire.reset()

    martlet = proxy({"one": upstream(script)}, options=ONE_WORKER)
    with martlet.connect() as client:
        for _ in range(10):
            client.get()
            assert client.read_response().status == 200


def test_many_stale_connections_at_once_cost_no_request(proxy, upstream):
    everyone_is_here = threading.Barrier(8)
    leave = threading.Event()

    def script(wire):
        wire.read_request()
        if not leave.is_set():
            everyone_is_here.wait(PATIENCE)
            wire.send(OK)
            leave.wait(PATIENCE)
            return
        # Those that come now are kept, and asked again.
        while True:
            wire.send(OK)
            wire.read_request()

    martlet = proxy({"one": upstream(script)}, options=ONE_WORKER)
    clients = [martlet.connect() for _ in range(8)]
    for client in clients:
        client.get()
    assert [client.read_response().status for client in clients] == [200] * 8
    leave.set()
    for client in clients:
        client.get()
    assert [client.read_response().status for client in clients] == [200] * 8
    for client in clients:
        client.close()


def test_a_post_that_reached_the_upstream_is_not_sent_again(proxy, upstream):
    seen = []

    def script(wire):
        for _ in range(2):
            seen.append(wire.read_request())
            if seen[-1].method == "GET":
                wire.send(OK)

    martlet = proxy({"one": upstream(script)}, options=ONE_WORKER)
    with martlet.connect() as client:
        client.get()
        assert client.read_response().status == 200
        client.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nhi")
        response = client.read_response()
    assert (response.status, response.body) == (503, b"upstream_reset_before_response\n")
    assert [request.method for request in seen] == ["GET", "POST"]


def test_a_request_that_made_room_for_its_trailers_is_not_sent_again(proxy, upstream):
    chunk = f"{12_000:x}\r\n{'x' * 12_000}\r\n"
    trailers = "".join(f"t{n}: {'y' * 1000}\r\n" for n in range(40))
    body_arrived = threading.Event()
    requests = []

    def script(wire):
        requests.append(wire.read_request())
        wire.send(OK)
        if len(stale.connections) == 1:
            wire.read_head()
            body = b""
            while len(body) < 12_000:
                # The proxy cuts chunks anew.
                body += wire.read(int(wire.read_line(), 16))
                assert wire.read(2) == b"\r\n"
            body_arrived.set()
            wire.read(1)

    stale = upstream(script)
    martlet = proxy({"one": stale}, options=ONE_WORKER)
    with martlet.connect() as client:
        client.get()
        assert client.read_response().status == 200
        client.send("PUT / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n")
        client.send(chunk)
        assert body_arrived.wait(PATIENCE)
        client.send(f"0\r\n{trailers}\r\n")
        assert client.read_response().status == 503
    assert [request.method for request in requests] == ["GET"]
    assert len(stale.connections) == 1
    assert martlet.ask().status == 200


def vanish(wire):
    wire.read_request()


def test_a_get_that_a_fresh_connection_lost_is_sent_to_another_endpoint(proxy, upstream):
    vanishing, standing = upstream(vanish), upstream(answering(OK))
    martlet = proxy({"pair": [vanishing, standing]}, options=ONE_WORKER)
    assert [martlet.ask().status for _ in range(4)] == [200] * 4
    assert len(vanishing.connections) == martlet.stats()["cluster.pair.upstream_rq_retry"] > 0


@pytest.mark.parametrize("dead", ["refuses", "vanishes"])
def test_a_dead_endpoint_leaves_no_connections_to_the_live_one(proxy, upstream, echo, dead):
    port = free_port() if dead == "refuses" else upstream(vanish)
    martlet = proxy({"pair": [port, echo()]}, options=ONE_WORKER)
    with martlet.connect() as client:
        for _ in range(40):
            client.get()
            assert client.read_response().status == 200
    assert martlet.stat("cluster.pair.upstream_rq_retry") >= 10
    assert martlet.stat("cluster.pair.upstream_cx_active") <= 2


def test_a_get_is_not_sent_again_and_again(proxy, upstream):
    vanishing = upstream(vanish)
    martlet = proxy({"one": vanishing}, access_log=[STDOUT_LOG])
    assert martlet.ask().status == 503
    assert len(vanishing.connections) == 2
    assert logged_flags(martlet) == ["UC"]


def test_a_post_on_a_fresh_connection_is_not_sent_again(proxy, upstream):
    vanishing = upstream(vanish)
    martlet = proxy({"one": vanishing})
    with martlet.connect() as client:
        client.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nhi")
        assert client.read_response().status == 503
    assert len(vanishing.connections) == 1


def test_a_request_that_is_sent_again_is_sent_to_its_end(proxy, upstream):
    lines = [f"x-{n}: {'y' * 1000}" for n in range(55)]
    sent_again = threading.Event()

    def script(wire):
        if len(small.connections) > 1:
            sent_again.wait(5)
            wire.read_request()
            wire.send(OK)
        else:
            wire.read_request()

    small = upstream(script)
    small.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    martlet = proxy({"one": small}, options=ONE_WORKER)
    with martlet.connect() as client:
        client.get("/", *lines)
        # The second time the kernel's buffers cannot hold it: the rest goes when there is room.
        sent = "cluster.one.upstream_cx_tx_bytes_total"
        eventually(lambda: martlet.stat(sent), lambda count: count > 60_000)
        sent_again.set()
        assert client.read_response().status == 200


def test_a_reset_in_mid_response_is_seen_by_the_client(proxy, upstream):
    def script(wire):
        wire.read_request()
        wire.send("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")
        passed_on.wait(PATIENCE)
        wire.reset()

    passed_on = threading.Event()
    martlet = proxy({"one": upstream(script)}, access_log=[STDOUT_LOG])
    with martlet.connect() as client:
        client.get()
        assert client.read_head().status == 200
        assert client.read(4) == b"half"
        passed_on.set()
        with pytest.raises((EOFError, ConnectionResetError)):
            client.read(96)
    assert logged_flags(martlet) == ["UC"]


COUNTED = "HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\nshort"
CHUNKED = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n"


@pytest.mark.parametrize(
    ("response", "body", "flags"),
    [
        (COUNTED, b"upstream_reset_in_response\n", "UC"),
        (CHUNKED, b"upstream_reset_in_response\n", "UC"),
        (CHUNKED + "nonsense\r\n", b"invalid_chunk_size\n", "UPE"),
    ],
)
def test_a_response_that_fails_before_the_client_saw_any_of_it_is_a_502(
    proxy, upstream, response, body, flags
):
    def script(wire):
        wire.read_request()
        wire.send_last(response)
        wire.read_rest()

    martlet = proxy({"one": upstream(script)}, access_log=[STDOUT_LOG])
    with martlet.connect() as client:
        for _ in range(2):
            client.get()
            answer = client.read_response()
            assert (answer.status, answer.body) == (502, body)
    eventually(lambda: len(martlet.access_log()), lambda count: count == 2)
    assert logged_flags(martlet) == [flags] * 2
    assert [line["bytes_sent"] for line in martlet.access_log()] == [len(body)] * 2


@pytest.mark.parametrize(
    "garbage",
    [
        "not HTTP at all\r\n\r\n",
        "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
        "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-length: 2\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nx y: 1\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nx: a\x00b\r\ncontent-length: 0\r\n\r\n",
        "HTTP/3.0 200 OK\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
        "HTTP/1.1 200 OK\r\nbig: " + "x" * 200_000 + "\r\n\r\n",
        "\x16\x03\x01\x02\x00",
    ],
)
def test_garbage_from_the_upstream_is_a_502(proxy, upstream, garbage):
    def script(wire):
        wire.read_request()
        wire.send(garbage)
        wire.read_rest()

    martlet = proxy({"one": upstream(script)}, access_log=[STDOUT_LOG])
    response = martlet.ask()
    assert response.status == 502
    assert logged_flags(martlet) == ["UPE"]


def test_bytes_after_a_response_do_not_become_the_next_one(proxy, upstream):
    def script(wire):
        while True:
            wire.read_request()
            wire.send(OK + "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\npoison")

    martlet = proxy({"one": upstream(script)}, options=ONE_WORKER)
    with martlet.connect() as client:
        for _ in range(20):
            client.get()
            assert client.read_response().body == b"ok"


def test_a_client_that_goes_away_frees_its_upstream(proxy, upstream):
    gone = threading.Event()

    def script(wire: Wire):
        wire.read_head()
        try:
            while True:
                wire.send(b"x" * 65536)
        finally:
            gone.set()

    stubborn = upstream(script)
    martlet = proxy({"one": stubborn})
    client = martlet.connect()
    client.get()
    client.close()
    assert gone.wait(PATIENCE)
    eventually(lambda: martlet.stat("http.in.downstream_rq_active"), lambda active: active == 0)


def test_an_upstream_that_comes_back_is_used_again(proxy, closing):
    first = closing(Echo("first"))
    martlet = proxy({"one": first}, options=ONE_WORKER)
    assert martlet.ask().status == 200
    first.close()
    assert martlet.ask().status == 503
    back = closing(Echo("back", first.port))
    assert martlet.ask().body == b"back /\n"
    assert len(back.requests) == 1
