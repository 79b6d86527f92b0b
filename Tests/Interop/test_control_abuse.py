"""martlet-control under operators and proxies that are careless, broken or hostile."""

import concurrent.futures
import http.client
import json
import socket
import threading

import grpc
import pytest
from polling import PATIENCE, eventually

SERVICE = """
apiVersion: v1
kind: Service
metadata: {{name: {name}}}
spec: {{ports: [{{port: {port}}}]}}
"""
SPLIT = """
apiVersion: split.smi-spec.io/v1alpha4
kind: TrafficSplit
metadata: {{name: {name}}}
spec: {{service: {name}, backends: [{{service: {name}-v1, weight: {weight}}}]}}
"""


def services(count: int, port: int = 80) -> str:
    return "---".join(SERVICE.format(name=f"service-{n}", port=port) for n in range(count))


# Operators


def test_many_faults_are_found_quickly_and_told_in_part(control):
    """Each of the splits could be compared with each of the services to find the nearest name."""
    assert control.push.apply(services(500)).status == 200
    splits = "---".join(SPLIT.format(name=f"sorvice-{n}", weight=1) for n in range(500))
    reply = control.push.apply(splits)
    assert reply.status == 422
    assert len(reply.body["faults"]) == 100
    assert "did you mean service-" in reply.body["faults"][0]["message"]
    reply = control.push.apply("---\n".join(["kind: Servic\n"] * 1_000))
    assert len(reply.body["faults"]) == 100


def test_a_large_push_keeps_no_other_call_waiting(control, connect, quickstart):
    control.push.apply(quickstart)
    client = connect(control)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        large = [pool.submit(control.push.apply, services(2_000, port)) for port in (1, 2)]
        calls = 0
        while not all(push.done() for push in large):
            assert control.push.status()["objects"]["trafficsplits"] == 1
            client.subscribe("LDS") if calls == 0 else None
            calls += 1
        assert {push.result().status for push in large} == {200}
    assert client.receive().type == "LDS"
    assert calls > 20


def test_of_changes_that_conflict_one_is_made(control):
    """Each writer read the same revision; the store may not take two of them."""
    control.push.apply(SERVICE.format(name="web", port=1))
    for revision in range(1, 6):
        gate = threading.Barrier(16)

        def change(port: int, revision: int = revision, gate: threading.Barrier = gate):
            gate.wait()
            text = SERVICE.format(name="web", port=port)
            return control.push.apply(text, If_Match=f'"{revision}"').status

        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(change, range(revision * 100, revision * 100 + 16)))
        assert sorted(answers) == [200] + [412] * 15
        assert control.push.status()["revision"] == revision + 1


def test_changes_that_do_not_conflict_are_all_made(control):
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        texts = [SERVICE.format(name=f"web-{n}", port=80) for n in range(100)]
        revisions = [reply.body["revision"] for reply in pool.map(control.push.apply, texts)]
    assert sorted(revisions) == list(range(1, 101))
    assert control.push.status()["objects"]["services"] == 100


@pytest.mark.parametrize("name", ["a/b", "../a", "..", ".", "A", "a b", "a.b", "-a", "a" * 64, ""])
def test_a_name_that_could_be_a_path_is_refused(control, name):
    text = SERVICE.format(name=json.dumps(name), port=80)
    reply = control.push.apply(text)
    assert (reply.status, reply.body["faults"][0]["path"]) == (422, "metadata.name")
    space = SERVICE.format(name=f"a, namespace: {json.dumps(name)}", port=80)
    assert control.push.apply(space).body["faults"][0]["path"] == "metadata.namespace"


@pytest.mark.parametrize(
    "path", ["/v1/services/default/..%2f..%2fa", "/v1/services/../services", "/v1/%00", "/v1/%ff"]
)
def test_an_odd_path_is_not_found(control, path):
    assert control.push.call("GET", path).status in (400, 404)


def test_a_body_of_any_length_is_refused_without_being_kept(control):
    address = control.url.removeprefix("http://")
    before = resident(control)
    connection = http.client.HTTPConnection(address, timeout=PATIENCE)
    connection.putrequest("POST", "/v1/apply")
    connection.putheader("Content-Type", "application/yaml")
    connection.putheader("Content-Length", str(100 << 20))
    connection.endheaders()
    for _ in range(100):
        connection.send(b"#" * (1 << 20))
    assert connection.getresponse().status == 413
    connection.close()
    assert resident(control) - before < 48 << 20


def resident(control) -> int:
    with open(f"/proc/{control.process.pid}/statm") as file:
        return int(file.read().split()[1]) * 4096


# Proxies


def test_two_hundred_proxies_follow_a_change(control, connect, quickstart):
    control.push.apply(quickstart)
    proxies = [connect(control, node=f"proxy-{n}") for n in range(200)]
    for proxy in proxies:
        proxy.start_types("CDS")
    assert len(control.push.status()["proxies"]) == 200
    control.push.apply(SERVICE.format(name="new", port=80))
    for proxy in proxies:
        assert "new.default:80" in proxy.accept("CDS").resources
    for proxy in proxies:
        proxy.close()
    eventually(lambda: control.push.status()["proxies"] == [])


def test_a_proxy_that_never_answers_is_sent_one_response_only(control, connect, quickstart):
    control.push.apply(quickstart)
    mute = connect(control, node="mute")
    mute.subscribe("CDS")
    mute.receive()
    other = connect(control, node="other")
    other.start_types("CDS")
    for number in range(20):
        control.push.apply(SERVICE.format(name=f"new-{number}", port=80))
        other.accept("CDS")
    clusters = control.push.proxy("mute")["CDS"]
    assert clusters["pushes"] == 1
    assert "versionAcknowledged" not in clusters


def test_what_a_proxy_says_of_itself_is_bounded(control, connect):
    too_long = "n" * 1_025
    for fields in (
        {"node": too_long},
        {"cluster": too_long},
        {"namespace": too_long},
        {"node": "\n"},
    ):
        client = connect(control, **fields)
        client.subscribe("CDS")
        with pytest.raises(grpc.RpcError) as refusal:
            client.receive()
        assert refusal.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    client = connect(control, node="talker")
    client.subscribe("CDS")
    client.nack(client.receive(), "x" * 1_000_000)
    clusters = eventually(
        lambda: control.push.proxy("talker")["CDS"], lambda entry: "nack" in entry
    )
    assert len(clusters["nack"]) == 4_096


def test_nonces_nobody_gave_and_types_nobody_serves_change_nothing(control, connect, quickstart):
    control.push.apply(quickstart)
    client = connect(control, node="odd")
    first = client.start()
    for number in range(500):
        client.subscribe("RDS", "elsewhere", version="none", nonce=f"invented-{number}")
    client.ask_for_type("type.googleapis.com/nothing.of.this.Name")
    client.ask_for_type("")
    control.push.apply(SERVICE.format(name="my-service-v3", port=80))
    assert client.accept("CDS").version != first["CDS"].version
    assert control.push.proxy("odd")["RDS"]["subscribed"] == ["routing"]


def test_a_node_is_who_it_was_when_the_stream_began(control, connect, quickstart):
    control.push.apply(quickstart)
    client = connect(control, node="first")
    client.start_types("CDS")
    client.node.id = "second"
    client.start_types("LDS")
    assert [proxy["node"] for proxy in control.push.status()["proxies"]] == ["first"]


def test_bytes_that_are_no_http2_end_their_connection_alone(control, connect):
    host, port = control.xds.split(":")
    stranger = connect(control, node="good")
    for data in (
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"\x00" * 64,
        b"PRI * HTTP/2.0\r\n\r\nXX\r\n",
    ):
        with socket.create_connection((host, int(port)), timeout=PATIENCE) as peer:
            peer.sendall(data)
            peer.shutdown(socket.SHUT_WR)
            while peer.recv(4096):
                pass
    assert stranger.start_types("CDS")["CDS"].type == "CDS"
