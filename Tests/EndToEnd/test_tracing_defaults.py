"""The bootstrap's `tracing`: spans of TCP connections, and the provider of those who name none."""

import json

import pytest
from ads_server import LISTENER, ADSServer
from collector import Collector, attributes, provider_to
from envoy.config.listener.v3.listener_pb2 import Listener

# Named by `@type` in what the tests push.
from envoy.extensions.filters.network.tcp_proxy.v3 import tcp_proxy_pb2  # noqa: F401
from google.protobuf import json_format
from martlet import cluster, http_listener, over_ads, tcp_listener, to_cluster
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from upstreams import free_port
from wire import Wire

SAMPLERS = "envoy.extensions.tracers.opentelemetry.samplers.v3"


def shout(wire: Wire) -> None:
    while data := wire.socket.recv(65536):
        wire.send(data.upper())


def sampler(share: int) -> dict:
    ratio = {
        "@type": f"type.googleapis.com/{SAMPLERS}.TraceIdRatioBasedSamplerConfig",
        "sampling_percentage": {"numerator": share, "denominator": "HUNDRED"},
    }
    parent_based = {
        "@type": f"type.googleapis.com/{SAMPLERS}.ParentBasedSamplerConfig",
        "wrapped_sampler": {
            "name": "envoy.tracers.opentelemetry.samplers.trace_id_ratio_based",
            "typed_config": ratio,
        },
    }
    name = "envoy.tracers.opentelemetry.samplers.parent_based"
    return {"name": name, "typed_config": parent_based}


@pytest.fixture
def collector(closing):
    return closing(Collector())


@pytest.fixture
def traced(start, collector):
    """Starts a proxy whose bootstrap traces to the collector, with the listener a test gives."""

    def traced(make_listener, *clusters: dict, **provider):
        port = free_port()
        bootstrap = {
            "tracing": {"http": provider_to("otlp", collector.port, **provider)},
            "static_resources": {
                "listeners": [make_listener(port)],
                "clusters": [cluster("otlp", collector.port), *clusters],
            },
        }
        return start(bootstrap, port)

    return traced


def to_one(port: int) -> dict:
    return tcp_listener(port, cluster="one")


def test_a_tcp_connection_is_a_trace_of_one_span(traced, collector, upstream):
    shouting = upstream(shout)
    martlet = traced(to_one, cluster("one", shouting.port))
    with martlet.connect() as client:
        client.send("hello")
        assert client.read(5) == b"HELLO"
        _, peer_port = client.socket.getsockname()
    (span,) = collector.wait_for(1)
    assert (span.name, span.kind, span.parent_span_id) == ("TCP", Span.SPAN_KIND_SERVER, b"")
    assert any(span.trace_id) and any(span.span_id)
    assert span.start_time_unix_nano < span.end_time_unix_nano
    assert attributes(span) == {
        "network.transport": "tcp",
        "network.peer.address": "127.0.0.1",
        "network.peer.port": peer_port,
        "network.local.address": "127.0.0.1",
        "network.local.port": martlet.port,
        "upstream_address": f"127.0.0.1:{shouting.port}",
        "upstream_cluster": "one",
        "bytes_received": 5,
        "bytes_sent": 5,
        "response_flags": "-",
    }
    assert span.status.code == span.status.STATUS_CODE_UNSET
    assert collector.resources[0]["service.name"] == "shop"


@pytest.mark.parametrize(
    ("flag", "more"),
    [
        ("UF", {}),
        ("UO", {"circuit_breakers": {"thresholds": [{"max_connections": 0}]}}),
        ("UH", {"load_assignment": {"cluster_name": "one"}}),
    ],
)
def test_a_connection_that_fails_is_an_error_with_its_flag(traced, collector, flag, more):
    martlet = traced(to_one, cluster("one", free_port(), **more))
    with martlet.connect() as client:
        assert client.is_closed_by_peer()
    (span,) = collector.wait_for(1)
    seen = attributes(span)
    assert (seen["response_flags"], seen["error.type"]) == (flag, flag)
    assert span.status.code == span.status.STATUS_CODE_ERROR


def test_a_share_of_the_connections_is_sampled(traced, collector, upstream):
    martlet = traced(to_one, cluster("one", upstream(shout).port), sampler=sampler(25))
    count = 400
    for _ in range(count):
        with martlet.connect() as client:
            client.send("x")
            assert client.read(1) == b"X"
    martlet.expect("tcp.tcp.downstream_cx_destroy", count)
    recorded = martlet.stat("telemetry.spans_recorded")
    # Binomial: five standard deviations of 400 draws at a quarter are 43.
    assert abs(recorded - count / 4) <= 43
    assert len(collector.wait_for(recorded)) == recorded


def test_a_connection_manager_without_a_provider_uses_the_bootstrap_s(traced, collector, echo):
    def listener(port: int) -> dict:
        return http_listener(port, to_cluster("one"), tracing={"spawn_upstream_span": False})

    martlet = traced(listener, cluster("one", echo().port))
    assert martlet.ask("/page").status == 200
    (span,) = collector.wait_for(1)
    assert attributes(span)["url.path"] == "/page"


def test_a_connection_manager_that_does_not_ask_is_not_traced(traced, collector, echo, upstream):
    martlet = traced(
        lambda port: http_listener(port, to_cluster("one")), cluster("one", echo().port)
    )
    assert martlet.ask().status == 200
    assert martlet.stat("telemetry.spans_recorded") == 0


def test_a_listener_from_the_control_plane_is_traced_too(start, closing, collector, upstream):
    control = ADSServer()
    control.close = control.stop
    closing(control)
    port = free_port()
    bootstrap = over_ads(control.port)
    clusters = bootstrap["static_resources"]["clusters"]
    clusters += [cluster("otlp", collector.port), cluster("one", upstream(shout).port)]
    bootstrap["tracing"] = {"http": provider_to("otlp", collector.port)}
    martlet = start(bootstrap, port, ready=False)
    control.push(LISTENER, [json_format.Parse(json.dumps(to_one(port)), Listener())])
    martlet.wait_until_ready()
    with martlet.connect() as client:
        client.send("x")
        assert client.read(1) == b"X"
    (span,) = collector.wait_for(1)
    assert attributes(span)["upstream_cluster"] == "one"
