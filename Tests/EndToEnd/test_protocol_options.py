"""What protocol options of connection managers and clusters bound, and how names are written."""

import time

import pytest
from h2_peer import H2Peer
from martlet import STDOUT_LOG, over_http2, to_cluster
from polling import PATIENCE, eventually, sooner_than
from upstreams import answering
from wire import Wire

OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
ROUTES = """
- match: { prefix: /bounded }
  route: { cluster: c, timeout: 0s, max_stream_duration: { max_stream_duration: 0.3s } }
- match: { prefix: /unbounded }
  route: { cluster: c, timeout: 0s, max_stream_duration: { max_stream_duration: 0s } }
- match: { prefix: /timed }
  route: { cluster: c, timeout: 0.3s }
- match: { prefix: / }
  route: { cluster: c, timeout: 0s }
"""
GET = [(":method", "GET"), (":scheme", "http"), (":authority", "a")]


def common(**options) -> dict:
    return {"common_http_protocol_options": options}


def raw_head(wire: Wire) -> bytes:
    """A head as it was sent, with the case of its names."""
    while b"\r\n\r\n" not in wire.unread:
        assert wire._more()
    return wire.read(wire.unread.index(b"\r\n\r\n") + 4)


def never(wire: Wire) -> None:
    wire.read_request()
    wire.read_rest()


# durations


@pytest.mark.parametrize("path", ["/timed", "/bounded"])
def test_a_bound_of_a_route_holds_over_http2_from_the_start(proxy, upstream, path):
    martlet = proxy({"c": upstream(never)}, ROUTES)
    with H2Peer.to(martlet.port) as client, sooner_than(PATIENCE / 2):
        assert client.status(client.ask([*GET, (":path", path)], ends=True)) == 504


@pytest.mark.parametrize("spoken", ["h1", "h2"])
def test_a_stream_lasts_as_long_as_the_manager_lets_it(proxy, upstream, spoken):
    martlet = proxy({"c": upstream(never)}, ROUTES, **common(max_stream_duration="0.3s"))
    with sooner_than(PATIENCE / 2):
        if spoken == "h1":
            assert martlet.ask().status == 504
        else:
            with H2Peer.to(martlet.port) as client:
                assert client.status(client.ask([*GET, (":path", "/")], ends=True)) == 504
    martlet.expect("http.in.downstream_rq_max_duration_reached", 1)


def slowly(wire: Wire) -> None:
    wire.read_request()
    time.sleep(0.8)
    wire.send(OK)


def test_a_route_that_says_zero_is_bound_by_no_manager(proxy, upstream):
    martlet = proxy({"c": upstream(slowly)}, ROUTES, **common(max_stream_duration="0.3s"))
    assert martlet.ask("/unbounded").status == 200
    assert martlet.stat("http.in.downstream_rq_max_duration_reached") == 0


def test_an_attempt_lasts_as_long_as_the_cluster_lets_it(proxy, upstream):
    options = common(max_stream_duration="0.3s")
    martlet = proxy({"c": upstream(never)}, ROUTES, cluster_config=options)
    with sooner_than(PATIENCE / 2):
        assert martlet.ask().status == 504
    martlet.expect("cluster.c.upstream_rq_max_duration_reached", 1)
    assert martlet.stat("http.in.downstream_rq_max_duration_reached") == 0


@pytest.mark.parametrize("is_idle", [True, False], ids=["idle", "in-use"])
def test_a_connection_to_an_endpoint_is_let_go_of_at_its_age(proxy, upstream, is_idle):
    server = upstream(answering(OK))
    options = common(max_connection_duration="0.5s")
    martlet = proxy({"c": server}, cluster_config=options, options=("--concurrency", "1"))
    with martlet.connect() as client:
        deadline = time.monotonic() + PATIENCE
        while martlet.stat("cluster.c.upstream_cx_max_duration_reached") == 0:
            assert time.monotonic() < deadline
            if not is_idle or not server.connections:
                client.get()
                assert client.read_response().status == 200
        client.get()
        assert client.read_response().status == 200
    assert len(server.connections) >= 2


def test_a_shared_connection_is_let_go_of_at_its_age(proxy, nghttpd):
    options = over_http2(common(max_connection_duration="0.5s"))
    server = nghttpd()
    (server.files / "word").write_text("word")
    martlet = proxy({"c": server}, cluster_config=options, options=("--concurrency", "1"))
    assert martlet.ask("/files/word").body == b"word"
    eventually(lambda: martlet.stat("cluster.c.upstream_cx_max_duration_reached"))
    martlet.expect("cluster.c.upstream_cx_active", 0)
    assert martlet.ask("/files/word").body == b"word"


# sizes


@pytest.mark.parametrize(
    ("options", "fields"),
    [
        ({"max_headers_count": 10}, "".join(f"x-{i}: y\r\n" for i in range(12))),
        ({"max_response_headers_kb": 1}, f"x: {'y' * 2000}\r\n"),
    ],
    ids=["count", "bytes"],
)
def test_a_response_head_beyond_the_clusters_bounds_is_refused(proxy, upstream, options, fields):
    large = OK.replace("\r\n\r\n", f"\r\n{fields}\r\n")
    bounded = proxy({"c": upstream(answering(large))}, cluster_config=common(**options))
    assert bounded.ask().status == 502
    bounded.expect("cluster.c.upstream_cx_protocol_error", 1)


LARGE = "".join(f"x-{each}: {'y' * 5000}\r\n" for each in range(11))
ADDED = [{"header": {"key": f"x-added-{each}", "value": "z" * 4000}} for each in range(6)]


def test_a_head_that_additions_make_large_reaches_a_client_over_http2(proxy, upstream):
    server = upstream(answering(OK.replace("\r\n\r\n", f"\r\n{LARGE}\r\n")))
    routes = [{**to_cluster("c")[0], "response_headers_to_add": ADDED}]
    martlet = proxy({"c": server}, routes)
    with H2Peer.to(martlet.port) as client:
        client.h2.decoder.max_header_list_size = 2 * 65536
        assert client.status(client.ask([*GET, (":path", "/")], ends=True)) == 200


def test_a_head_that_additions_make_large_reaches_an_endpoint_over_http2(proxy, echo):
    endpoint = proxy({"c": echo()})
    routes = [{**to_cluster("c")[0], "request_headers_to_add": ADDED}]
    martlet = proxy({"c": endpoint}, routes, cluster_config=over_http2({}))
    lines = LARGE.removesuffix("\r\n").split("\r\n")
    assert martlet.ask("/", *lines).status == 431
    assert endpoint.stat("http.in.downstream_rq_4xx") == 1


def test_a_response_head_within_the_clusters_bounds_passes(proxy, upstream):
    fields = "".join(f"x-{i}: y\r\n" for i in range(150))
    large = OK.replace("\r\n\r\n", f"\r\n{fields}\r\n")
    martlet = proxy({"c": upstream(answering(large))}, cluster_config=common(max_headers_count=200))
    assert martlet.ask()["x-149"] == "y"


# underscores


@pytest.mark.parametrize("spoken", ["h1", "h2"])
def test_fields_with_an_underscore_are_dropped(proxy, echo, spoken):
    server = echo()
    action = common(headers_with_underscores_action="DROP_HEADER")
    martlet = proxy({"c": server}, **action)
    if spoken == "h1":
        assert martlet.ask("/", "x_a: 1", "x-b: 2").status == 200
    else:
        with H2Peer.to(martlet.port) as client:
            fields = [*GET, (":path", "/"), ("x_a", "1"), ("x-b", "2")]
            assert client.status(client.ask(fields, ends=True)) == 200
    assert "x_a" not in server.requests[0]
    assert server.requests[0]["x-b"] == "2"
    assert martlet.stat("http.in.dropped_headers_with_underscores") == 1


@pytest.mark.parametrize("spoken", ["h1", "h2"])
def test_requests_with_an_underscore_are_refused(proxy, echo, spoken):
    server = echo()
    action = common(headers_with_underscores_action="REJECT_REQUEST")
    martlet = proxy({"c": server}, access_log=[STDOUT_LOG], **action)
    if spoken == "h1":
        assert martlet.ask("/", "x_a: 1").status == 400
    else:
        with H2Peer.to(martlet.port) as client:
            fields = [*GET, (":path", "/"), ("x_a", "1")]
            assert client.status(client.ask(fields, ends=True)) == 400
    assert server.requests == []
    (line,) = eventually(martlet.access_log)
    assert line["response_code_details"] == "underscore_in_field_name"
    assert martlet.stat("http.in.requests_rejected_with_underscores_in_headers") == 1


def test_trailers_with_an_underscore_are_dropped(proxy, echo):
    server = echo()
    martlet = proxy({"c": server}, **common(headers_with_underscores_action="DROP_HEADER"))
    with martlet.connect() as client:
        client.send("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n")
        client.send("0\r\nx_sum: 7\r\ny-sum: 8\r\n\r\n")
        assert client.read_response().status == 200
    assert server.requests[0].trailers == [("y-sum", "8")]


def test_fields_with_an_underscore_pass_else(proxy, echo):
    server = echo()
    martlet = proxy({"c": server})
    assert martlet.ask("/", "x_a: 1").status == 200
    assert server.requests[0]["x_a"] == "1"


FEIGNED = ("x_forwarded_client_cert", "X_Forwarded-For", "content_length", "x-envoy_internal")


@pytest.mark.parametrize("spoken", ["h1", "h2"])
def test_what_differs_from_a_name_of_ours_by_underscores_never_passes(proxy, echo, spoken):
    server = echo()
    martlet = proxy({"c": server})
    if spoken == "h1":
        assert martlet.ask("/", *(f"{name}: 1" for name in FEIGNED)).status == 200
    else:
        with H2Peer.to(martlet.port) as client:
            fields = [*GET, (":path", "/"), *((name.lower(), "1") for name in FEIGNED)]
            assert client.status(client.ask(fields, ends=True)) == 200
    assert not {name.lower() for name in FEIGNED} & {name for name, _ in server.requests[0].fields}
    assert martlet.stat("http.in.dropped_headers_with_underscores") == len(FEIGNED)


INTERNAL = ("x-envoy-internal", "x-forwarded-client-cert", "x_forwarded_client_cert")


@pytest.mark.parametrize("spoken", ["h1", "h2"])
def test_what_a_client_could_only_feign_does_not_pass_behind_a_body_either(proxy, echo, spoken):
    server = echo()
    martlet = proxy({"c": server})
    trailers = [*((name, "1") for name in INTERNAL), ("x-sum", "7")]
    if spoken == "h1":
        with martlet.connect() as client:
            client.send("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n0\r\n")
            client.send("".join(f"{name}: {value}\r\n" for name, value in trailers) + "\r\n")
            assert client.read_response().status == 200
    else:
        with H2Peer.to(martlet.port) as client:
            stream = client.ask([*GET, (":path", "/")])
            client.h2.send_headers(stream, trailers, end_stream=True)
            client.flush()
            assert client.status(stream) == 200
    assert server.requests[0].trailers == [("x-sum", "7")]


# names over HTTP/1

PROPER = {"http_protocol_options": {"header_key_format": {"proper_case_words": {}}}}
PRESERVING = {
    "http_protocol_options": {
        "header_key_format": {
            "stateful_formatter": {
                "name": "preserve_case",
                "typed_config": {
                    "@type": "type.googleapis.com/envoy.extensions.http.header_formatters"
                    ".preserve_case.v3.PreserveCaseFormatterConfig"
                },
            }
        }
    }
}


@pytest.fixture
def heads(proxy, upstream):
    """Sends a request and gives what the endpoint, and the client, saw of names."""

    def heads(request: str, response: str, manager: dict, cluster: dict) -> tuple[bytes, bytes]:
        seen = []

        def script(wire: Wire) -> None:
            seen.append(raw_head(wire))
            wire.send(response)
            wire.read_rest()

        martlet = proxy({"c": upstream(script)}, cluster_config=cluster, **manager)
        with martlet.connect() as client:
            client.send(request)
            answer = raw_head(client)
        return seen[0], answer

    return heads


def test_names_are_written_in_proper_case_where_it_is_asked_for(heads):
    fields = "host: a\r\nX-REQUEST-ID: 7\r\nfoo$bar: b-c\r\ncontent-length: 0\r\n\r\n"
    request = f"POST /x HTTP/1.1\r\n{fields}"
    response = "HTTP/1.1 200 OK\r\nSERVER: a\r\nx-y_z: b-c\r\ncontent-length: 0\r\n\r\n"
    asked, answered = heads(request, response, PROPER, PROPER)
    assert asked.startswith(b"POST /x HTTP/1.1\r\nHost: a\r\nX-Request-Id: 7\r\nFoo$Bar: b-c\r\n")
    assert b"\r\nContent-Length: 0\r\n" in asked
    assert answered.startswith(b"HTTP/1.1 200 OK\r\nServer: a\r\nX-Y_Z: b-c\r\n")
    assert b"\r\nContent-Length: 0\r\n" in answered


def test_names_keep_their_case_where_it_is_asked_for(heads):
    request = "POST /x HTTP/1.1\r\nHOST: a\r\nSoapACTION: b\r\nContent-LENGTH: 0\r\n\r\n"
    response = "HTTP/1.1 200 OK\r\nSERVER: a\r\nContent-LENGTH: 0\r\n\r\n"
    asked, answered = heads(request, response, PRESERVING, PRESERVING)
    for name in (b"HOST: a", b"SoapACTION: b", b"Content-LENGTH: 0"):
        assert b"\r\n" + name + b"\r\n" in asked
    for name in (b"SERVER: a", b"Content-LENGTH: 0"):
        assert b"\r\n" + name + b"\r\n" in answered


def test_names_that_are_written_anew_are_in_lower_case_else(heads):
    request = "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"
    response = "HTTP/1.1 200 OK\r\nServer: a\r\nContent-Length: 0\r\n\r\n"
    asked, answered = heads(request, response, {}, {})
    assert b"\r\nHost: a\r\n" in asked and b"\r\ncontent-length: 0\r\n" in asked
    assert b"\r\nServer: a\r\n" in answered and b"\r\ncontent-length: 0\r\n" in answered


def test_trailers_are_written_in_proper_case(proxy, upstream):
    def script(wire: Wire) -> None:
        wire.read_request()
        wire.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x-sum\r\n\r\n")
        wire.send("1\r\nx\r\n0\r\nx-sum: 7\r\n\r\n")

    server = upstream(script)
    martlet = proxy({"c": server}, cluster_config=PROPER, **PROPER)
    with martlet.connect() as client:
        client.send("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n")
        client.send("1\r\nx\r\n0\r\nx-up: 8\r\n\r\n")
        client.read_response()
    assert b"\r\n0\r\nX-Sum: 7\r\n\r\n" in client.received
    assert b"\r\n0\r\nX-Up: 8\r\n\r\n" in server.received


# HTTP/1.0


def test_a_client_of_http10_that_names_no_host_asks_for_the_default(proxy, echo):
    server = echo()
    options = {"accept_http_10": True, "default_host_for_http_10": "old.example"}
    martlet = proxy({"c": server}, http_protocol_options=options)
    with martlet.connect() as client:
        client.send("GET / HTTP/1.0\r\n\r\n")
        assert client.read_response().status == 200
    assert server.requests[0]["host"] == "old.example"
