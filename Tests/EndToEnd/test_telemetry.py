"""The access log and the statistics, as the programs that read them see them."""

import json
import re
import subprocess

import pytest
from martlet import STDOUT_LOG, TYPES, http_listener, tcp_listener
from polling import PATIENCE, eventually
from prometheus_client import parser
from prometheus_client.openmetrics import parser as openmetrics_parser
from upstreams import free_port

OPENMETRICS = "application/openmetrics-text; version=1.0.0"


def test_an_access_log_line_says_what_happened(proxy, echo):
    upstream = echo()
    martlet = proxy({"one": upstream}, access_log=[STDOUT_LOG])
    with martlet.connect() as client:
        client.send(
            "POST /shop?item=1 HTTP/1.1\r\nhost: shop.test\r\nuser-agent: tests/1\r\n"
            'x-request-id: abc"\\d\r\ncontent-length: 5\r\n\r\nhello'
        )
        assert client.read_response().status == 200
        local = client.socket.getsockname()
    (line,) = eventually(martlet.access_log)
    expected = {
        "method": "POST",
        "path": "/shop?item=1",
        "protocol": "HTTP/1.1",
        "response_code": 200,
        "response_flags": "-",
        "response_code_details": "via_upstream",
        "bytes_received": 5,
        "bytes_sent": len("echo /shop?item=1\n"),
        "user_agent": "tests/1",
        "request_id": 'abc"\\d',
        "authority": "shop.test",
        "upstream_host": f"127.0.0.1:{upstream.port}",
        "upstream_cluster": "one",
        "downstream_remote_address": f"127.0.0.1:{local[1]}",
    }
    assert {name: line.get(name) for name in expected} == expected
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", line["start_time"])
    assert 0 <= line["duration"] < 5000


@pytest.mark.parametrize("kind", ["http", "tcp"])
def test_an_operator_that_does_not_exist_is_refused(start, kind):
    stream = {**STDOUT_LOG["typed_config"], "log_format": {"json_format": {"ms": "%NOPE%"}}}
    more = {"name": "in", "access_log": [{**STDOUT_LOG, "typed_config": stream}]}
    port = free_port()
    config = http_listener(port, [], **more) if kind == "http" else None
    config = config or tcp_listener(port, cluster="one", **more)
    martlet = start({"static_resources": {"listeners": [config]}}, 0, ready=False)
    assert martlet.process.wait() == 1
    said = "\n".join(martlet.process.lines)
    assert 'found "%NOPE%", accepted: %%, %DOWNSTREAM_REMOTE_ADDRESS%' in said
    assert "typed_config.log_format.json_format[ms]: " in said


def test_an_access_log_has_the_fields_asked_for_and_goes_to_a_file(proxy, echo, tmp_path):
    file = tmp_path / "access.log"
    log = {
        "name": "envoy.access_loggers.file",
        "typed_config": {
            "@type": f"{TYPES}.access_loggers.file.v3.FileAccessLog",
            "path": str(file),
            "log_format": {
                "json_format": {
                    "what": "%REQ(:METHOD)% %REQ(:PATH)%",
                    "code": "%RESPONSE_CODE%",
                    "by": "%RESP(served-by)%",
                    "missing": "%REQ(x-none)%",
                }
            },
        },
    }
    martlet = proxy({"one": echo("here")}, access_log=[log])
    for number in range(20):
        martlet.ask(f"/{number}")
    eventually(file.exists)
    text = eventually(file.read_text, lambda text: text.count("\n") == 20)
    lines = [json.loads(line) for line in text.splitlines()]
    assert [line["what"] for line in lines].count("GET /7") == 1
    assert {(line["code"], line["by"], line["missing"]) for line in lines} == {(200, "here", None)}


def test_a_hostile_field_cannot_forge_a_log_line(proxy, echo):
    martlet = proxy({"one": echo()}, access_log=[STDOUT_LOG])
    agent = '","response_code":999,"x":"\xff\xc3('
    martlet.ask("/", f"user-agent: {agent}")
    (line,) = eventually(martlet.access_log)
    assert line["response_code"] == 200
    assert line["user_agent"].startswith('","response_code":999,"x":"')


def test_every_request_is_logged_before_the_end(proxy, echo):
    martlet = proxy({"one": echo()}, access_log=[STDOUT_LOG])
    with martlet.connect() as client:
        for _ in range(200):
            client.get()
            client.read_response()
    assert martlet.process.terminate() == 0
    assert len(martlet.access_log()) == 200


def samples(families) -> dict:
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def value_of(found: dict, name: str, **labels: str) -> float:
    """The one sample of that name that has these labels among others."""
    wanted = set(labels.items())
    (value,) = [v for key, v in found.items() if key[0] == name and wanted <= set(key[1:])]
    return value


def with_traffic(proxy, echo):
    martlet = proxy({"one": echo()})
    for path in ("/", "/a", "/b"):
        assert martlet.ask(path).status == 200
    return martlet


def test_the_prometheus_text_is_read_by_its_client_library(proxy, echo):
    martlet = with_traffic(proxy, echo)
    status, headers, text = martlet.admin_get("/stats/prometheus")
    assert status == 200
    assert headers["content-type"].startswith("text/plain")
    families = list(parser.text_string_to_metric_families(text))
    names = [family.name for family in families]
    assert len(names) == len(set(names))
    assert all(family.documentation for family in families)
    found = samples(families)
    name = next(key[0] for key in found if "upstream_rq_total" in key[0])
    assert value_of(found, name, **labels_of(found, name, "one")) == 3


def labels_of(found: dict, name: str, value: str) -> dict:
    """The label by which a metric's samples name their cluster."""
    return next(
        {label: text} for key in found if key[0] == name for label, text in key[1:] if text == value
    )


def test_the_openmetrics_text_is_read_by_its_strict_parser(proxy, echo):
    martlet = with_traffic(proxy, echo)
    status, headers, text = martlet.admin_get("/stats/prometheus", accept=OPENMETRICS)
    assert status == 200
    assert headers["content-type"].startswith("application/openmetrics-text")
    assert text.endswith("# EOF\n")
    families = list(openmetrics_parser.text_string_to_metric_families(text))
    assert families
    assert {family.type for family in families} <= {"counter", "gauge", "histogram", "info"}


def test_promtool_finds_nothing_to_say(proxy, echo):
    martlet = with_traffic(proxy, echo)
    _, _, text = martlet.admin_get("/stats/prometheus")
    command = ["promtool", "check", "metrics"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=PATIENCE)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_histograms_count_every_request(proxy, echo):
    martlet = with_traffic(proxy, echo)

    def read() -> dict:
        _, _, text = martlet.admin_get("/stats/prometheus")
        return samples(parser.text_string_to_metric_families(text))

    def counts(found: dict) -> set[float]:
        return {v for key, v in found.items() if key[0].endswith("rq_time_seconds_count")}

    found = eventually(read, lambda found: counts(found) == {3})
    buckets = [
        (float(dict(key[1:])["le"]), value)
        for key, value in found.items()
        if key[0].endswith("upstream_rq_time_seconds_bucket")
    ]
    ordered = [value for _, value in sorted(buckets)]
    assert ordered == sorted(ordered)
    assert ordered[-1] == 3


def test_statistics_can_be_filtered(proxy, echo):
    martlet = with_traffic(proxy, echo)
    _, _, text = martlet.admin_get("/stats?filter=upstream_rq_total")
    assert text.splitlines() == ["cluster.one.upstream_rq_total: 3"]
    _, _, used = martlet.admin_get("/stats?usedonly")
    assert ": 0\n" not in used


def test_the_admin_listener_tells_of_its_configuration(proxy, echo):
    upstream = echo()
    martlet = proxy({"one": upstream})
    assert martlet.admin_get("/ready")[0] == 200
    assert f"127.0.0.1:{martlet.port}" in martlet.admin_get("/listeners")[2]
    assert (
        f"one::127.0.0.1:{upstream.port}::health_flags::healthy"
        in (martlet.admin_get("/clusters")[2])
    )
    assert martlet.admin_get("/nowhere")[0] == 404
