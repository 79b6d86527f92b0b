"""The admin listener as a client meets it."""

import json
import time

from wire import Wire

HEAD = "HTTP/1.1\r\nhost: admin\r\n\r\n"


def test_a_method_that_is_not_allowed_says_which_is(proxy, echo):
    martlet = proxy({"one": echo()})
    status, headers, _ = martlet.admin_get("/stats", method="POST")
    assert (status, headers["allow"]) == (405, "GET, HEAD")
    status, headers, _ = martlet.admin_get("/drain")
    assert (status, headers["allow"]) == (405, "POST")
    assert martlet.process.is_running


def test_faults_have_their_names(proxy, echo):
    martlet = proxy({"one": echo()})
    with Wire.to(martlet.admin) as client:
        client.send("GET / HTTP/1.1\r\nhost : admin\r\n\r\n")
        assert client.read_response().start == "HTTP/1.1 400 Bad Request"


def test_statistics_come_as_json_too(proxy, echo):
    martlet = proxy({"one": echo()})
    martlet.ask()
    martlet.expect("cluster.one.upstream_rq_total", 1)
    status, headers, text = martlet.admin_get("/stats?format=json")
    assert (status, headers["content-type"]) == (200, "application/json")
    stats = json.loads(text)["stats"]
    values = {entry["name"]: entry["value"] for entry in stats if "name" in entry}
    assert values["cluster.one.upstream_rq_total"] == 1
    assert values.keys() == martlet.stats().keys()
    histograms = stats[-1]["histograms"]
    computed = {entry["name"]: entry["values"] for entry in histograms["computed_quantiles"]}
    times = computed["cluster.one.upstream_rq_time"]
    assert len(times) == len(histograms["supported_quantiles"])
    assert all(each["cumulative"] > 0 for each in times)


def test_statistics_in_json_are_filtered_like_text(proxy, echo):
    martlet = proxy({"one": echo()})
    martlet.ask()
    martlet.expect("cluster.one.upstream_rq_total", 1)
    _, _, text = martlet.admin_get("/stats?format=json&usedonly&filter=one.upstream_rq_total")
    assert json.loads(text) == {"stats": [{"name": "cluster.one.upstream_rq_total", "value": 1}]}


def test_a_format_that_is_not_known_is_refused(proxy, echo):
    martlet = proxy({"one": echo()})
    status, _, text = martlet.admin_get("/stats?format=yaml")
    assert (status, text) == (400, "found format yaml, accepted: text, json, prometheus\n")
    assert martlet.admin_get("/stats?format=prometheus")[2].startswith("# HELP")


def test_a_client_that_does_not_read_is_not_answered_without_bound(proxy, echo):
    martlet = proxy({"one": echo()})
    martlet.admin_get("/stats")
    before = martlet.resident()
    with Wire.to(martlet.admin, receive_buffer=4096) as client:
        # The answers to all of these would fill a hundred megabytes; the kernel holds the requests.
        for _ in range(100):
            client.send(f"GET /stats {HEAD}" * 100)
        assert martlet.readiness() == 200
        assert martlet.resident() - before < 8 << 20
        for _ in range(20):
            assert client.read_response().status == 200


def test_pipelined_requests_are_answered_in_order(proxy, echo):
    martlet = proxy({"one": echo()})
    with Wire.to(martlet.admin) as client:
        client.send("".join(f"GET {path} {HEAD}" for path in ("/ready", "/none", "/ready") * 50))
        statuses = [client.read_response().status for _ in range(150)]
    assert statuses == [200, 404, 200] * 50


def test_pipelined_requests_do_not_keep_others_waiting(proxy, echo):
    martlet = proxy({"one": echo()})

    def waits_its_turn_only() -> bool:
        with Wire.to(martlet.admin) as greedy:
            greedy.send(f"GET /stats/prometheus {HEAD}" * 300)
            assert greedy.read_response().status == 200
            begun = time.monotonic()
            assert martlet.readiness() == 200
            waited = time.monotonic() - begun
            for _ in range(299):
                assert greedy.read_response().status == 200
            return waited < (time.monotonic() - begun) / 3

    # A processor taken away makes one wait or the other long, and not all of them.
    assert any(waits_its_turn_only() for _ in range(5))


def test_there_is_always_room_for_one_more_client(proxy, echo):
    martlet = proxy({"one": echo()})
    held = [Wire.to(martlet.admin) for _ in range(200)]
    try:
        assert martlet.readiness() == 200
        assert held[0].is_closed_by_peer()
    finally:
        for client in held:
            client.close()


def test_a_web_page_cannot_begin_a_drain(proxy, echo):
    martlet = proxy({"one": echo()})
    with Wire.to(martlet.admin) as client:
        client.send("POST /drain HTTP/1.1\r\nhost: admin\r\norigin: http://evil.test\r\n\r\n")
        assert client.read_response().status == 403
    assert martlet.readiness() == 200


def test_a_filter_may_be_percent_encoded(proxy, echo):
    martlet = proxy({"one": echo()})
    martlet.ask()
    martlet.expect("cluster.one.upstream_rq_total", 1)
    _, _, text = martlet.admin_get("/stats?filter=one%2Eupstream%5frq%5Ftotal")
    assert text == "cluster.one.upstream_rq_total: 1\n"
