"""Routes, end to end: which cluster gets a request, and what the request looks like there."""

import math
from collections import Counter

import pytest
from polling import sooner_than
from upstreams import free_port


def test_any_method_is_passed_on_and_can_be_matched(proxy, echo):
    routes = """
    - match: { prefix: /, headers: [{ name: ":method", string_match: { exact: BREW } }] }
      direct_response: { status: 418 }
    - match: { prefix: / }
      route: { cluster: one }
    """
    upstream = echo()
    martlet = proxy({"one": upstream}, routes)
    assert martlet.ask(method="BREW").status == 418
    assert martlet.ask(method="x-purge!").status == 200
    assert [request.method for request in upstream.requests] == ["x-purge!"]
    assert martlet.ask(method="A" * 33).status == 501


def test_weights_are_kept_within_five_standard_deviations(proxy, nginx):
    martlet = proxy(
        {"v1": nginx("v1"), "v2": nginx("v2")},
        """
        - match: {prefix: /}
          route:
            weighted_clusters:
              clusters:
              - {name: v1, weight: 90}
              - {name: v2, weight: 10}
        """,
    )
    count, share = 2000, 0.1
    with martlet.connect() as client:
        answers = Counter()
        for _ in range(count):
            client.get("/")
            answers[client.read_response().body] += 1
    # Binomial: a fair proxy fails this once in a million runs.
    bound = 5 * math.sqrt(count * share * (1 - share))
    assert abs(answers[b"v2\n"] - count * share) <= bound
    assert answers.total() == count


MATCHES = """
- match: {path: /exact}
  direct_response: {status: 200, body: {inline_string: exact}}
- match: {safe_regex: {regex: "/items/[0-9]+"}}
  direct_response: {status: 200, body: {inline_string: regex}}
- match: {prefix: /, headers: [{name: x-canary, string_match: {exact: "on"}}]}
  direct_response: {status: 200, body: {inline_string: header}}
- match: {prefix: /, headers: [{name: x-debug, present_match: true}]}
  direct_response: {status: 200, body: {inline_string: present}}
- match: {prefix: /, query_parameters: [{name: version, string_match: {exact: "2"}}]}
  direct_response: {status: 200, body: {inline_string: query}}
- match: {prefix: /api/}
  direct_response: {status: 200, body: {inline_string: prefix}}
"""


def test_the_first_route_that_matches_is_taken(proxy, echo):
    martlet = proxy({"one": echo()}, MATCHES)
    expected = {
        ("/exact",): b"exact",
        ("/exact?a=b",): b"exact",
        ("/items/42",): b"regex",
        ("/items/42", "x-canary: on"): b"regex",
        ("/api/x", "x-canary: on"): b"header",
        ("/api/x", "x-canary: off", "x-debug:"): b"present",
        ("/api/x?version=2",): b"query",
        ("/api/x?version=1",): b"prefix",
    }
    assert {asked: martlet.ask(*asked).body for asked in expected} == expected


@pytest.mark.parametrize("path", ["/exact/", "/EXACT", "/items/", "/items/4a", "/api", "/"])
def test_what_no_route_matches_is_not_found(proxy, echo, path):
    martlet = proxy({"one": echo()}, MATCHES)
    assert martlet.ask(path).status == 404
    martlet.expect("http.in.no_route", 1)


def test_virtual_hosts_are_chosen_by_authority(proxy, echo):
    hosts = [
        {"name": name, "domains": [domain], "routes": [direct(name)]}
        for name, domain in [
            ("exact", "shop.test"),
            ("suffix", "*.shop.test"),
            ("prefix", "shop.*"),
            ("any", "*"),
        ]
    ]
    martlet = proxy({"one": echo()}, route_config={"name": "routes", "virtual_hosts": hosts})

    def served(host: str) -> bytes:
        with martlet.connect() as client:
            client.send(f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n")
            return client.read_response().body

    assert served("shop.test") == b"exact"
    assert served("SHOP.test") == b"exact"
    assert served("www.shop.test") == b"suffix"
    assert served("shop.example") == b"prefix"
    assert served("elsewhere") == b"any"


def direct(body: str) -> dict:
    return {
        "match": {"prefix": "/"},
        "direct_response": {"status": 200, "body": {"inline_string": body}},
    }


def test_prefix_and_host_are_rewritten(proxy, echo):
    upstream = echo()
    martlet = proxy(
        {"one": upstream},
        """
        - match: {prefix: /old/}
          route: {cluster: one, prefix_rewrite: /new/, host_rewrite_literal: inner.test}
        - match: {prefix: /item/}
          route:
            cluster: one
            regex_rewrite: {pattern: {regex: "^/item/([0-9]+)"}, substitution: "/items?id=\\\\1"}
        """,
    )
    martlet.ask("/old/page?q=1")
    martlet.ask("/item/42")
    first, second = upstream.requests
    assert (first.target, first["host"]) == ("/new/page?q=1", "inner.test")
    assert (second.target, second["host"]) == ("/items?id=42", "test")


def test_headers_are_added_and_removed_on_both_ways(proxy, upstream):
    def script(wire):
        seen.append(wire.read_request())
        wire.send("HTTP/1.1 200 OK\r\nx-secret: s\r\nx-both: theirs\r\ncontent-length: 0\r\n\r\n")

    seen = []
    martlet = proxy(
        {"one": upstream(script)},
        """
        - match: {prefix: /}
          route: {cluster: one}
          request_headers_to_add:
          - {header: {key: x-new, value: "1"}}
          - header: {key: x-over, value: ours}
            append_action: OVERWRITE_IF_EXISTS_OR_ADD
          request_headers_to_remove: [x-gone]
          response_headers_to_add:
          - {header: {key: x-both, value: ours}}
          response_headers_to_remove: [x-secret]
        """,
    )
    response = martlet.ask("/", "x-gone: 1", "X-Over: theirs", "x-over: again")
    (request,) = seen
    assert request["x-new"] == "1"
    assert request["x-over"] == "ours"
    assert "x-gone" not in request
    assert response.all("x-both") == ["theirs", "ours"]
    assert "x-secret" not in response


def test_a_redirect_names_the_new_place(proxy, echo):
    upstream = echo()
    martlet = proxy(
        {"one": upstream},
        """
        - match: {prefix: /secure}
          redirect: {https_redirect: true, host_redirect: www.test}
        - match: {prefix: /moved}
          redirect: {path_redirect: /here, response_code: PERMANENT_REDIRECT, strip_query: true}
        """,
    )
    secure, moved = martlet.ask("/secure/a?b=c"), martlet.ask("/moved?x=y")
    assert (secure.status, secure["location"]) == (301, "https://www.test/secure/a?b=c")
    assert (moved.status, moved["location"]) == (308, "http://test/here")
    assert not upstream.connections


def test_no_request_makes_a_redirect_name_another_host(proxy, echo):
    martlet = proxy(
        {"one": echo()},
        """
        - match: {prefix: /go/}
          redirect: {regex_rewrite: {pattern: {regex: "^/go/(.*)"}, substitution: "\\\\1"}}
        - match: {prefix: /secure}
          redirect: {https_redirect: true}
        - match: {safe_regex: {regex: ".*"}}
          redirect: {response_code: FOUND}
        """,
    )
    assert martlet.ask("/go/.evil.test/")["location"] == "http://test/.evil.test/"
    assert martlet.ask("/go/@evil.test/")["location"] == "http://test/@evil.test/"
    assert martlet.ask("*", method="OPTIONS")["location"] == "http://test"

    def ask_without_host(path: str):
        with martlet.connect() as client:
            client.send(f"GET {path} HTTP/1.0\r\n\r\n")
            return client.read_response()

    assert ask_without_host("/go/x?y")["location"] == "/x?y"
    for path in ("/go///evil.test", "//evil.test", "/\\evil.test", "/secure"):
        answer = ask_without_host(path)
        assert (answer.status, answer.body) == (400, b"redirect_without_host\n")
        assert "location" not in answer


def test_a_redirect_keeps_the_scheme_that_the_proxy_in_front_names(proxy, echo):
    martlet = proxy({"one": echo()}, "[{match: {prefix: /}, redirect: {path_redirect: /new}}]")
    assert martlet.ask("/", "x-forwarded-proto: https")["location"] == "https://test/new"
    assert martlet.ask("/")["location"] == "http://test/new"


def test_a_host_is_taken_from_a_header_only_where_it_is_one(proxy, echo):
    upstream = echo()
    routes = "[{match: {prefix: /}, route: {cluster: one, host_rewrite_header: x-host}}]"
    martlet = proxy({"one": upstream}, routes)
    wrong = ["b c", "b/c@d", ":80", "a:", "[::1", "[x]", "a:80:80", "a:99999"]
    for value in ["inner.test:80", *wrong]:
        martlet.ask("/", f"x-host: {value}")
    hosts = [request["host"] for request in upstream.requests]
    assert hosts == ["inner.test:80"] + ["test"] * len(wrong)


def test_a_pattern_given_up_for_its_cost_is_no_way_around_a_route(proxy, echo):
    upstream = echo()
    routes = """
    - match: {safe_regex: {regex: "/(a+)+b.*|.*/admin"}}
      direct_response: {status: 403}
    - match: {prefix: /}
      route: {cluster: one}
    """
    martlet = proxy({"one": upstream}, routes)
    assert martlet.ask("/x/admin").status == 403
    assert martlet.ask(f"/{'a' * 60}/admin").status == 500
    assert not upstream.connections
    assert martlet.stat("http.in.regex_limit_hits") == 1


def test_a_direct_response_needs_no_upstream(proxy, echo):
    martlet = proxy(
        {"one": echo()},
        """
        - match: {prefix: /}
          direct_response: {status: 418, body: {inline_string: short and stout}}
        """,
    )
    assert (martlet.ask("/").status, martlet.ask("/").body) == (418, b"short and stout")
    head = martlet.ask("/", method="HEAD")
    assert (head.status, head["content-length"]) == (418, "15")


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_without_content_says_nothing_of_a_length(proxy, echo, status):
    route = {"match": {"prefix": "/"}, "direct_response": {"status": status}}
    martlet = proxy({"one": echo()}, [route])
    with martlet.connect() as client:
        for method in ("GET", "HEAD", "GET"):
            client.get("/", method=method)
            answer = client.read_response(to=method)
            assert answer.status == status
            assert "content-length" not in answer
            assert "transfer-encoding" not in answer


def test_the_proxys_own_answers_carry_the_routes_headers_and_are_counted(proxy, echo):
    routes = """
    - match: {prefix: /old}
      redirect: {path_redirect: /new}
      response_headers_to_add: [{header: {key: x-by, value: redirect}}]
    - match: {prefix: /say}
      direct_response: {status: 200, body: {inline_string: said}}
      response_headers_to_add: [{header: {key: x-by, value: direct}}]
    - match: {prefix: /}
      route: {cluster: dead}
      response_headers_to_add: [{header: {key: x-by, value: failure}}]
    """
    martlet = proxy({"one": echo(), "dead": free_port()}, routes)
    answers = [martlet.ask(path) for path in ("/old", "/say", "/else")]
    assert [answer.status for answer in answers] == [301, 200, 503]
    assert [answer["x-by"] for answer in answers] == ["redirect", "direct", "failure"]
    assert martlet.stat("http.in.rq_redirect") == 1
    assert martlet.stat("http.in.rq_direct_response") == 1


def test_a_header_names_the_cluster(proxy, echo):
    blue, green = echo("blue"), echo("green")
    martlet = proxy(
        {"blue": blue, "green": green},
        """
        - match: {prefix: /}
          route: {cluster_header: x-cluster}
        """,
    )
    assert martlet.ask("/", "x-cluster: green").body == b"green /\n"
    assert martlet.ask("/", "x-cluster: blue").body == b"blue /\n"
    assert martlet.ask("/", "x-cluster: red").status == 503
    assert martlet.ask("/").status == 503
    martlet.expect("http.in.no_cluster", 2)


def test_a_hash_keeps_a_user_on_one_version(proxy, echo):
    martlet = proxy(
        {"v1": echo("v1"), "v2": echo("v2")},
        """
        - match: {prefix: /}
          route:
            hash_policy: [{header: {header_name: x-user}}]
            weighted_clusters:
              use_hash_policy: true
              clusters: [{name: v1, weight: 50}, {name: v2, weight: 50}]
        """,
    )
    versions = Counter()
    for user in range(40):
        answers = {martlet.ask("/", f"x-user: user-{user}").body for _ in range(4)}
        assert len(answers) == 1, f"user {user} saw {answers}"
        versions[answers.pop()] += 1
    # 40 fair coins all but never leave a side with fewer than 6.
    assert min(versions[b"v1 /\n"], versions[b"v2 /\n"]) >= 6


def test_a_request_that_takes_too_long_is_answered_504(proxy, upstream):
    def silence(wire):
        wire.read_request()
        wire.read_rest()

    martlet = proxy(
        {"slow": upstream(silence)},
        """
        - match: {prefix: /}
          route: {cluster: slow, timeout: 0.2s}
        """,
    )
    # Fifteen seconds when nothing is said.
    with sooner_than(15):
        response = martlet.ask("/")
    assert response.status == 504
    assert response.body == b"upstream_response_timeout\n"
    martlet.expect("cluster.slow.upstream_rq_timeout", 1)
