"""Endpoints from DNS: a real name server, and upstreams on addresses of their own."""

import pytest
from load import Load, assert_nothing_was_lost
from martlet import dns_resolver, http_listener, socket_address, to_cluster
from name_server import NameServer
from polling import eventually
from upstreams import Echo, free_port

FIRST, SECOND = "127.0.0.2", "127.0.0.3"


@pytest.fixture
def pair(closing):
    """Two upstreams on one port of two addresses, named by them."""
    first = closing(Echo(FIRST, host=FIRST))
    return first, closing(Echo(SECOND, port=first.port, host=SECOND))


@pytest.fixture
def names(closing, tmp_path):
    return lambda **names: closing(NameServer(tmp_path, **names))


@pytest.fixture
def resolving(start):
    """Starts a proxy whose one cluster is app.test at a port, as a name server has it."""

    def resolving(server: NameServer, upstream_port: int):
        port = free_port()
        address = socket_address(upstream_port)
        address["socket_address"]["address"] = "app.test"
        endpoints = [{"lb_endpoints": [{"endpoint": {"address": address}}]}]
        cluster = {
            "name": "app",
            "type": "STRICT_DNS",
            "load_assignment": {"cluster_name": "app", "endpoints": endpoints},
        }
        resources = {
            "listeners": [http_listener(port, to_cluster("app"))],
            "clusters": [cluster],
        }
        bootstrap = {
            "static_resources": resources,
            "typed_dns_resolver_config": dns_resolver(server.port),
        }
        return start(bootstrap, port)

    return resolving


def test_every_address_of_a_name_is_an_endpoint(resolving, names, pair):
    martlet = resolving(names(app=[FIRST, SECOND]), pair[0].port)
    assert {martlet.ask()["served-by"] for _ in range(20)} == {FIRST, SECOND}


def test_a_name_that_appears_later_is_served(resolving, names, pair):
    server = names()
    martlet = resolving(server, pair[0].port)
    assert martlet.ask().status == 503
    server.answer(app=[FIRST])
    eventually(lambda: martlet.ask().status, lambda status: status == 200)


def test_addresses_that_change_under_load_lose_nothing(resolving, names, pair, closing):
    server = names(app=[FIRST])
    martlet = resolving(server, pair[0].port)
    load = closing(Load(martlet.port))
    load.wait_for_more(100)
    assert list(load.answers) == [f"{FIRST} /"]
    server.answer(app=[FIRST, SECOND])
    load.wait_for(lambda answers: answers[f"{SECOND} /"] > 100)
    server.answer(app=[SECOND])
    eventually(lambda: martlet.admin_get("/clusters")[2], lambda text: FIRST not in text)
    # What was under way to it ends; then it is asked nothing more.
    load.wait_for_all_to_follow()
    settled = load.answers[f"{FIRST} /"]
    pair[0].close()
    load.wait_for_more(300)
    assert load.answers[f"{FIRST} /"] == settled
    assert_nothing_was_lost(load, martlet)


def test_addresses_outlive_their_name_server(resolving, names, pair, closing):
    server = names(app=[FIRST])
    martlet = resolving(server, pair[0].port)
    load = closing(Load(martlet.port))
    load.wait_for_more(50)
    server.process.kill()
    martlet.process.wait_for("app.test")
    load.wait_for_more(200)
    assert_nothing_was_lost(load, martlet)
