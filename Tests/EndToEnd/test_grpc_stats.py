"""Calls of gRPC counted by their methods, with a server of grpcio's behind."""

import collections

import grpc
import pytest
from grpc_service import Service
from grpc_web import begin, frame
from grpc_web import call as web_call
from martlet import ROUTER, TYPES, cluster, http_listener, over_http2, to_cluster
from polling import PATIENCE, eventually
from prometheus_client.parser import text_string_to_metric_families
from upstreams import free_port
from wire import Wire

ROUTES = """
- match: { prefix: /dead. }
  route: { cluster: dead }
- match: { prefix: /bounded. }
  route:
    cluster: grpc
    prefix_rewrite: /test.
    max_stream_duration: { max_stream_duration: 0.2s }
- match: { prefix: / }
  route: { cluster: grpc, timeout: 0s }
"""
ECHO = "cluster.grpc.grpc.test.Echo"
MOST = 256


def counting(**config) -> dict:
    kind = f"{TYPES}.filters.http.grpc_stats.v3.FilterConfig"
    return {"name": "envoy.filters.http.grpc_stats", "typed_config": {"@type": kind, **config}}


BRIDGE = {
    "name": "envoy.filters.http.grpc_web",
    "typed_config": {"@type": f"{TYPES}.filters.http.grpc_web.v3.GrpcWeb"},
}


@pytest.fixture
def service(closing):
    return closing(Service())


@pytest.fixture
def counted(start, closing, service):
    """Starts a proxy that counts, and gives a client of it."""

    def counted(*options: str, **config):
        port = free_port()
        clusters = [
            over_http2(cluster("grpc", service.port)),
            over_http2(cluster("dead", free_port())),
        ]
        listener = http_listener(port, ROUTES, http_filters=[counting(**config), BRIDGE, ROUTER])
        resources = {"listeners": [listener], "clusters": clusters}
        channel = closing(grpc.insecure_channel(f"127.0.0.1:{port}"))
        channel.martlet = start({"static_resources": resources}, port, *options)
        return channel

    return counted


def calls(martlet) -> dict[str, int]:
    """What is counted of gRPC, without the cluster's name."""
    return {
        name.removeprefix("cluster."): count
        for name, count in martlet.stats().items()
        if name.startswith(("cluster.grpc.grpc.", "cluster.dead.grpc."))
    }


def expect(martlet, name: str, count: int) -> None:
    eventually(lambda: martlet.stats().get(name), lambda found: found == count)


def fails(call, *message, **options) -> grpc.StatusCode:
    with pytest.raises(grpc.RpcError) as fault:
        result = call(*message, **options)
        list(result)
    return fault.value.code()


def test_each_method_is_counted_by_itself(counted):
    channel = counted(stats_for_all_methods=True)
    for _ in range(3):
        channel.unary_unary("/test.Echo/Unary")(b"x", timeout=PATIENCE)
    assert (
        len(list(channel.unary_stream("/test.Echo/Spread")(b"10000", timeout=PATIENCE))) == 10_000
    )
    messages = (b"y" * 100 for _ in range(10_000))
    assert len(channel.stream_unary("/test.Echo/Collect")(messages, timeout=PATIENCE)) == 1_000_000
    talk = channel.stream_stream("/test.Echo/Talk")
    assert len(list(talk(iter([b"", b"a", b"b" * 9000]), timeout=PATIENCE))) == 3
    code = fails(channel.unary_unary("/test.Echo/Refuse"), b"", timeout=PATIENCE)
    assert code is grpc.StatusCode.FAILED_PRECONDITION
    expect(channel.martlet, f"{ECHO}.Refuse.total", 1)
    expect(channel.martlet, f"{ECHO}.Talk.total", 1)
    found = calls(channel.martlet)
    echo = "grpc.grpc.test.Echo"
    wanted = {
        "Unary": {"total": 3, "success": 3, "0": 3, "request": 3, "response": 3},
        "Spread": {"total": 1, "success": 1, "0": 1, "request": 1, "response": 10_000},
        "Collect": {"total": 1, "success": 1, "0": 1, "request": 10_000, "response": 1},
        "Talk": {"total": 1, "success": 1, "0": 1, "request": 3, "response": 3},
        "Refuse": {"total": 1, "failure": 1, "9": 1, "request": 1},
    }
    names = {"request": "request_message_count", "response": "response_message_count"}
    assert found == {
        f"{echo}.{method}.{names.get(name, name)}": count
        for method, counts in wanted.items()
        for name, count in counts.items()
    }


def test_calls_of_grpc_web_are_counted_as_well(counted):
    martlet = counted(stats_for_all_methods=True).martlet
    for is_text in (False, True):
        web_call(martlet.port, "/test.Echo/Spread", b"5", is_text=is_text)
    expect(martlet, f"{ECHO}.Spread.success", 2)
    assert calls(martlet)["grpc.grpc.test.Echo.Spread.request_message_count"] == 2
    assert calls(martlet)["grpc.grpc.test.Echo.Spread.response_message_count"] == 10


def test_an_answer_that_is_no_grpc_holds_no_messages(start, upstream):
    def script(wire: Wire) -> None:
        wire.read_request()
        wire.send(b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 5\r\n\r\n")
        wire.send(bytes(5))

    port = free_port()
    listener = http_listener(
        port, to_cluster("grpc"), http_filters=[counting(stats_for_all_methods=True), ROUTER]
    )
    resources = {"listeners": [listener], "clusters": [cluster("grpc", upstream(script).port)]}
    martlet = start({"static_resources": resources}, port)
    with martlet.connect() as wire:
        begin(wire, "/test.Echo/Unary", {"content-type": "application/grpc"}, 5)
        wire.send(frame(b""))
        assert wire.read_response().body == bytes(5)
    expect(martlet, f"{ECHO}.Unary.failure", 1)
    found = calls(martlet)
    assert found["grpc.grpc.test.Echo.Unary.request_message_count"] == 1
    assert found.get("grpc.grpc.test.Echo.Unary.response_message_count", 0) == 0


def test_what_fails_in_the_proxy_and_what_is_given_up_is_counted(counted, service):
    channel = counted(stats_for_all_methods=True)
    martlet = channel.martlet
    code = fails(channel.unary_unary("/dead.S/Call"), b"", timeout=PATIENCE)
    assert code is grpc.StatusCode.UNAVAILABLE
    expect(martlet, "cluster.dead.grpc.dead.S.Call.14", 1)
    # The name is the one that was asked for, not what the route makes of it.
    code = fails(channel.unary_stream("/bounded.Echo/Begin"), b"", timeout=PATIENCE)
    assert code is grpc.StatusCode.DEADLINE_EXCEEDED
    expect(martlet, "cluster.grpc.grpc.bounded.Echo.Begin.4", 1)
    assert service.cancelled.wait(PATIENCE)
    service.cancelled.clear()
    channel.unary_unary("/test.Echo/Hang").future(b"", timeout=0.3).exception()
    assert service.cancelled.wait(PATIENCE)
    expect(martlet, f"{ECHO}.Hang.failure", 1)
    assert martlet.stats()[f"{ECHO}.Hang.total"] == 1


def test_only_listed_methods_are_counted_by_themselves(counted):
    services = [{"name": "test.Echo", "method_names": ["Unary", "Refuse"]}]
    channel = counted(individual_method_stats_allowlist={"services": services})
    channel.unary_unary("/test.Echo/Unary")(b"x", timeout=PATIENCE)
    for method in ("/test.Echo/Spread", "/test.Echo2/Unary", "/test.Echo/unary"):
        with pytest.raises(grpc.RpcError):
            list(channel.unary_stream(method)(b"x", timeout=PATIENCE))
    expect(channel.martlet, "cluster.grpc.grpc.total", 3)
    assert {name for name in calls(channel.martlet) if name.endswith("total")} == {
        "grpc.grpc.total",
        "grpc.grpc.test.Echo.Unary.total",
    }


def test_without_a_word_all_methods_are_counted_together(counted):
    channel = counted()
    channel.unary_unary("/test.Echo/Unary")(b"x", timeout=PATIENCE)
    expect(channel.martlet, "cluster.grpc.grpc.success", 1)
    assert not any("Echo" in name for name in calls(channel.martlet))


def test_dots_are_replaced_and_times_measured_where_that_is_asked_for(counted):
    channel = counted(
        stats_for_all_methods=True,
        replace_dots_in_grpc_service_name=True,
        enable_upstream_stats=True,
    )
    channel.unary_unary("/test.Echo/Unary")(b"x", timeout=PATIENCE)
    expect(channel.martlet, "cluster.grpc.grpc.test_Echo.Unary.success", 1)
    _, _, text = channel.martlet.admin_get("/stats?filter=Unary.upstream_rq_time")
    assert text.startswith("cluster.grpc.grpc.test_Echo.Unary.upstream_rq_time: P0(")


def test_prometheus_has_them_by_labels(counted):
    channel = counted(stats_for_all_methods=True, enable_upstream_stats=True)
    channel.unary_unary("/test.Echo/Unary")(b"x", timeout=PATIENCE)
    fails(channel.unary_unary("/test.Echo/Refuse"), b"", timeout=PATIENCE)
    expect(channel.martlet, f"{ECHO}.Refuse.failure", 1)
    _, _, text = channel.martlet.admin_get("/stats/prometheus")
    samples = collections.defaultdict(dict)
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name.startswith("martlet_cluster_grpc"):
                assert sample.labels.pop("cluster") == "grpc"
                assert sample.labels.pop("service") == "test.Echo"
                samples[sample.name][tuple(sample.labels.values())] = sample.value
    assert samples["martlet_cluster_grpc_total"] == {("Refuse",): 1, ("Unary",): 1}
    assert samples["martlet_cluster_grpc_status_total"] == {("Refuse", "9"): 1, ("Unary", "0"): 1}
    assert samples["martlet_cluster_grpc_request_message_count_total"][("Unary",)] == 1
    assert samples["martlet_cluster_grpc_upstream_rq_time_seconds_count"][("Unary",)] == 1


def test_clients_that_ask_for_any_method_do_not_make_names_without_end(counted):
    """Two workers find methods for themselves, more of them than are counted by themselves."""
    martlet = counted("--concurrency", "2", stats_for_all_methods=True).martlet
    paths = [f"/any.S{number}/M" for number in range(3 * MOST)]
    odd = ["/any.S/" + "m" * 1000, "/a%20b/c", "/any.S", "/a/b/c", '/a"/b']
    for start in range(0, len(paths), 64):
        with Wire.to(martlet.port) as wire:
            for path in paths[start : start + 64] + odd:
                wire.send(
                    f"POST {path} HTTP/1.1\r\nhost: a\r\ncontent-type: application/grpc\r\n"
                    "te: trailers\r\ncontent-length: 5\r\n\r\n".encode()
                    + frame(b"")
                )
                assert wire.read_response().status in (200, 400)
    asked = len(paths) + len(paths) // 64 * len(odd)

    def totals() -> dict[str, int]:
        found = calls(martlet)
        return {name: count for name, count in found.items() if name.endswith(".total")}

    found = eventually(totals, lambda found: sum(found.values()) >= asked - len(paths) // 64)
    assert len(found) == MOST + 1
    assert found["grpc.grpc.total"] >= 2 * MOST
    assert totals() == found
