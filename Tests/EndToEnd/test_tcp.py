"""The TCP proxy: bytes, and each side's end, are carried as they are."""

import hashlib
import math
import threading
from collections import Counter

import pytest
from martlet import STDOUT_LOG, cluster, tcp_listener
from polling import PATIENCE, eventually
from upstreams import free_port
from wire import Wire


@pytest.fixture
def tcp_proxy(start):
    """Starts a proxy with one TCP listener before clusters of the given upstreams' ports."""

    def tcp_proxy(clusters: dict, cluster_config=None, **proxy):
        port = free_port()
        if "weighted_clusters" not in proxy:
            proxy["cluster"] = next(iter(clusters))
        resources = {
            "listeners": [tcp_listener(port, **proxy)],
            "clusters": [
                cluster(name, upstream_port, **(cluster_config or {}))
                for name, upstream_port in clusters.items()
            ],
        }
        return start({"static_resources": resources}, port)

    return tcp_proxy


def test_bytes_go_both_ways_and_are_counted(tcp_proxy, upstream):
    def shout(wire: Wire) -> None:
        while data := wire.socket.recv(65536):
            wire.send(data.upper())

    martlet = tcp_proxy({"one": upstream(shout).port}, access_log=[STDOUT_LOG])
    with martlet.connect() as client:
        for word in ("hello", "there"):
            client.send(word)
            assert client.read(5) == word.upper().encode()
        martlet.expect("tcp.tcp.downstream_cx_active", 1)
    eventually(lambda: martlet.stat("tcp.tcp.downstream_cx_active"), lambda n: n == 0)
    stats = martlet.stats()
    assert stats["tcp.tcp.downstream_cx_total"] == 1
    assert stats["tcp.tcp.downstream_cx_rx_bytes_total"] == 10
    assert stats["tcp.tcp.downstream_cx_tx_bytes_total"] == 10
    assert stats["cluster.one.upstream_cx_total"] == 1
    (line,) = eventually(martlet.access_log)
    assert (line["bytes_received"], line["bytes_sent"]) == (10, 10)
    assert line["upstream_cluster"] == "one"


def test_the_client_s_end_is_carried_to_the_upstream_which_may_still_answer(tcp_proxy, upstream):
    def count(wire: Wire) -> None:
        wire.send(f"{len(wire.read_rest())} bytes")

    martlet = tcp_proxy({"one": upstream(count).port})
    with martlet.connect() as client:
        client.send(b"x" * 100_000)
        client.finish_sending()
        assert client.read_rest() == b"100000 bytes"


def test_the_upstream_s_end_is_carried_to_the_client_who_may_still_send(tcp_proxy, upstream):
    got = []
    done = threading.Event()

    def greet(wire: Wire) -> None:
        wire.send("welcome")
        wire.finish_sending()
        got.append(wire.read_rest())
        done.set()

    martlet = tcp_proxy({"one": upstream(greet).port})
    with martlet.connect() as client:
        assert client.read_rest() == b"welcome"
        client.send("thanks")
        client.finish_sending()
        assert done.wait(PATIENCE)
    assert got == [b"thanks"]


def test_a_reset_is_carried_as_a_reset(tcp_proxy, upstream):
    def reset(wire: Wire) -> None:
        wire.read(1)
        wire.reset()

    martlet = tcp_proxy({"one": upstream(reset).port})
    with martlet.connect() as client:
        client.send("x")
        with pytest.raises(ConnectionResetError):
            client.read(1)


def test_an_upstream_that_refuses_ends_the_connection(tcp_proxy):
    martlet = tcp_proxy({"one": free_port()}, access_log=[STDOUT_LOG])
    with martlet.connect() as client:
        assert client.is_closed_by_peer()
    (line,) = eventually(martlet.access_log)
    assert line["response_flags"] == "UF"
    martlet.expect("cluster.one.upstream_cx_connect_fail", 1)


def test_connecting_is_tried_as_often_as_configured(tcp_proxy):
    martlet = tcp_proxy({"one": free_port()}, max_connect_attempts=3)
    with martlet.connect() as client:
        assert client.is_closed_by_peer()
    martlet.expect("cluster.one.upstream_cx_connect_fail", 3)


def test_an_idle_connection_is_ended_in_time(tcp_proxy, upstream):
    quiet = upstream(lambda wire: wire.read_rest())
    martlet = tcp_proxy({"one": quiet.port}, idle_timeout="2s")
    with martlet.connect() as client:
        client.send("x")
        assert client.is_closed_by_peer()
    martlet.expect("tcp.tcp.idle_timeout", 1)


def test_an_old_connection_is_ended_though_it_is_busy(tcp_proxy, upstream):
    def chatter(wire: Wire) -> None:
        while wire.socket.recv(1):
            wire.send("x")

    martlet = tcp_proxy(
        {"one": upstream(chatter).port},
        access_log=[STDOUT_LOG],
        max_downstream_connection_duration="2s",
    )
    with martlet.connect() as client, pytest.raises((ConnectionError, EOFError)):
        while True:
            client.send("x")
            client.read(1)
    martlet.expect("tcp.tcp.max_downstream_connection_duration", 1)
    (line,) = eventually(martlet.access_log)
    assert line["response_flags"] == "DT"


def test_connections_are_shared_out_by_weight(tcp_proxy, upstream):
    first = upstream(lambda wire: wire.send("1"))
    second = upstream(lambda wire: wire.send("2"))
    weights = {"clusters": [{"name": "first", "weight": 3}, {"name": "second", "weight": 1}]}
    martlet = tcp_proxy({"first": first.port, "second": second.port}, weighted_clusters=weights)
    count, share = 400, 0.25
    answers = Counter()
    for _ in range(count):
        with martlet.connect() as client:
            answers[client.read_rest()] += 1
    # Binomial: five standard deviations.
    assert abs(answers[b"2"] - count * share) <= 5 * math.sqrt(count * share * (1 - share))
    assert answers.total() == count


def test_a_large_transfer_with_a_slow_reader_is_whole(tcp_proxy, upstream):
    body = bytes(range(256)) * (32 << 12)

    def digest(wire: Wire) -> None:
        wire.send(hashlib.sha256(wire.read_rest()).hexdigest())

    martlet = tcp_proxy({"one": upstream(digest).port})
    before = martlet.resident()
    with martlet.connect() as client:
        client.send(body)
        client.finish_sending()
        assert client.read_rest().decode() == hashlib.sha256(body).hexdigest()
    assert martlet.resident() - before < 1 << 20
