"""HTTP/1 end to end: how messages are framed and how connections live, on both sides."""

import hashlib
import subprocess
import threading

import pytest
from polling import PATIENCE
from upstreams import free_port
from wire import Wire

OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


def answer_once(response: str):
    """A script: one request, this answer, and the end of the connection."""

    def script(wire: Wire) -> None:
        wire.read_request()
        wire.send(response)

    return script


def test_a_connection_is_kept_for_the_next_request_on_both_sides(proxy, echo):
    upstream = echo()
    martlet = proxy({"one": upstream})
    with martlet.connect() as client:
        for number in range(10):
            client.get(f"/{number}")
            assert client.read_response().body == f"echo /{number}\n".encode()
    assert len(upstream.connections) == 1
    martlet.expect("http.in.downstream_cx_total", 1)


def test_pipelined_requests_are_answered_in_order(proxy, echo):
    martlet = proxy({"one": echo()})
    with martlet.connect() as client:
        client.send("".join(f"GET /{n} HTTP/1.1\r\nhost: a\r\n\r\n" for n in range(50)))
        bodies = [client.read_response().body for _ in range(50)]
    assert bodies == [f"echo /{n}\n".encode() for n in range(50)]


def test_a_pipelined_upload_does_not_run_into_the_next_request(proxy, echo):
    upstream = echo()
    martlet = proxy({"one": upstream})
    with martlet.connect() as client:
        client.send(
            "POST /a HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nhello"
            "POST /b HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"
            "3\r\nabc\r\n0\r\n\r\n"
            "GET /c HTTP/1.1\r\nhost: a\r\n\r\n"
        )
        assert [client.read_response().body for _ in range(3)] == [
            b"echo /a\n",
            b"echo /b\n",
            b"echo /c\n",
        ]
    assert [request.body for request in upstream.requests] == [b"hello", b"abc", b""]


def test_a_response_to_head_has_a_length_and_no_body(proxy, nginx):
    martlet = proxy({"one": nginx("plain")})
    with martlet.connect() as client:
        client.get(method="HEAD")
        head = client.read_response(to="HEAD")
        client.get()
        body = client.read_response().body
    assert (head.status, head["content-length"], body) == (200, "6", b"plain\n")


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_a_response_without_content_leaves_the_connection_in_step(proxy, upstream, status):
    answers = iter([f"HTTP/1.1 {status}\r\netag: x\r\n\r\n", OK])

    def script(wire):
        while True:
            wire.read_request()
            wire.send(next(answers))

    martlet = proxy({"one": upstream(script)})
    with martlet.connect() as client:
        client.get()
        empty = client.read_response()
        client.get()
        following = client.read_response()
    assert empty.status == int(status[:3])
    assert empty["etag"] == "x"
    assert "transfer-encoding" not in empty
    assert following.body == b"ok"


def test_chunks_and_trailers_pass_both_ways(proxy, upstream):
    def script(wire):
        seen.append(wire.read_request())
        wire.send(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x-sum\r\n\r\n"
            "3\r\nabc\r\n4;ext=1\r\ndefg\r\n0\r\nx-sum: 7\r\n\r\n"
        )

    seen = []
    martlet = proxy({"one": upstream(script)})
    with martlet.connect() as client:
        client.send(
            "POST / HTTP/1.1\r\nhost: a\r\nte: trailers\r\ntransfer-encoding: chunked\r\n"
            "trailer: x-digest\r\n\r\n"
            "5\r\nhello\r\n6\r\n world\r\n0\r\nx-digest: d\r\n\r\n"
        )
        response = client.read_response()
    (request,) = seen
    assert (request.body, request.trailers) == (b"hello world", [("x-digest", "d")])
    assert (response.body, response.trailers) == (b"abcdefg", [("x-sum", "7")])


def test_a_response_that_ends_with_its_connection_reaches_http_11_as_chunks(proxy, upstream):
    until_close = "HTTP/1.1 200 OK\r\nx-kind: closing\r\n\r\n" + "all of it " * 1000
    martlet = proxy({"one": upstream(answer_once(until_close))})
    with martlet.connect() as client:
        for _ in range(2):
            client.get()
            response = client.read_response()
            assert response["transfer-encoding"] == "chunked"
            assert response.body == b"all of it " * 1000


def test_curl_waits_for_100_continue_and_uploads(proxy, upstream, tmp_path):
    body = tmp_path / "body"
    body.write_bytes(b"0123456789abcdef" * 131072)

    def script(wire):
        head = wire.read_head()
        seen.append(head)
        if "expect" in head:
            wire.send("HTTP/1.1 100 Continue\r\n\r\n")
        digest = hashlib.sha256(wire.read(int(head["content-length"]))).hexdigest()
        wire.send(f"HTTP/1.1 200 OK\r\ncontent-length: 64\r\n\r\n{digest}")

    seen = []
    martlet = proxy({"one": upstream(script)})
    command = ["curl", "-sv", "--max-time", "20", "-H", "Expect: 100-continue"]
    url = f"http://127.0.0.1:{martlet.port}/"
    done = subprocess.run(
        [*command, "--data-binary", f"@{body}", url],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == hashlib.sha256(body.read_bytes()).hexdigest()
    assert "HTTP/1.1 100 Continue" in done.stderr
    assert len(seen) == 1


def test_h2load_has_every_request_answered(proxy, nginx):
    martlet = proxy({"one": nginx()})
    command = ["h2load", "--h1", "--requests=5000", "--clients=20"]
    done = subprocess.run(
        [*command, f"http://127.0.0.1:{martlet.port}/"], capture_output=True, text=True, timeout=60
    )
    assert "5000 succeeded, 0 failed, 0 errored, 0 timeout" in done.stdout, done.stdout
    martlet.expect("http.in.downstream_rq_2xx", 5000)


def test_a_refusal_instead_of_100_continue_is_passed_on_before_any_body(proxy, upstream):
    def script(wire):
        wire.read_head()
        wire.send("HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        wire.read_rest()

    martlet = proxy({"one": upstream(script)})
    with martlet.connect() as client:
        client.get("/", "expect: 100-continue", "content-length: 9", method="POST")
        assert client.read_response().status == 413


def test_an_http_10_client_is_answered_and_its_connection_closed(proxy, nginx):
    martlet = proxy({"one": nginx("plain")})
    with martlet.connect() as client:
        client.send("GET / HTTP/1.0\r\n\r\n")
        response = client.read_response()
        assert (response.status, response.body) == (200, b"plain\n")
        assert client.is_closed_by_peer()


def test_an_http_10_client_that_asks_for_it_keeps_its_connection(proxy, nginx):
    martlet = proxy({"one": nginx("plain")})
    with martlet.connect() as client:
        for _ in range(3):
            client.send("GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n")
            response = client.read_response()
            assert response.body == b"plain\n"
            assert response["connection"].lower() == "keep-alive"


def test_an_http_10_client_gets_chunks_as_a_body_that_ends_with_the_connection(proxy, upstream):
    chunks = "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    chunked = f"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{chunks}"
    martlet = proxy({"one": upstream(answer_once(chunked))})
    with martlet.connect() as client:
        client.send("GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n")
        response = client.read_response()
        assert "transfer-encoding" not in response
        assert response.body == b"abcde"


def test_an_upstream_that_speaks_http_10_is_served_from(proxy, upstream):
    martlet = proxy({"one": upstream(answer_once("HTTP/1.0 200 OK\r\n\r\nold but fine"))})
    assert martlet.ask().body == b"old but fine"


def test_interim_responses_are_passed_to_http_11_only(proxy, upstream):
    hints = "HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\n"
    martlet = proxy({"one": upstream(answer_once(hints + hints + OK))})
    response = martlet.ask()
    assert [interim.status for interim in response.interim] == [103, 103]
    assert response.interim[0]["link"] == "</a.css>"
    assert response.body == b"ok"
    with martlet.connect() as old:
        old.send("GET / HTTP/1.0\r\n\r\n")
        assert old.read_response().interim == []


def test_fields_named_by_connection_stay_on_their_hop(proxy, upstream):
    def script(wire):
        seen.append(wire.read_request())
        wire.send(
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: x-hop, keep-alive\r\n"
            "keep-alive: timeout=5\r\nx-hop: 1\r\nx-stays: 1\r\n"
            "proxy-connection: keep-alive\r\n\r\nok"
        )

    seen = []
    martlet = proxy({"one": upstream(script)})
    response = martlet.ask(
        "/",
        "connection: x-mine, TE",
        "x-mine: 1",
        "te: gzip",
        "keep-alive: timeout=5",
        "proxy-connection: keep-alive",
        "x-theirs: 1",
    )
    (request,) = seen
    for name in ("x-mine", "keep-alive", "proxy-connection", "te"):
        assert name not in request, name
    assert request["x-theirs"] == "1"
    for name in ("x-hop", "keep-alive", "proxy-connection"):
        assert name not in response, name
    assert response["x-stays"] == "1"


@pytest.mark.parametrize(
    "response",
    [
        "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nnot all",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n64\r\nnot all",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n",
    ],
)
def test_a_response_cut_short_is_seen_to_be_cut_short(proxy, upstream, response):
    def script(wire):
        wire.read_request()
        wire.send(response)
        passed_on.wait(PATIENCE)

    passed_on = threading.Event()
    martlet = proxy({"one": upstream(script)})
    with martlet.connect() as client:
        client.get()
        assert client.read(1) == b"H"
        passed_on.set()
        with pytest.raises((EOFError, ConnectionResetError)):
            client.read_response()
    martlet.expect("http.in.downstream_rq_active", 0)


def test_a_response_is_passed_on_while_the_request_is_still_being_sent(proxy, upstream):
    answered = threading.Event()

    def script(wire):
        wire.read_head()
        answered.set()
        wire.send("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nearly")
        wire.read_rest()

    martlet = proxy({"one": upstream(script)})
    with martlet.connect() as client:
        client.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\n" + "x" * 100)
        response = client.read_response()
    assert answered.is_set()
    assert (response.status, response.body) == (200, b"early")


def test_a_request_without_a_host_names_each_endpoint_it_is_sent_to(proxy, upstream, echo):
    dead, live = free_port(), echo()
    martlet = proxy({"pair": [dead, live]}, options=("--concurrency", "1"))
    for _ in range(4):
        with martlet.connect() as client:
            client.send("GET / HTTP/1.0\r\n\r\n")
            assert client.read_response().status == 200
    assert martlet.stat("cluster.pair.upstream_rq_retry") > 0
    hosts = [request.all("host") for request in live.requests]
    assert hosts == [[f"127.0.0.1:{live.port}"]] * 4


def test_an_early_answer_says_that_the_connection_closes(proxy, upstream):
    def script(wire):
        wire.read_head()
        wire.send("HTTP/1.1 413 No\r\ncontent-length: 3\r\n\r\nno!")
        wire.read_rest()

    martlet = proxy({"one": upstream(script)})
    with martlet.connect() as client:
        client.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100000\r\n\r\nx")
        response = client.read_response()
    assert (response.status, response.all("connection")) == (413, ["close"])


def test_a_refusal_that_ends_in_a_reset_is_passed_on(proxy, upstream):
    def script(wire):
        wire.read_head()
        wire.send("HTTP/1.1 413 No\r\ncontent-length: 3\r\nconnection: close\r\n\r\nno!")
        # Closed with most of the body unread.

    martlet = proxy({"one": upstream(script)})
    size = 4_000_000
    for _ in range(20):
        with martlet.connect() as client:
            head = f"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: {size}\r\n\r\n"
            client.send(head + "x" * size)
            assert client.read_response().status == 413


def test_a_large_upload_refused_early_can_read_its_refusal(proxy, upstream):
    def script(wire):
        wire.read_head()
        wire.send("HTTP/1.1 401 No\r\ncontent-length: 3\r\nconnection: close\r\n\r\nno!")

    martlet = proxy({"one": upstream(script)})
    with martlet.connect() as client:
        client.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100000\r\n\r\n")
        client.send("x" * 1000)
        response = client.read_response()
        assert (response.status, response.body) == (401, b"no!")


def test_a_client_that_has_said_all_and_shut_its_side_gets_the_answer(proxy, upstream):
    shut = threading.Event()

    def script(wire):
        wire.read_request()
        shut.wait(PATIENCE)
        wire.send("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nanswer")

    martlet = proxy({"one": upstream(script)})
    with martlet.connect() as client:
        client.get()
        client.finish_sending()
        shut.set()
        assert client.read_response().body == b"answer"
        assert client.is_closed_by_peer()


def test_a_client_that_shut_its_side_after_several_requests_gets_every_answer(proxy, echo):
    martlet = proxy({"one": echo()})
    with martlet.connect() as client:
        client.get("/a")
        client.get("/b")
        client.finish_sending()
        assert client.read_response().body == b"echo /a\n"
        assert client.read_response().body == b"echo /b\n"
        assert client.is_closed_by_peer()


def test_a_request_in_single_bytes_is_understood(proxy, echo):
    upstream = echo()
    martlet = proxy({"one": upstream})
    chunks = "2\r\nhi\r\n0\r\n\r\n"
    request = f"POST /slow HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n{chunks}"
    with martlet.connect() as client:
        for byte in request:
            client.send(byte)
        assert client.read_response().body == b"echo /slow\n"
    assert upstream.requests[0].body == b"hi"


def test_a_response_in_single_bytes_is_understood(proxy, upstream):
    def script(wire):
        wire.read_request()
        for byte in "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n":
            wire.send(byte)

    assert proxy({"one": upstream(script)}).ask().body == b"hi"
