"""The push API of martlet-control: what it stores, and what it says when it refuses."""

import json

import pytest

SERVICE = """
apiVersion: v1
kind: Service
metadata: {{name: {name}}}
spec: {{ports: [{{port: {port}}}]}}
"""


def service(name: str, port: int = 80) -> str:
    return SERVICE.format(name=name, port=port)


def faults(reply) -> list[dict]:
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.body["status"] == reply.status
    return reply.body["faults"]


def test_a_push_says_what_it_did_to_each_document(control, quickstart):
    first = control.push.apply(quickstart)
    assert first.body["revision"] == 1
    assert {o["change"] for o in first.body["objects"]} == {"created"}
    again = control.push.apply(quickstart)
    assert again.body["revision"] == 1
    assert {o["change"] for o in again.body["objects"]} == {"unchanged"}
    changed = control.push.apply(service("my-service-v1", 81) + "---" + service("new"))
    assert [o["change"] for o in changed.body["objects"]] == ["configured", "created"]
    assert changed.body["revision"] == 2


def test_one_bad_document_keeps_all_of_a_push_out(control):
    split = """
apiVersion: split.smi-spec.io/v1alpha4
kind: TrafficSplit
metadata: {name: a}
spec:
  service: a
  backends:
    - service: a-v1
      weight: 100
    - service: a-v2
      weight: 1
"""
    text = "---".join([service("a"), service("a-v1"), split])
    reply = control.push.apply(text)
    assert reply.status == 422
    (fault,) = faults(reply)
    assert fault["document"] == 3
    assert "document 3" in reply.body["detail"]
    assert fault["path"] == "spec.backends[1].service"
    assert text.splitlines()[fault["line"] - 1].strip() == "- service: a-v2"
    assert fault["found"] == '"a-v2"'
    assert "no Service of this name" in fault["message"]
    assert control.push.status()["revision"] == 0
    assert control.push.call("GET", "/v1/services").body["items"] == []


def test_every_bad_document_of_a_push_is_named(control):
    reply = control.push.apply("---".join([service("a", 0), service("b"), service("C")]))
    assert [(f["document"], f["path"]) for f in faults(reply)] == [
        (1, "spec.ports[0].port"),
        (3, "metadata.name"),
    ]


@pytest.mark.parametrize(
    ("text", "path", "words"),
    [
        ("{kind: Servce, apiVersion: v1, metadata: {name: a}}", "kind", "did you mean Service?"),
        (
            "{kind: TrafficSplit, apiVersion: split.smi-spec.io/v1beta1, metadata: {name: a}}",
            "apiVersion",
            "v1alpha4",
        ),
        (service("a").replace("port:", "prot:"), "spec.ports[0].prot", "did you mean port?"),
        ("a: &x [b]\nc: [*y]", "", "aliases are not taken"),
        ("a: [b", "", "not YAML"),
        ("kind: Service\nkind: Service", "", "given twice"),
    ],
)
def test_a_refusal_names_the_field_and_what_is_accepted(control, text, path, words):
    reply = control.push.apply(text)
    assert reply.status == 422
    (fault,) = faults(reply)
    assert fault["path"] == path
    assert words in json.dumps(fault)


def test_a_small_text_cannot_grow_large_by_aliases(control):
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for level in range(1, 12):
        levels.append(f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]")
    reply = control.push.apply("\n".join(levels))
    assert reply.status == 422
    assert "aliases" in reply.body["detail"]


def test_aliases_in_keys_cost_no_time(control):
    levels = ["a0: &a0 {x: y}"]
    for level in range(1, 25):
        below = f"*a{level - 1}"
        levels.append(f"a{level}: &a{level} {{? {below} : 1, ? [{below}, {below}] : 2}}")
    reply = control.push.apply("\n".join(levels))
    assert reply.status == 422
    assert "aliases are not taken" in reply.body["detail"]


def test_a_deeply_nested_text_is_refused(control):
    reply = control.push.apply("[" * 100_000, "application/json")
    assert reply.status == 422
    assert "nested too deeply" in reply.body["detail"]
    assert "yaml_" not in reply.body["detail"]
    assert control.push.call("GET", "/healthz").status == 200


def test_json_is_taken_as_it_is_written_elsewhere(control):
    manifest = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "a", "annotations": {"note": 'tab\t, \U0001f600 and "quotes"'}},
        "spec": {"ports": [{"port": 80}]},
    }
    reply = control.push.apply(json.dumps(manifest, indent="\t"), "application/json")
    assert reply.status == 200, reply.body
    stored = control.push.call("GET", "/v1/services/default/a").body
    assert stored["metadata"]["annotations"] == manifest["metadata"]["annotations"]
    assert stored["metadata"]["resourceVersion"] == "1"


def test_what_is_got_can_be_applied_again(control, quickstart):
    control.push.apply(quickstart)
    for kind in ["services", "endpointslices", "trafficsplits"]:
        listed = control.push.call("GET", f"/v1/{kind}", Accept="application/yaml")
        again = control.push.apply(listed.body)
        assert {o["change"] for o in again.body["objects"]} == {"unchanged"}, again.body
    assert control.push.status()["revision"] == 1


def test_a_change_made_on_an_old_understanding_is_refused(control):
    control.push.apply(service("a"))
    old = control.push.call("GET", "/v1/services/default/a", Accept="application/yaml").body
    control.push.apply(service("a", 81))
    reply = control.push.apply(old.replace("port: 80", "port: 82"))
    assert reply.status == 409
    assert "revision 2, not 1" in reply.body["detail"]
    reply = control.push.apply(service("b"), If_Match='"1"')
    assert reply.status == 412
    reply = control.push.apply(service("b"), If_Match='"2"')
    assert reply.status == 200


def test_an_object_in_use_is_not_removed(control, quickstart):
    control.push.apply(quickstart)
    reply = control.push.call("DELETE", "/v1/services/default/my-service-v1")
    assert reply.status == 409
    assert faults(reply)[0]["object"] == "TrafficSplit default/my-service"
    assert control.push.call("DELETE", "/v1/trafficsplits/default/my-service").status == 200
    assert control.push.call("DELETE", "/v1/services/default/my-service-v1").status == 200
    assert control.push.call("DELETE", "/v1/services/default/my-service-v1").status == 404


def test_calls_that_make_no_sense_are_answered_as_problems(control):
    for method, path, status in [
        ("GET", "/v1/servces", 404),
        ("GET", "/v1/services/default/none", 404),
        ("GET", "/nowhere", 404),
        ("DELETE", "/v1/services/default/none", 404),
        ("POST", "/v1/apply?dryRun=maybe", 415),
    ]:
        reply = control.push.call(method, path)
        assert reply.status == status, (method, path, reply)
        assert reply.headers["content-type"] == "application/problem+json"
    assert "did you mean services?" in control.push.call("GET", "/v1/servces").body["detail"]
    assert control.push.apply(service("a"), "text/plain").status == 415
    assert control.push.apply("# nothing").status == 400
    assert control.push.apply("a: b" * 4_000_000).status == 413


def test_a_dry_run_checks_and_stores_nothing(control):
    reply = control.push.call(
        "POST", "/v1/apply?dryRun=true", service("a"), Content_Type="application/yaml"
    )
    assert reply.body["objects"][0]["change"] == "created"
    assert control.push.call("GET", "/v1/services/default/a").status == 404


@pytest.mark.parametrize(
    ("method", "call", "words"),
    [
        ("POST", "/v1/apply?dryrun=true", "did you mean dryRun?"),
        ("POST", "/v1/delete?dry-run=true", "no parameter of this name"),
        ("POST", "/v1/apply?dryRun=true&dryRun=false", "given twice"),
        ("DELETE", "/v1/services/default/a?dryRun=true", "takes no parameters"),
        ("GET", "/v1/services?namespace=shop", "takes no parameters"),
    ],
)
def test_a_parameter_that_no_call_takes_is_refused(control, method, call, words):
    control.push.apply(service("a"))
    headers = {"Content_Type": "application/yaml"} if method == "POST" else {}
    reply = control.push.call(method, call, service("b") if headers else None, **headers)
    assert reply.status == 400
    assert words in reply.body["detail"]
    if method == "POST" and "twice" not in words:
        assert reply.body["accepted"] == ["dryRun"]
    assert control.push.status()["revision"] == 1


def test_who_changes_the_mesh_leaves_a_line_in_the_log(control, quickstart):
    control.push.apply(quickstart)
    control.process.wait_for(
        r"created=6 \(.*TrafficSplit default/my-service.*revision=1|revision=1"
    )
    control.push.apply(service("a"))
    control.process.wait_for(r"created=1 \(Service default/a\) revision=2")
    control.push.call("DELETE", "/v1/services/default/a")
    control.process.wait_for(r"deleted=1 \(Service default/a\) revision=3")
    yaml = {"Content_Type": "application/yaml"}
    control.push.call("POST", "/v1/apply?dryRun=true", service("dry"), **yaml)
    control.push.call("POST", "/v1/delete", service("gone"), **yaml)
    control.process.wait_for(r"absent=1 \(Service default/gone\) revision=3")
    assert not any("default/dry" in line for line in control.process.lines)


def test_a_list_of_nothing_is_no_push(control):
    reply = control.push.apply("apiVersion: v1\nkind: List\nitems: []")
    assert reply.status == 400
    assert "a List without items" in reply.body["detail"]


def test_a_token_is_asked_of_everyone_once_it_is_set(start_control, tmp_path):
    file = tmp_path / "token"
    file.write_text("secret-of-the-test\n")
    control = start_control("--token-file", str(file))
    assert control.push.call("GET", "/healthz").status == 200
    wrong = ["Bearer wrong", "secret-of-the-test", "Bearer ", "Bearer secret-of-the-tes", "Basic x"]
    for headers in [{}, *({"Authorization": value} for value in wrong)]:
        for method, path in [
            ("GET", "/v1/status"),
            ("POST", "/v1/apply"),
            ("GET", "/openapi.json"),
        ]:
            reply = control.push.call(method, path, **headers)
            assert reply.status == 401
            assert reply.headers["www-authenticate"] == "Bearer"
    reply = control.push.call("GET", "/v1/status", Authorization="Bearer secret-of-the-test")
    assert reply.status == 200
    said = control.martletctl("status")
    assert said.returncode == 1
    assert "--token-file FILE, or MARTLET_TOKEN" in said.stderr
    assert control.martletctl("status", "--token-file", str(file)).returncode == 0


def test_a_page_of_another_site_is_not_answered(control):
    """A name that a stranger's name server lets resolve to this machine."""
    port = control.url.rsplit(":", 1)[1]
    for host in ["evil.example", f"evil.example:{port}", "127.0.0.1.evil.example", "10.0.0.1", ""]:
        reply = control.push.call("GET", "/v1/status", Host=host)
        assert reply.status in (400, 421), host
    for host in ["localhost", f"localhost:{port}", "127.0.0.1", f"[::1]:{port}"]:
        assert control.push.call("GET", "/v1/status", Host=host).status == 200, host


def test_a_byte_order_mark_is_no_document(control):
    assert control.push.apply("\ufeff" + service("a")).status == 200


def test_manifests_are_removed_all_or_none(control, quickstart):
    control.push.apply(quickstart)
    yaml = {"Content_Type": "application/yaml"}
    v1 = service("my-service-v1")
    reply = control.push.call("POST", "/v1/delete", v1 + "---" + service("none"), **yaml)
    assert reply.status == 409
    assert faults(reply)[0]["object"] == "TrafficSplit default/my-service"
    assert control.push.status()["revision"] == 1
    reply = control.push.call("POST", "/v1/delete?dryRun=true", quickstart, **yaml)
    assert {o["change"] for o in reply.body["objects"]} == {"deleted"}
    assert control.push.status()["objects"]["services"] == 3
    reply = control.push.call("POST", "/v1/delete", quickstart, **yaml)
    assert reply.body["revision"] == 2
    assert set(control.push.status()["objects"].values()) <= {0}
    reply = control.push.call("POST", "/v1/delete", quickstart, **yaml)
    assert reply.body["revision"] == 2
    assert {o["change"] for o in reply.body["objects"]} == {"absent"}


RAW = """
apiVersion: martlet.dev/v1
kind: XDSResource
metadata:
  name: raw
  annotations: {{martlet.dev/roles: ingress}}
spec:
  "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: my-service-v1.default:80
  {field}: 7s
  typed_extension_protocol_options:
    envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
      "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
      explicit_http_config: {{http2_protocol_options: {{}}}}
"""


def test_a_raw_resource_takes_the_place_of_a_generated_one(control, connect, quickstart):
    control.push.apply(quickstart)
    assert control.push.apply(RAW.format(field="connect_timeout")).status == 200
    sidecar = connect(control, node="s", role="sidecar").start_types("CDS")["CDS"]
    ingress = connect(control, node="i", role="ingress").start_types("CDS")["CDS"]
    assert sidecar.resources["my-service-v1.default:80"].connect_timeout.seconds == 1
    assert ingress.resources["my-service-v1.default:80"].connect_timeout.seconds == 7


def test_an_unknown_field_of_a_raw_resource_is_named_with_its_line(control):
    text = RAW.format(field="conect_timeout")
    (fault,) = faults(control.push.apply(text))
    assert fault["path"] == "spec.conect_timeout"
    assert "conect_timeout" in text.splitlines()[fault["line"] - 1]


def test_each_wrong_value_of_a_raw_resource_is_told_with_its_line_and_what_is_accepted(control):
    text = RAW.format(field="type: STATC\n  lb_policy: ROUND\n  connect_timeout")
    text = text.replace("7s", "7").replace("http2_protocol_options: {}", "http_options: {}")
    found = {fault["path"]: fault for fault in faults(control.push.apply(text))}
    options = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
    assert list(found) == [
        "spec.type",
        "spec.lb_policy",
        "spec.connect_timeout",
        f'spec.typed_extension_protocol_options["{options}"].explicit_http_config.http_options',
    ]
    assert found["spec.connect_timeout"]["found"] == "7"
    (duration,) = found["spec.connect_timeout"]["accepted"]
    assert duration.startswith('a duration such as "1.5s", from "0s" to "315576000000s"')
    assert "STRICT_DNS" in found["spec.type"]["accepted"]
    assert "ROUND_ROBIN" in found["spec.lb_policy"]["accepted"]
    for path, fault in found.items():
        assert path.split(".")[-1] in text.splitlines()[fault["line"] - 1]
