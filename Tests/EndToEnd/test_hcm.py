"""What a connection manager does to every request and response, whatever its route."""

import email.utils
import re
import signal
import threading
import time

import pytest
from martlet import STDOUT_LOG
from polling import PATIENCE, eventually

DATE = re.compile(r"\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT")


@pytest.mark.parametrize(
    ("path", "seen"),
    [
        ("/a/../b/./c", "/b/c"),
        ("/%7Euser/%2e%2e/x?q=/../", "/x?q=/../"),
        ("/../../etc/passwd", "/etc/passwd"),
        ("/a//b", "/a//b"),
        ("/a%2fb", "/a%2Fb"),
    ],
)
def test_paths_are_made_normal_before_they_are_routed(proxy, echo, path, seen):
    upstream = echo()
    martlet = proxy({"one": upstream}, normalize_path=True)
    assert martlet.ask(path).status == 200
    assert upstream.requests[-1].target == seen


def test_a_path_that_cannot_be_made_normal_is_refused(proxy, echo):
    upstream = echo()
    martlet = proxy({"one": upstream}, normalize_path=True)
    assert [martlet.ask(path).status for path in ("/%zz", "/a%00", "/%")] == [400] * 3
    assert upstream.requests == []


def test_a_dot_segment_does_not_lead_around_a_route(proxy, echo):
    routes = """
    - match: { prefix: /admin }
      direct_response: { status: 403 }
    - match: { prefix: / }
      route: { cluster: one }
    """
    martlet = proxy({"one": echo()}, routes, normalize_path=True, merge_slashes=True)
    for path in ("/admin", "/x/../admin", "//admin", "/%61dmin", "/x/%2e./admin"):
        assert martlet.ask(path).status == 403, path


def test_slashes_are_merged(proxy, echo):
    upstream = echo()
    martlet = proxy({"one": upstream}, merge_slashes=True)
    martlet.ask("//a///b/?c=//")
    assert upstream.requests[-1].target == "/a/b/?c=//"


@pytest.mark.parametrize(
    ("action", "status", "seen"),
    [
        ("KEEP_UNCHANGED", 200, "/a%2Fb"),
        ("REJECT_REQUEST", 400, None),
        ("UNESCAPE_AND_FORWARD", 200, "/a/b"),
        ("UNESCAPE_AND_REDIRECT", 307, None),
    ],
)
def test_escaped_slashes_get_what_is_asked(proxy, echo, action, status, seen):
    upstream = echo()
    martlet = proxy({"one": upstream}, path_with_escaped_slashes_action=action)
    response = martlet.ask("/a%2Fb")
    assert response.status == status
    assert [request.target for request in upstream.requests] == ([seen] if seen else [])
    if status == 307:
        assert response["location"] == "/a/b"


@pytest.mark.parametrize("path", ["/%2fother.test", "/%5cother.test"])
def test_no_redirect_leads_to_another_host(proxy, echo, path):
    martlet = proxy({"one": echo()}, path_with_escaped_slashes_action="UNESCAPE_AND_REDIRECT")
    assert martlet.ask(path).status == 400


def test_http_1_0_is_refused_when_it_is_not_accepted(proxy, echo):
    martlet = proxy({"one": echo()}, http_protocol_options={"accept_http_10": False})
    with martlet.connect() as client:
        client.send("GET / HTTP/1.0\r\nhost: test\r\n\r\n")
        assert client.read_response().status == 426
        assert client.is_closed_by_peer()
    assert martlet.ask("/").status == 200


def test_responses_name_the_server_and_the_proxy_on_the_way(proxy, echo):
    upstream = echo()
    martlet = proxy({"one": upstream}, server_name="edge", via="1.1 edge")
    response = martlet.ask("/", "via: 1.0 before")
    assert (response["server"], response["via"]) == ("edge", "1.1 edge")
    assert upstream.requests[-1].all("via") == ["1.0 before", "1.1 edge"]


def test_the_upstreams_server_name_is_replaced(proxy, nginx):
    upstream = nginx()
    assert proxy({"one": upstream}, server_name="edge").ask()["server"] == "edge"


def test_every_response_has_one_date(proxy, echo, nginx):
    routes = """
    - match: { prefix: /nginx }
      route: { cluster: nginx }
    - match: { prefix: /echo }
      route: { cluster: echo }
    """
    martlet = proxy({"nginx": nginx(), "echo": echo()}, routes)
    for path in ("/nginx", "/echo", "/nowhere"):
        (date,) = martlet.ask(path).all("date")
        assert DATE.fullmatch(date)
        assert email.utils.parsedate_to_datetime(date)


@pytest.mark.parametrize(
    ("options", "lines", "client", "forwarded", "scheme"),
    [
        ({}, (), "127.0.0.1", [], "http"),
        ({}, ("x-forwarded-for: 192.0.2.1, 198.51.100.2",), "198.51.100.2", None, "http"),
        (
            {"xff_num_trusted_hops": 1},
            ("x-forwarded-for: 192.0.2.1, 198.51.100.2",),
            "192.0.2.1",
            None,
            "http",
        ),
        (
            {"use_remote_address": True},
            ("x-forwarded-for: 192.0.2.1", "x-forwarded-proto: https"),
            "127.0.0.1",
            ["192.0.2.1, 127.0.0.1"],
            "http",
        ),
        (
            {"use_remote_address": True, "xff_num_trusted_hops": 1},
            ("x-forwarded-for: 192.0.2.1", "x-forwarded-proto: https"),
            "192.0.2.1",
            ["192.0.2.1, 127.0.0.1"],
            "https",
        ),
    ],
)
def test_the_client_is_whom_trusted_hops_name(
    proxy, echo, options, lines, client, forwarded, scheme
):
    upstream = echo()
    fields = {
        "client": "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
        "peer": "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%",
    }
    log = {**STDOUT_LOG, "typed_config": {**STDOUT_LOG["typed_config"]}}
    log["typed_config"]["log_format"] = {"json_format": fields}
    martlet = proxy({"one": upstream}, access_log=[log], **options)
    assert martlet.ask("/", *lines).status == 200
    (line,) = eventually(lambda: martlet.access_log())
    assert (line["client"], line["peer"]) == (client, "127.0.0.1")
    request = upstream.requests[-1]
    if forwarded is not None:
        assert request.all("x-forwarded-for") == forwarded
    assert request.all("x-forwarded-proto") == [scheme]


def test_the_port_is_taken_off_the_host(proxy, echo):
    upstream = echo()
    martlet = proxy({"one": upstream}, strip_any_host_port=True)
    with martlet.connect() as client:
        client.send("GET / HTTP/1.1\r\nhost: shop.test:8443\r\n\r\n")
        assert client.read_response().status == 200
    assert upstream.requests[-1].all("host") == ["shop.test"]


def test_an_old_connection_closes_when_nothing_runs_on_it(proxy, echo):
    options = {"max_connection_duration": "2s"}
    martlet = proxy({"one": echo()}, common_http_protocol_options=options)
    with martlet.connect() as client:
        client.get("/")
        assert client.read_response().status == 200
        assert client.is_closed_by_peer()
    assert martlet.stat("http.in.downstream_cx_max_duration_reached") == 1


def test_an_old_connection_finishes_the_exchange_under_way(proxy, upstream):
    asked, aged = threading.Event(), threading.Event()

    def script(wire):
        wire.read_request()
        asked.set()
        assert aged.wait(PATIENCE)
        wire.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")

    options = {"max_connection_duration": "2s"}
    martlet = proxy({"one": upstream(script)}, common_http_protocol_options=options)
    with martlet.connect() as client:
        client.get("/")
        assert asked.wait(PATIENCE)
        with martlet.connect() as younger:
            assert younger.is_closed_by_peer()
        aged.set()
        response = client.read_response()
        assert (response.body, response["connection"]) == (b"ok", "close")
        assert client.is_closed_by_peer()


def test_a_draining_connection_waits_as_long_as_it_is_told(proxy, echo):
    martlet = proxy({"one": echo()}, drain_timeout="2.5s")
    with martlet.connect() as client:
        client.get()
        assert client.read_response().status == 200
        began = time.monotonic()
        martlet.process.signal(signal.SIGTERM)
        assert client.is_closed_by_peer()
        # A second is what it waits when it is told nothing.
        assert time.monotonic() - began > 2


def test_a_refused_client_has_as_long_to_leave_as_is_said(proxy, echo):
    martlet = proxy({"one": echo()}, delayed_close_timeout="2.5s")
    with martlet.connect() as client:
        began = time.monotonic()
        client.send("GET / HTTP/1.1\r\nbad\r\n\r\n")
        assert client.read_response().status == 400
        gauge = "http.in.downstream_cx_active"
        eventually(lambda: martlet.stat(gauge), lambda count: count == 0)
        # A second is what it has when nothing is said.
        assert time.monotonic() - began > 2


def test_the_peer_is_not_appended_where_that_is_not_wanted(proxy, echo):
    upstream = echo()
    martlet = proxy({"one": upstream}, use_remote_address=True, skip_xff_append=True)
    martlet.ask("/", "x-forwarded-for: 192.0.2.1")
    assert upstream.requests[-1].all("x-forwarded-for") == ["192.0.2.1"]


def test_a_server_name_is_given_only_to_who_has_none(proxy, echo, nginx):
    routes = """
    - match: { prefix: /nginx }
      route: { cluster: nginx }
    - match: { prefix: / }
      direct_response: { status: 200 }
    """
    manager = {"server_name": "edge", "server_header_transformation": "APPEND_IF_ABSENT"}
    martlet = proxy({"nginx": nginx()}, routes, **manager)
    assert martlet.ask("/nginx")["server"].startswith("nginx")
    assert martlet.ask("/")["server"] == "edge"


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE"])
def test_a_request_goes_no_further_than_it_may(proxy, echo, method):
    upstream = echo()
    martlet = proxy({"one": upstream}, access_log=[STDOUT_LOG])
    assert martlet.ask("/", "max-forwards: 2", method=method).status == 200
    assert upstream.requests[-1]["max-forwards"] == "1"
    last = martlet.ask("/", "max-forwards: 0", method=method)
    assert last.status == (200 if method == "OPTIONS" else 501)
    assert martlet.ask("/", "max-forwards: none", method=method).status == 400
    # It means nothing elsewhere.
    assert martlet.ask("/", "max-forwards: 0").status == 200
    assert upstream.requests[-1]["max-forwards"] == "0"
    assert len(upstream.requests) == 2


@pytest.mark.parametrize(("at_edge", "informing"), [(False, ["/old"]), (True, [])])
def test_no_client_steers_the_proxies_behind_this_one(proxy, echo, at_edge, informing):
    upstream = echo()
    routes = """
    - match: { prefix: /, headers: [{ name: x-envoy-internal, present_match: true }] }
      direct_response: { status: 200 }
    - match: { prefix: / }
      route: { cluster: one }
      request_headers_to_add: [{ header: { key: x-envoy-max-retries, value: "0" } }]
    """
    martlet = proxy({"one": upstream}, routes, use_remote_address=at_edge)
    martlet.ask(
        "/", "X-Envoy-Internal: true", "x-envoy-max-retries: 9", "x-envoy-original-path: /old"
    )
    (request,) = upstream.requests
    assert "x-envoy-internal" not in request
    assert request.all("x-envoy-max-retries") == ["0"]
    assert request.all("x-envoy-original-path") == informing


def test_nobody_passes_for_the_owner_of_a_certificate(proxy, echo):
    upstream = echo()
    martlet = proxy({"one": upstream})
    martlet.ask("/", "x-forwarded-client-cert: By=spiffe://mesh/other")
    assert "x-forwarded-client-cert" not in upstream.requests[0]
