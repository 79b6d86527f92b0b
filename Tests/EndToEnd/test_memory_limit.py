"""A bound on memory: it holds whatever clients leave lying, and what is under way ends well."""

import contextlib
import time

import pytest
from h2.settings import SettingCodes
from h2_peer import H2Peer
from polling import eventually
from process import SANITIZER
from tls import ask, connect
from wire import Wire

MEBIBYTE = 1 << 20
LIMIT = 64
HEAD = [(":scheme", "http"), (":authority", "app")]
CROWD = {"max_connections": 9999, "max_pending_requests": 9999, "max_requests": 9999}
MANY = {"circuit_breakers": {"thresholds": [CROWD]}}
BEGUN = "GET / HTTP/1.1\r\nhost: a\r\n" + f"x: {'x' * 990}\r\n" * 50

pytestmark = pytest.mark.skipif(SANITIZER is not None, reason="a sanitizer needs more memory")


@pytest.fixture
def bounded(proxy):
    return lambda *upstreams, **more: proxy(
        *upstreams, options=("--memory-limit", str(LIMIT)), **more
    )


def test_heads_that_were_begun_in_good_time_do_not_take_the_memory(proxy, echo):
    limit = 40
    martlet = proxy({"one": echo()}, options=("--memory-limit", str(limit)))
    with contextlib.ExitStack() as crowd:
        clients = [crowd.enter_context(martlet.connect()) for _ in range(600)]
        for client in clients:
            client.send("GET / HTTP/1.1\r\nx: ")
        eventually(lambda: martlet.stat("http.in.downstream_cx_active"), lambda n: n == 600)
        for client in clients:
            with contextlib.suppress(OSError):
                client.send("x" * 55_000)
        eventually(lambda: martlet.stat("http.in.downstream_rq_overload_close"), lambda n: n > 100)
        # What was read before memory was short stays, and so do the answers under way.
        assert martlet.resident() < 1.5 * limit * MEBIBYTE


def test_answers_that_nobody_reads_do_not_keep_others_out(proxy, echo):
    routes = """
- match: { prefix: / }
  direct_response: { status: 200, body: { inline_string: x } }
"""
    martlet = proxy({"one": echo()}, routes, options=("--memory-limit", "40"))
    asking = [(":method", "GET"), (":path", "/"), (":scheme", "http"), (":authority", "app")]
    with contextlib.ExitStack() as crowd:
        clients = [crowd.enter_context(H2Peer.to(martlet.port)) for _ in range(40)]
        for client in clients:
            client.h2.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: 0})
            for _ in range(100):
                stream = client.h2.get_next_available_stream_id()
                client.h2.send_headers(stream, asking, end_stream=True)
            client.flush()
        eventually(lambda: martlet.stat("http.in.downstream_rq_overload_reset"), lambda n: n > 1000)
        eventually(lambda: martlet.ask().status, lambda status: status == 200)
        martlet.process.wait_for(r"\d+ requests reset whose clients did nothing: up to \d+ MiB")


def test_requests_left_lying_do_not_take_the_memory(proxy, echo):
    limit = 48
    martlet = proxy({"one": echo()}, options=("--memory-limit", str(limit)))
    begun = "GET / HTTP/1.1\r\nhost: a\r\n" + f"x: {'x' * 990}\r\n" * 50
    with contextlib.ExitStack() as crowd:
        for _ in range(800):
            client = crowd.enter_context(martlet.connect())
            with contextlib.suppress(OSError):
                client.send(begun)
        eventually(lambda: martlet.stat("http.in.downstream_rq_overload_close"), lambda n: n > 100)
        assert martlet.resident() < limit * MEBIBYTE
        response = martlet.ask()
        assert (response.status, response.body) == (503, b"memory_limit\n")
        said = r"up to (\d+) MiB of memory were in use, near the limit of 48 MiB"
        used = martlet.process.wait_for(said)
        assert int(used[1]) >= limit * 3 // 4
    eventually(lambda: martlet.ask().status, lambda status: status == 200)


def test_a_crowd_of_tls_that_is_gone_keeps_nobody_out(https, certificates):
    martlet, _ = https(options=("--memory-limit", "40"))
    client = certificates.client()

    def status() -> int | None:
        with contextlib.suppress(OSError):
            return ask(martlet.port, client).status

    with contextlib.ExitStack() as crowd:
        while status() == 200:
            for _ in range(100):
                with contextlib.suppress(OSError):
                    crowd.enter_context(connect(martlet.port, client))
    eventually(status, lambda found: found == 200)


def test_answers_of_a_crowd_that_reads_none_stay_within_the_limit(bounded, nginx):
    upstream = nginx()
    (upstream.files / "large").write_bytes(bytes(MEBIBYTE))
    martlet = bounded({"one": upstream.port}, cluster_config=MANY)
    asking = [(":method", "GET"), (":path", "/files/large"), *HEAD]
    with contextlib.ExitStack() as crowd:
        clients = [crowd.enter_context(H2Peer.to(martlet.port)) for _ in range(20)]
        for client in clients:
            client.h2.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: 0})
            for _ in range(100):
                stream = client.h2.get_next_available_stream_id()
                client.h2.send_headers(stream, asking, end_stream=True)
            client.flush()
        eventually(lambda: martlet.stat("http.in.downstream_rq_overload_reset"), lambda n: n > 10)
        assert martlet.memory("VmHWM") < LIMIT * MEBIBYTE
        eventually(lambda: martlet.ask().status, lambda status: status == 200)


def test_large_heads_whose_bodies_do_not_come_give_way(bounded, echo):
    martlet = bounded({"one": echo()}, cluster_config=MANY)
    # The field is sent once, and named in a byte from then on.
    asking = [(":method", "POST"), (":path", "/"), *HEAD, *[("x", "x" * 4000)] * 13]
    with contextlib.ExitStack() as crowd:
        clients = [crowd.enter_context(H2Peer.to(martlet.port)) for _ in range(10)]
        for client in clients:
            for _ in range(100):
                client.h2.send_headers(client.h2.get_next_available_stream_id(), asking)
            client.flush()
        eventually(lambda: martlet.stat("http.in.downstream_rq_overload_reset"), lambda n: n > 10)
        assert martlet.memory("VmHWM") < LIMIT * MEBIBYTE
        eventually(lambda: martlet.ask().status, lambda status: status == 200)


def test_an_upload_behind_the_endpoints_end_goes_on_while_memory_is_short(bounded, upstream):
    heard, sent = bytearray(), 0

    def script(wire: Wire) -> None:
        wire.finish_sending()
        heard.extend(wire.read_rest())

    routes = """
- match: { connect_matcher: {} }
  route: { cluster: one, upgrade_configs: [{ upgrade_type: CONNECT, connect_config: {} }] }
"""
    connects = [{"upgrade_type": "CONNECT"}]
    martlet = bounded({"one": upstream(script)}, routes, upgrade_configs=connects)
    with martlet.connect() as client:
        client.send("CONNECT app:80 HTTP/1.1\r\nhost: app:80\r\n\r\n")
        assert client.read_head().status == 200
        with contextlib.ExitStack() as crowd:
            end = time.monotonic() + 4
            while time.monotonic() < end:
                client.send("x" * 100)
                sent += 100
                for _ in range(20):
                    lying = crowd.enter_context(martlet.connect())
                    with contextlib.suppress(OSError):
                        lying.send(BEGUN)
        assert martlet.stat("http.in.downstream_rq_overload_close") > 0
        client.finish_sending()
    eventually(lambda: len(heard), lambda n: n == sent)
