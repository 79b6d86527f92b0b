"""What openapi.json says of the push API is what the push API does."""

import json
import urllib.request

import pytest
import yaml
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from polling import PATIENCE

SERVICE = """
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {ports: [{port: 80}]}
"""
YAML = {"Content_Type": "application/yaml"}
ONE = "/v1/services/default/web"

# Operation, method, path, body, whether the call is refused.
CALLS = [
    ("health", "GET", "/healthz", None, False),
    ("describe", "GET", "/openapi.json", None, False),
    ("apply", "POST", "/v1/apply?dryRun=true", SERVICE, False),
    ("apply", "POST", "/v1/apply", SERVICE, False),
    ("apply", "POST", "/v1/apply", SERVICE.replace("web", "WEB"), True),
    ("apply", "POST", "/v1/apply?dryRun=x", SERVICE, True),
    ("status", "GET", "/v1/status", None, False),
    ("list", "GET", "/v1/services", None, False),
    ("list", "GET", "/v1/trafficsplits", None, False),
    ("list", "GET", "/v1/nothing", None, True),
    ("listNamespace", "GET", "/v1/services/default", None, False),
    ("get", "GET", ONE, None, False),
    ("get", "GET", "/v1/services/default/none", None, True),
    ("deleteAll", "POST", "/v1/delete?dryRun=true", SERVICE, False),
    ("deleteAll", "POST", "/v1/delete", SERVICE.replace("web", "none"), False),
    ("deleteAll", "POST", "/v1/delete", "kind: Servic", True),
    ("delete", "DELETE", ONE, None, False),
    ("delete", "DELETE", ONE, None, True),
]


@pytest.fixture
def document(control) -> dict:
    with urllib.request.urlopen(control.url + "/openapi.json", timeout=PATIENCE) as response:
        return json.load(response)


def operations(document: dict) -> dict[str, tuple[str, dict]]:
    """Operations by their id: the path, and what is said of it."""
    verbs = ("get", "post", "put", "patch", "delete")
    return {
        operation["operationId"]: (f"{verb.upper()} {path}", operation)
        for path, item in document["paths"].items()
        for verb, operation in item.items()
        if verb in verbs
    }


def resolved(document: dict, node: dict) -> dict:
    while "$ref" in node:
        found = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        node = found
    return node


def check(document: dict, operation: dict, reply) -> None:
    """The reply is one that the operation describes: status, headers, media type, schema."""
    responses = operation["responses"]
    described = resolved(document, responses.get(str(reply.status)) or responses["default"])
    for header in described.get("headers", {}):
        assert header.lower() in reply.headers
    media = reply.headers["content-type"].split(";")[0]
    assert media in described["content"]
    schema = described["content"][media]["schema"]
    whole = {**schema, "components": document["components"]}
    Draft202012Validator(whole).validate(reply.body)


def test_the_description_is_openapi(document):
    validate(document)


def test_every_operation_does_as_described(control, document):
    described = operations(document)
    assert {call[0] for call in CALLS} == set(described)
    for name, method, path, body, is_refused in CALLS:
        headers = {} if body is None else YAML
        reply = control.push.call(method, path, body, **headers)
        assert (reply.status >= 400) == is_refused, (method, path, reply)
        check(document, described[name][1], reply)


def test_every_answer_in_json_can_be_had_in_yaml(control, document):
    described = operations(document)
    for name, method, path, body, is_refused in CALLS:
        content = resolved(document, described[name][1]["responses"]["200"])["content"]
        headers = {} if body is None else YAML
        reply = control.push.call(method, path, body, Accept="application/yaml", **headers)
        check(document, described[name][1], reply)
        if "application/yaml" in content and not is_refused:
            assert reply.headers["content-type"] == "application/yaml"
            assert isinstance(yaml.safe_load(reply.body), dict)


def test_there_is_no_route_beside_those_described(control, document):
    """Neighbours of the described paths, with every method: none is there."""
    paths = [path for path, _ in operations(document).values()]
    for path in ["/", "/v1", "/v2/status", "/v1/apply/x", ONE + "/x", "/openapi.yaml", "/v1//"]:
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            assert f"{method} {path}" not in paths
            assert control.push.call(method, path).status in (404, 405), (method, path)
    for path in ("/v1/apply", "/v1/delete", "/v1/status", "/healthz", ONE):
        assert control.push.call("PUT", path, SERVICE, **YAML).status in (404, 405)
