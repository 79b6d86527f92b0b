"""Spans as a collector receives them, and the trace context that goes upstream."""

import time

import pytest
from collector import Collector, attributes, tracing_to
from martlet import cluster, http_listener, to_cluster
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from polling import eventually
from upstreams import ScriptedUpstream, free_port

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"
SAMPLED = f"00-{TRACE}-{PARENT}-01"

MALFORMED = [
    f"00-{TRACE}-{PARENT}-0",
    f"00-{TRACE}-{PARENT}-01-more",
    f"00-{TRACE.upper()}-{PARENT}-01",
    f"ff-{TRACE}-{PARENT}-01",
    f"00-{'0' * 32}-{PARENT}-01",
    f"00-{TRACE}-{'0' * 16}-01",
    f"00-{TRACE[:-1]}g-{PARENT}-01",
    f"00 {TRACE} {PARENT} 01",
    f"00_{TRACE}_{PARENT}_01",
    "",
]


@pytest.fixture
def traced(proxy, echo, closing):
    """Starts a proxy that traces to a collector, both in front of one upstream."""

    def traced(collector=None, routes=None, upstream=None, **tracing):
        collector = collector or closing(Collector())
        upstream = upstream or echo()
        martlet = proxy(
            {"one": upstream, "otlp": collector},
            routes,
            tracing=tracing_to("otlp", collector.port, **tracing),
        )
        return martlet, upstream, collector

    return traced


def of_kind(spans, kind) -> Span:
    (span,) = [span for span in spans if span.kind == kind]
    return span


def server_and_client(collector) -> tuple[Span, Span]:
    spans = collector.wait_for(2)
    return of_kind(spans, Span.SPAN_KIND_SERVER), of_kind(spans, Span.SPAN_KIND_CLIENT)


def test_a_request_is_a_server_span_with_a_client_span_below_it(traced):
    martlet, upstream, collector = traced()
    martlet.ask("/shop?item=1", "user-agent: tests/1", f"traceparent: {SAMPLED}")
    server, client = server_and_client(collector)
    assert server.trace_id.hex() == client.trace_id.hex() == TRACE
    assert server.parent_span_id.hex() == PARENT
    assert client.parent_span_id == server.span_id
    assert len({server.span_id, client.span_id, b"\0" * 8}) == 3
    (request,) = upstream.requests
    assert request["traceparent"] == f"00-{TRACE}-{client.span_id.hex()}-01"
    assert server.start_time_unix_nano <= client.start_time_unix_nano
    assert client.start_time_unix_nano <= client.end_time_unix_nano <= server.end_time_unix_nano


def test_spans_carry_the_semantic_conventions(traced):
    martlet, upstream, collector = traced()
    martlet.ask("/shop?item=1", "user-agent: tests/1")
    server, client = server_and_client(collector)
    assert collector.resources[0]["service.name"] == "shop"
    seen = attributes(server)
    expected = {
        "http.request.method": "GET",
        "url.scheme": "http",
        "url.path": "/shop",
        "url.query": "item=1",
        "server.address": "test",
        "client.address": "127.0.0.1",
        "network.protocol.version": "1.1",
        "user_agent.original": "tests/1",
        "http.response.status_code": 200,
        "upstream_cluster": "one",
        "response_flags": "-",
    }
    assert {name: seen.get(name) for name in expected} == expected
    seen = attributes(client)
    expected = {
        "http.request.method": "GET",
        "url.full": "http://test/shop?item=1",
        "network.peer.address": "127.0.0.1",
        "network.peer.port": upstream.port,
        "http.response.status_code": 200,
        "upstream_cluster": "one",
    }
    assert {name: seen.get(name) for name in expected} == expected


def test_a_failure_is_an_error_with_its_flag(proxy, closing):
    collector = closing(Collector())
    martlet = proxy(
        {"dead": free_port(), "otlp": collector}, tracing=tracing_to("otlp", collector.port)
    )
    assert martlet.ask().status == 503
    spans = collector.wait_for(2)
    server = of_kind(spans, Span.SPAN_KIND_SERVER)
    assert attributes(server)["response_flags"] == "UF"
    assert attributes(server)["error.type"] == "503"
    assert server.status.code == server.status.STATUS_CODE_ERROR
    # Each attempt is a span of its own.
    attempts = [span for span in spans if span.kind == Span.SPAN_KIND_CLIENT]
    assert {attributes(span)["response_flags"] for span in attempts} == {"UF"}


def test_a_malformed_context_restarts_the_trace(traced):
    martlet, upstream, collector = traced()
    for traceparent in MALFORMED:
        martlet.ask("/", f"traceparent: {traceparent}", "tracestate: a=1")
    spans = collector.wait_for(2 * len(MALFORMED))
    servers = {s.trace_id.hex(): s for s in spans if s.kind == Span.SPAN_KIND_SERVER}
    clients = {s.trace_id.hex(): s for s in spans if s.kind == Span.SPAN_KIND_CLIENT}
    assert len(servers) == len(MALFORMED)
    assert TRACE not in servers
    assert {span.parent_span_id for span in servers.values()} == {b""}
    for request in upstream.requests:
        version, trace, parent, flags = request["traceparent"].split("-")
        # 02 says that the identifier is random, 01 that the trace is sampled.
        assert (version, flags) == ("00", "03")
        assert parent == clients[trace].span_id.hex()
        assert "tracestate" not in request


def test_a_duplicated_context_restarts_the_trace(traced):
    martlet, upstream, collector = traced()
    martlet.ask("/", f"traceparent: {SAMPLED}", f"traceparent: {SAMPLED}")
    server, _ = server_and_client(collector)
    assert server.trace_id.hex() != TRACE
    assert len(upstream.requests[0].all("traceparent")) == 1


def test_tracestate_is_passed_on(traced):
    martlet, upstream, collector = traced()
    martlet.ask("/", f"traceparent: {SAMPLED}", "tracestate: a=1", "tracestate: b=2")
    server, _ = server_and_client(collector)
    members = ",".join(upstream.requests[0].all("tracestate")).replace(" ", "")
    assert members == "a=1,b=2"
    assert server.trace_state.replace(" ", "") == "a=1,b=2"


def test_a_parent_that_is_not_sampled_is_obeyed(traced):
    martlet, upstream, collector = traced()
    martlet.ask("/quiet", f"traceparent: 00-{TRACE}-{PARENT}-00")
    martlet.ask("/loud", f"traceparent: {SAMPLED}")
    assert {attributes(span).get("url.path") for span in collector.wait_for(2)} == {"/loud", None}
    quiet = next(request for request in upstream.requests if request.target == "/quiet")
    version, trace, parent, flags = quiet["traceparent"].split("-")
    assert (version, trace, flags) == ("00", TRACE, "00")
    assert parent != "0" * 16


def test_a_share_of_the_traces_is_sampled(traced):
    martlet, upstream, _ = traced(random_sampling={"value": 25})
    with martlet.connect() as client:
        for _ in range(1000):
            client.get()
            client.read_response()
    sampled = [int(request["traceparent"][-2:], 16) & 1 for request in upstream.requests]
    # Binomial: five standard deviations of 1,000 draws at a quarter are 68.
    assert abs(sum(sampled) - 250) <= 68


def test_spans_wait_for_a_collector_that_is_down(traced, closing):
    port = free_port()

    class Absent:
        def __init__(self):
            self.port = port

    martlet, _, _ = traced(collector=Absent())
    assert martlet.ask("/early").status == 200
    eventually(lambda: martlet.stat("telemetry.export_retry"), lambda count: count >= 1)
    back = closing(Collector(port))
    server, _ = server_and_client(back)
    assert attributes(server)["url.path"] == "/early"
    stats = eventually(martlet.stats, lambda s: s["telemetry.spans_exported"] == 2)
    assert stats["telemetry.spans_recorded"] == 2
    assert stats["telemetry.spans_dropped"] == 0


def test_spans_a_collector_asks_to_have_again_are_sent_again(traced, closing):
    busy = closing(Collector(status=503))
    martlet, _, collector = traced(collector=busy)
    martlet.ask()
    collector.wait_for_refusals(1)
    collector.status = 200
    assert len(collector.wait_for(2)) == 2


def test_spans_a_collector_rejects_are_dropped_and_counted(traced, closing):
    martlet, _, collector = traced(collector=closing(Collector(status=400)))
    martlet.ask()
    collector.wait_for_refusals(1)
    stats = eventually(martlet.stats, lambda s: s["telemetry.spans_dropped"] == 2)
    assert stats["telemetry.export_failure"] == 1
    assert stats["telemetry.spans_exported"] == 0


def test_spans_that_wait_are_sent_before_the_end(traced):
    martlet, _, collector = traced()
    for _ in range(5):
        martlet.ask()
    assert martlet.process.terminate() == 0
    assert len(collector.spans) == 10


def test_without_tracing_trace_headers_pass_as_they_are(proxy, echo):
    upstream = echo()
    martlet = proxy({"one": upstream})
    martlet.ask("/", f"traceparent: {SAMPLED}", "tracestate: a=1")
    martlet.ask("/")
    carried, plain = upstream.requests
    assert carried["traceparent"] == SAMPLED
    assert carried["tracestate"] == "a=1"
    assert "traceparent" not in plain


@pytest.fixture
def scripted(traced, closing):
    """Starts a proxy whose collector runs the given function for each connection."""

    def scripted(script):
        collector = closing(ScriptedUpstream(script))
        martlet, _, _ = traced(collector=collector)
        assert martlet.ask().status == 200
        return martlet, collector

    return scripted


def test_a_response_that_ends_with_its_connection_counts(scripted):
    def script(wire):
        wire.read_request()
        wire.send("HTTP/1.0 200 OK\r\n\r\n\n")

    martlet, collector = scripted(script)
    martlet.expect("telemetry.spans_exported", 2)
    assert martlet.stat("telemetry.export_retry") == 0
    assert len(collector.connections) == 1


def test_an_interim_response_together_with_the_final_one_counts(scripted):
    def script(wire):
        wire.read_request()
        wire.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        wire.read_request()

    martlet, _ = scripted(script)
    martlet.expect("telemetry.spans_exported", 2)
    assert martlet.stat("telemetry.export_retry") == 0


def test_spans_a_collector_rejects_in_part_are_counted(scripted):
    # ExportTraceServiceResponse { partial_success { rejected_spans: 1, error_message: "full" } }
    body = b"\x0a\x08\x08\x01\x12\x04full"

    def script(wire):
        wire.read_request()
        wire.send(f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\n\r\n")
        wire.send(body)
        wire.read_request()

    martlet, _ = scripted(script)
    martlet.expect("telemetry.spans_exported", 1)
    assert martlet.stat("telemetry.spans_dropped") == 1
    martlet.process.wait_for("rejects spans: full")


def test_a_collector_that_says_when_to_come_back_is_obeyed(scripted):
    asked = []

    def script(wire):
        while True:
            wire.read_request()
            asked.append(time.monotonic())
            start = "503 Busy\r\nretry-after: 2" if len(asked) == 1 else "200 OK"
            wire.send(f"HTTP/1.1 {start}\r\ncontent-length: 0\r\n\r\n")

    martlet, _ = scripted(script)
    martlet.expect("telemetry.spans_exported", 2)
    # The first delay is otherwise at most a quarter of a second.
    assert asked[1] - asked[0] > 1.5


def test_a_collector_that_is_long_busy_gets_its_spans_in_the_end(scripted):
    asked = []

    def script(wire):
        while True:
            wire.read_request()
            asked.append(wire)
            start = "503 Busy\r\nretry-after: 0" if len(asked) <= 20 else "200 OK"
            wire.send(f"HTTP/1.1 {start}\r\ncontent-length: 0\r\n\r\n")

    martlet, _ = scripted(script)
    martlet.expect("telemetry.spans_exported", 2)
    assert martlet.stat("telemetry.spans_dropped") == 0


def test_a_collector_that_is_dead_is_passed_over(proxy, echo, closing):
    dead, collector = free_port(), closing(Collector())
    martlet = proxy(
        {"one": echo(), "otlp": [dead, collector]}, tracing=tracing_to("otlp", collector.port)
    )
    martlet.ask()
    assert len(collector.wait_for(2)) == 2
    assert martlet.stat("telemetry.spans_dropped") == 0


def test_listeners_that_sample_differently_share_a_connection(start, echo, closing):
    upstream, collector = echo(), closing(Collector())
    ports = [free_port(), free_port()]
    listeners = [
        http_listener(
            port,
            to_cluster("one"),
            name=f"in{share}",
            tracing=tracing_to("otlp", collector.port, random_sampling={"value": share}),
        )
        for port, share in zip(ports, (99, 100), strict=True)
    ]
    clusters = [cluster("one", upstream.port), cluster("otlp", collector.port)]
    bootstrap = {"static_resources": {"listeners": listeners, "clusters": clusters}}
    martlet = start(bootstrap, ports[0], "--concurrency", "1")
    for port in ports:
        martlet.port = port
        martlet.ask("/", f"traceparent: {SAMPLED}")
    collector.wait_for(4)
    martlet.expect("telemetry.spans_exported", 4)
    assert len(collector.peers) == 1
