"""A thousand streams of HTTP/2 on which nothing moves: they hold little, and nothing is lost."""

import contextlib
import socket

import pytest
from h2.settings import SettingCodes
from h2_peer import H2Peer
from martlet import Martlet, cluster, http_listener, over_http2, to_cluster
from polling import eventually
from upstreams import free_port

CONNECTIONS = 10
STREAMS = 100
FILE = bytes(range(256)) * 400
# Of each stream: what was read of it and not passed on, on either side, and its heads.
MOST_BYTES_A_STREAM = 56 << 10
# The same where an endpoint sends a window's worth to be held.
MOST_BYTES_FROM_A_WINDOW = 112 << 10
LIMITS = {"max_connections": 2000, "max_pending_requests": 2000, "max_requests": 2000}
MANY = {"circuit_breakers": {"thresholds": [LIMITS]}}
HEAD = [(":scheme", "http"), (":authority", "app")]


@pytest.fixture
def peers(closing):
    """Connects clients, all of them to one proxy."""
    return lambda martlet: [closing(H2Peer.to(martlet.port)) for _ in range(CONNECTIONS)]


def start_before(start, upstream, protocol: str, *options: str) -> Martlet:
    port = free_port()
    app = cluster("app", upstream.port, **MANY)
    resources = {
        "listeners": [http_listener(port, to_cluster("app"))],
        "clusters": [over_http2(app) if protocol == "h2" else app],
    }
    return start({"static_resources": resources}, port, *options)


def leave_unread(client: H2Peer, count: int) -> None:
    """Asks for the file so many times, and takes nothing but heads."""
    client.h2.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: 0})
    client.flush()
    asking = [(":method", "GET"), (":path", "/files/file"), *HEAD]
    streams = [client.ask(asking, ends=True) for _ in range(count)]
    assert {client.status(stream) for stream in streams} == {200}


@pytest.mark.parametrize(
    ("protocol", "most"), [("http/1.1", MOST_BYTES_A_STREAM), ("h2", MOST_BYTES_FROM_A_WINDOW)]
)
def test_downloads_that_nobody_reads_hold_little_and_come_whole(
    start, nginx, nghttpd, peers, protocol, most
):
    upstream = nghttpd() if protocol == "h2" else nginx()
    (upstream.files / "file").write_bytes(FILE)
    martlet = start_before(start, upstream, protocol)
    before = martlet.resident()
    clients = peers(martlet)
    for client in clients:
        leave_unread(client, STREAMS)
    eventually(lambda: martlet.stat("http.in.downstream_rq_active"), lambda n: n == 1000)
    assert martlet.resident() - before < CONNECTIONS * STREAMS * most

    first = clients[0]
    for stream in list(first.streams):
        first.h2.increment_flow_control_window(len(FILE), stream)
        first.flush()
        assert first.read_rest(stream) == FILE
    martlet.expect("http.in.downstream_rq_active", 900)


def test_downloads_that_nobody_reads_keep_nobody_else_on_their_connection_waiting(
    start, nghttpd, closing
):
    upstream = nghttpd()
    (upstream.files / "file").write_bytes(FILE)
    (upstream.files / "large").write_bytes(FILE * 200)
    martlet = start_before(start, upstream, "h2", "--concurrency", "1")
    leave_unread(closing(H2Peer.to(martlet.port)), STREAMS - 1)
    held = (STREAMS - 1) * 65_535
    eventually(lambda: martlet.stat("cluster.app.upstream_cx_rx_bytes_total"), lambda n: n >= held)
    with martlet.connect() as wire:
        wire.get("/files/large")
        assert wire.read_response().body == FILE * 200
    assert martlet.stat("cluster.app.upstream_cx_total") == 1


def test_uploads_that_nobody_takes_hold_little(proxy, peers):
    with contextlib.closing(socket.create_server(("127.0.0.1", 0), backlog=1024)) as deaf:
        martlet = proxy({"app": deaf.getsockname()[1]}, cluster_config=MANY)
        before = martlet.resident()
        asking = [(":method", "POST"), (":path", "/"), *HEAD]
        for client in peers(martlet):
            for stream in [client.ask(asking) for _ in range(STREAMS)]:
                room = client.h2.local_flow_control_window(stream)
                while room := min(room, client.h2.max_outbound_frame_size):
                    client.h2.send_data(stream, b"x" * room)
                    room = client.h2.local_flow_control_window(stream)
                client.flush()
        eventually(lambda: martlet.stat("http.in.downstream_rq_active"), lambda n: n == 1000)
        eventually(lambda: martlet.stat("cluster.app.upstream_cx_active"), lambda n: n == 1000)
        assert martlet.resident() - before < CONNECTIONS * STREAMS * MOST_BYTES_A_STREAM
