"""The bounds of a cluster: how many connections and waiting requests it may have at once."""

import threading
import time

from martlet import STDOUT_LOG, cluster, http_listener, tcp_listener, to_cluster
from polling import eventually
from upstreams import answering, free_port
from wire import Wire

OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
LAST = OK.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n")
ONE_WORKER = ("--concurrency", "1")


def thresholds(**limits: int) -> dict:
    return {"circuit_breakers": {"thresholds": [limits]}}


def test_requests_beyond_the_connection_limit_take_turns(proxy, upstream):
    release = threading.Event()
    one = upstream(answering(OK, once=release))
    martlet = proxy(
        {"one": one},
        options=ONE_WORKER,
        cluster_config=thresholds(max_connections=2),
    )
    clients = [martlet.connect() for _ in range(6)]
    for client in clients:
        client.get()
    eventually(lambda: martlet.stat("cluster.one.upstream_cx_overflow"), lambda count: count == 4)
    release.set()
    assert [client.read_response().status for client in clients] == [200] * 6
    assert len(one.connections) == 2
    assert martlet.stat("cluster.one.upstream_cx_total") == 2
    for client in clients:
        client.close()


def test_an_idle_connection_makes_room_at_the_limit(start, echo):
    ports = free_port(), free_port()
    one = cluster("one", echo().port, **thresholds(max_connections=1))
    listeners = [http_listener(ports[0], to_cluster("one")), tcp_listener(ports[1], cluster="one")]
    martlet = start(
        {"static_resources": {"listeners": listeners, "clusters": [one]}}, ports[0], *ONE_WORKER
    )
    assert martlet.ask().status == 200
    assert martlet.stat("cluster.one.upstream_cx_active") == 1
    martlet.port = ports[1]
    assert martlet.ask().status == 200
    assert martlet.stat("cluster.one.upstream_cx_overflow") == 0


def test_a_waiting_request_gets_a_new_connection_when_the_old_one_closes(proxy, upstream):
    release = threading.Event()
    martlet = proxy(
        {"one": upstream(answering(LAST, once=release))},
        options=ONE_WORKER,
        cluster_config=thresholds(max_connections=1),
    )
    clients = [martlet.connect() for _ in range(4)]
    for client in clients:
        client.get()
    eventually(lambda: martlet.stat("cluster.one.upstream_cx_overflow"), lambda count: count == 3)
    release.set()
    assert [client.read_response().status for client in clients] == [200] * 4
    for client in clients:
        client.close()


def test_a_waiting_request_has_the_room_that_another_endpoint_left(proxy, upstream):
    held, ended = threading.Event(), threading.Event()
    first, second = upstream(answering(OK, once=held)), upstream(answering(LAST, once=ended))
    martlet = proxy(
        {"one": [first, second]},
        options=ONE_WORKER,
        cluster_config=thresholds(max_connections=2),
    )
    clients = [martlet.connect() for _ in range(4)]
    for client in clients:
        client.get()
    # Two have a connection each, to one endpoint each, and two wait for one to either.
    eventually(lambda: martlet.stat("cluster.one.upstream_cx_overflow"), lambda count: count == 2)
    ended.set()
    # What ended at the second endpoint lets a request go to the first, which is busy still.
    eventually(lambda: len(first.connections), lambda count: count == 2)
    held.set()
    assert [client.read_response().status for client in clients] == [200] * 4
    for client in clients:
        client.close()


def test_a_waiting_request_has_the_room_that_a_tcp_connection_left(start, upstream):
    held, waits = threading.Event(), []
    ports = free_port(), free_port()
    one = cluster("one", upstream(answering(OK, once=held)).port, **thresholds(max_connections=2))
    listeners = [http_listener(ports[0], to_cluster("one")), tcp_listener(ports[1], cluster="one")]
    martlet = start(
        {"static_resources": {"listeners": listeners, "clusters": [one]}}, ports[0], *ONE_WORKER
    )
    with martlet.connect() as busy:
        busy.get()
        eventually(lambda: martlet.stat("cluster.one.upstream_rq_active"))
        for turn in range(1, 6):
            relayed = Wire.to(ports[1])
            martlet.expect("cluster.one.upstream_cx_active", 2)
            waiting = martlet.connect()
            waiting.get()
            martlet.expect("cluster.one.upstream_cx_overflow", turn)
            begun = time.monotonic()
            relayed.close()
            martlet.expect("cluster.one.upstream_cx_total", 1 + 2 * turn)
            waits.append(time.monotonic() - begun)
            waiting.reset()
            martlet.expect("cluster.one.upstream_cx_active", 1)
        # It need not wait for the look around that is taken each second.
        assert sum(waits) < 1.5, waits
        held.set()


def test_requests_beyond_the_pending_limit_are_refused(proxy, upstream):
    release = threading.Event()
    martlet = proxy(
        {"one": upstream(answering(OK, once=release))},
        options=ONE_WORKER,
        cluster_config=thresholds(max_connections=1, max_pending_requests=1),
        access_log=[STDOUT_LOG],
    )
    with martlet.connect() as first, martlet.connect() as second:
        first.get()
        eventually(lambda: martlet.stat("cluster.one.upstream_cx_total"))
        second.get()
        eventually(lambda: martlet.stat("cluster.one.upstream_cx_overflow"))
        assert martlet.ask().status == 503
        (line,) = eventually(lambda: martlet.access_log())
        assert line["response_flags"] == "UO"
        assert martlet.stat("cluster.one.upstream_rq_pending_overflow") == 1
        release.set()
        assert [first.read_response().status, second.read_response().status] == [200, 200]


def test_a_client_that_leaves_gives_its_place_up(proxy, upstream):
    release = threading.Event()
    routes = """
    - match: { prefix: /short }
      route: { cluster: one, timeout: 0.2s }
    - match: { prefix: / }
      route: { cluster: one }
    """
    martlet = proxy(
        {"one": upstream(answering(OK, once=release))},
        routes,
        options=ONE_WORKER,
        cluster_config=thresholds(max_connections=1, max_pending_requests=1),
    )
    with martlet.connect() as first, martlet.connect() as third:
        first.get()
        eventually(lambda: martlet.stat("cluster.one.upstream_cx_total"))
        assert martlet.ask("/short").status == 504
        third.get()
        eventually(
            lambda: martlet.stat("cluster.one.upstream_cx_overflow"), lambda count: count == 2
        )
        release.set()
        assert [first.read_response().status, third.read_response().status] == [200, 200]


def test_a_limit_holds_for_all_workers_together(proxy, upstream):
    release = threading.Event()
    limit = 6
    martlet = proxy(
        {"one": upstream(answering(OK, once=release))},
        options=("--concurrency", "3"),
        cluster_config=thresholds(max_requests=limit),
    )
    # Whichever workers they come to, so many are served, and not one more.
    clients = [martlet.connect() for _ in range(limit)]
    for client in clients:
        client.get()
    martlet.expect("cluster.one.upstream_rq_active", limit)
    assert [martlet.ask().status for _ in range(6)] == [503] * 6
    release.set()
    assert [client.read_response().status for client in clients] == [200] * limit
    assert martlet.ask().status == 200
    for client in clients:
        client.close()


def test_requests_wait_for_a_connection_without_counting_as_running(proxy, upstream):
    martlet = proxy(
        {"one": upstream(answering(OK))},
        options=ONE_WORKER,
        cluster_config=thresholds(max_connections=2, max_requests=2),
    )
    clients = [martlet.connect() for _ in range(40)]
    for client in clients:
        client.get()
    assert [client.read_response().status for client in clients] == [200] * 40
    for client in clients:
        client.close()


def test_requests_beyond_the_request_limit_are_refused_and_counted(proxy, upstream):
    release = threading.Event()
    martlet = proxy(
        {"one": upstream(answering(OK, once=release))}, cluster_config=thresholds(max_requests=1)
    )
    first = martlet.connect()
    first.get()
    eventually(lambda: martlet.stat("cluster.one.upstream_rq_active"))
    assert [martlet.ask().status for _ in range(3)] == [503] * 3
    martlet.expect("cluster.one.upstream_rq_pending_overflow", 3)
    release.set()
    assert first.read_response().status == 200
    first.close()
