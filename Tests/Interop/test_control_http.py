"""The push API at its edges: what is hardly HTTP, and JSON that is no YAML."""

import json
import socket
import urllib.parse

import pytest
from polling import PATIENCE

SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "a"},
    "spec": {"ports": [{"port": 80}]},
}


def exchange(control, request: bytes) -> tuple[int, dict[str, str], dict]:
    """Sends bytes and reads the answer to its end: status, fields, and the JSON of the body."""
    address = urllib.parse.urlsplit(control.url)
    with socket.create_connection((address.hostname, address.port), timeout=PATIENCE) as peer:
        peer.sendall(request)
        answer = b"".join(iter(lambda: peer.recv(65_536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    fields = {name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)}
    assert int(fields["content-length"]) == len(body)
    return int(first.split()[1]), fields, json.loads(body)


@pytest.mark.parametrize(
    ("request_line", "field", "status", "words"),
    [
        ("GET /" + 100_000 * "a" + " HTTP/1.1", "", 431, "81920 bytes"),
        ("GET /v1/status HTTP/1.1", "X: " + 100_000 * "a" + "\r\n", 431, "81920 bytes"),
        ("GET /v1/status HTTP/1.1", "X : a\r\n", 400, "no HTTP/1.1 request"),
        ("G=T /v1/status HTTP/1.1", "", 400, "no HTTP/1.1 request"),
    ],
)
def test_what_is_no_request_is_answered_with_a_problem(control, request_line, field, status, words):
    request = f"{request_line}\r\nHost: localhost\r\n{field}\r\n"
    got, fields, body = exchange(control, request.encode())
    assert (got, fields["content-type"]) == (status, "application/problem+json")
    assert body["status"] == status
    assert words in json.dumps(body)
    assert control.push.call("GET", "/healthz").status == 200


def test_the_host_is_known_in_capitals_too(control):
    request = b"GET /v1/status HTTP/1.1\r\nHost: LOCALHOST\r\nConnection: close\r\n\r\n"
    assert exchange(control, request)[0] == 200


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/v1/apply", "POST"),
        ("GET", "/v1/delete", "POST"),
        ("POST", "/v1/status", "GET, HEAD"),
        ("PUT", "/v1/services/default/a", "GET, HEAD, DELETE"),
    ],
)
def test_a_method_that_a_path_does_not_take_is_told_with_those_it_does(
    control, method, path, allowed
):
    reply = control.push.call(method, path)
    assert (reply.status, reply.headers["allow"]) == (405, allowed)
    assert reply.body["accepted"] == allowed.split(", ")


def test_json_that_is_no_yaml_is_told_what_is_accepted(control):
    manifest = SERVICE | {"metadata": {"name": "a", "annotations": {2_000 * "k": "v"}}}
    reply = control.push.apply(json.dumps(manifest), "application/json")
    assert reply.status == 422
    assert "keys have at most 1,024 characters" in json.dumps(reply.body), reply.body


def test_a_body_that_is_too_long_is_told_with_the_bound(control, tmp_path):
    reply = control.push.apply("#" * (9 << 20))
    assert reply.status == 413
    assert (reply.body["found"], reply.body["accepted"]) == (
        "9437184 bytes",
        ["at most 8388608 bytes in one push"],
    )
    file = tmp_path / "long.yaml"
    file.write_text("#" * (200 << 20))
    said = control.martletctl("apply", "-f", str(file))
    assert said.returncode == 1
    assert f"{file} is longer than 8388608 bytes" in said.stderr


def test_metadata_nested_too_deeply_is_told_with_its_place(control):
    deep = {}
    for _ in range(200):
        deep = {"a": deep}
    spec = {
        "@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster",
        "name": "a",
        "metadata": {"filterMetadata": {"x": deep}},
    }
    resource = {"apiVersion": "martlet.dev/v1", "kind": "XDSResource", "spec": spec}
    reply = control.push.apply(json.dumps(resource | {"metadata": {"name": "a"}}))
    assert reply.status == 422
    (fault,) = reply.body["faults"]
    assert fault["path"].startswith("spec.metadata.filterMetadata.x.a")
    assert (fault["line"], fault["found"]) == (1, "a mapping")
    assert fault["accepted"] == ["at most 100 lists and mappings within one another"]
