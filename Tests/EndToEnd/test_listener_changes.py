"""Listeners that come, go, change names and addresses while clients connect."""

import socket

import pytest
from ads_server import CLUSTER, ENDPOINTS, LISTENER, ROUTES
from discovered import (
    discovered_cluster,
    discovered_listener,
    endpoints,
    own_listener,
    relaying_listener,
    routes,
    split,
)
from load import Load
from martlet import over_ads, to_cluster
from polling import eventually
from upstreams import accepts, free_port


def total_of(martlet, *listeners: str) -> int:
    stats = martlet.stats()
    return sum(stats.get(f"http.{name}.downstream_rq_2xx", 0) for name in listeners)


def assert_every_client_was_served(load: Load, martlet, *listeners: str) -> None:
    load.stop()
    assert load.failures == []
    assert load.statuses == {200: load.total}
    eventually(lambda: total_of(martlet, *listeners), lambda total: total == load.total)


# Another name at the same address


def test_a_listener_renamed_in_one_push_refuses_no_client(ads, driven, closing):
    load = closing(Load(driven.port, kept=False))
    load.wait_for_more(50)
    ads.push(LISTENER, [discovered_listener(driven.port, name="again")], "2")
    ads.wait_for_ack(LISTENER, "2")
    eventually(lambda: driven.stats().get("http.again.downstream_rq_2xx", 0) > 50)
    assert_every_client_was_served(load, driven, "in", "again")


def test_a_listener_renamed_in_two_pushes_refuses_no_client(ads, driven, closing):
    load = closing(Load(driven.port, kept=False))
    load.wait_for_more(50)
    # A listener that left serves on for a second, for another one to take its address over.
    ads.push(LISTENER, [], "2")
    ads.push(LISTENER, [discovered_listener(driven.port, name="again")], "3")
    ads.wait_for_ack(LISTENER, "2")
    ads.wait_for_ack(LISTENER, "3")
    eventually(lambda: driven.stats().get("http.again.downstream_rq_2xx", 0) > 50)
    assert_every_client_was_served(load, driven, "in", "again")


def test_a_second_listener_at_an_address_is_refused_until_the_first_has_left(ads, driven, closing):
    load = closing(Load(driven.port, kept=False))
    both = [discovered_listener(driven.port), discovered_listener(driven.port, name="again")]
    ads.push(LISTENER, both, "2")
    nack = ads.wait_for_nack(LISTENER)
    assert f"listeners[again].address: cannot listen on 127.0.0.1:{driven.port}: " in (
        nack.error_detail.message
    )
    assert "listener in has it" in nack.error_detail.message
    load.wait_for_more(20)
    ads.push(LISTENER, both[1:], "3")
    ads.wait_for_ack(LISTENER, "3")
    eventually(lambda: driven.stats().get("http.again.downstream_rq_2xx", 0) > 50)
    assert_every_client_was_served(load, driven, "in", "again")


def test_clients_with_kept_connections_are_told_to_go_when_a_listener_is_renamed(
    ads, driven, closing
):
    load = closing(Load(driven.port))
    load.wait_for_more(50)
    ads.push(LISTENER, [discovered_listener(driven.port, name="again")], "2")
    eventually(lambda: driven.stats().get("http.again.downstream_rq_2xx", 0) > 50)
    assert_every_client_was_served(load, driven, "in", "again")


def test_listener_routes_and_cluster_renamed_at_once_cost_no_request(ads, driven, closing, echo):
    again = echo("again")
    load = closing(Load(driven.port, clients=16))
    load.wait_for_more(50)
    ads.push(ENDPOINTS, [endpoints("again", again.port)], "2")
    ads.push(CLUSTER, [discovered_cluster("again")], "2")
    ads.push(ROUTES, [routes(split(again=1), name="other")], "2")
    renamed = discovered_listener(driven.port, name="again", table="other")
    ads.push(LISTENER, [renamed], "2")
    ads.wait_for_ack(LISTENER, "2")
    eventually(lambda: driven.stats().get("http.again.downstream_rq_2xx", 0) > 50)
    assert_every_client_was_served(load, driven, "in", "again")
    eventually(lambda: "v1::" not in driven.admin_get("/clusters")[2])


def test_a_listener_that_comes_back_at_once_never_was_away(ads, driven):
    with driven.connect() as client:
        client.get()
        assert client.read_response().status == 200
        ads.push(LISTENER, [], "2")
        ads.push(LISTENER, [discovered_listener(driven.port)], "3")
        ads.wait_for_ack(LISTENER, "2")
        ads.wait_for_ack(LISTENER, "3")
        client.get()
        response = client.read_response()
        assert response.status == 200
        assert "connection" not in response


def test_two_listeners_swap_their_addresses_in_one_push(ads, driven):
    other = free_port()
    table = [{"match": {"prefix": "/"}, "direct_response": {"status": 202}}]
    ads.push(LISTENER, [discovered_listener(driven.port), own_listener(other, table, "two")], "2")
    ads.wait_for_ack(LISTENER, "2")
    ads.push(LISTENER, [discovered_listener(other), own_listener(driven.port, table, "two")], "3")
    ads.wait_for_ack(LISTENER, "3")
    eventually(lambda: driven.ask().status, lambda status: status == 202)
    driven.port = other
    eventually(lambda: driven.ask().status, lambda status: status == 200)


def test_a_relay_outlives_the_name_of_its_listener(ads, start, echo):
    upstream, port = echo(), free_port()
    martlet = start(over_ads(ads.port), port, ready=False)
    ads.push(CLUSTER, [discovered_cluster("one")])
    ads.push(ENDPOINTS, [endpoints("one", upstream.port)])
    ads.push(LISTENER, [relaying_listener(port, "old", cluster="one")])
    martlet.wait_until_ready()
    with martlet.connect() as client:
        client.get("/before")
        assert client.read_response().body == b"echo /before\n"
        ads.push(LISTENER, [relaying_listener(port, "new", cluster="one")], "2")
        ads.wait_for_ack(LISTENER, "2")
        eventually(lambda: martlet.ask() and martlet.stat("tcp.new.downstream_cx_total"))
        client.get("/after")
        assert client.read_response().body == b"echo /after\n"


# Another address


def test_a_listener_serves_at_its_old_address_until_the_new_one_has_its_routes(
    ads, driven, closing
):
    load = closing(Load(driven.port, kept=False))
    elsewhere = free_port()
    ads.push(LISTENER, [discovered_listener(elsewhere, table="more")], "2")
    ads.wait_for(lambda request: request.type_url == ROUTES and "more" in request.resource_names)
    load.wait_for_more(50)
    assert not accepts(elsewhere)
    listeners = driven.admin_get("/listeners")[2]
    assert f"in::127.0.0.1:{driven.port} changing: waits for its routes more" in listeners
    load.stop()
    assert load.failures == []
    ads.push(ROUTES, [routes(split(v2=1), name="more")], "2")
    eventually(lambda: accepts(elsewhere))
    eventually(lambda: not accepts(driven.port))
    driven.port = elsewhere
    assert driven.ask().body == b"v2\n"


# An address that cannot be had


def test_a_taken_port_is_refused_by_name_address_and_cause(ads, driven, pair):
    taken, fine = pair[0].port, free_port()
    names = {"in": driven.port, "taken": taken, "fine": fine}
    ads.push(LISTENER, [discovered_listener(port, name) for name, port in names.items()], "2")
    nack = ads.wait_for_nack(LISTENER)
    said = f"listeners[taken].address: cannot listen on 127.0.0.1:{taken}: "
    said += "address in use; another process holds it"
    assert said in nack.error_detail.message
    eventually(lambda: accepts(fine))
    assert f"rejected: {said}" in driven.admin_get("/listeners")[2]
    assert driven.stat("xds.lds.update_rejected") == 1
    pair[0].process.terminate()
    del names["in"]
    ads.push(LISTENER, [discovered_listener(port, name) for name, port in names.items()], "3")
    ads.wait_for_ack(LISTENER, "3")
    eventually(lambda: accepts(taken))
    assert "rejected" not in driven.admin_get("/listeners")[2]


def test_a_refused_listener_is_had_without_another_push_once_its_port_is_free(ads, driven):
    taken = free_port()
    with socket.create_server(("127.0.0.1", taken)):
        both = [discovered_listener(driven.port), discovered_listener(taken, "taken")]
        ads.push(LISTENER, both, "2")
        nack = ads.wait_for_nack(LISTENER)
        assert "it is tried again until it can" in nack.error_detail.message
        said = driven.admin_get("/listeners")[2]
        assert f"taken::127.0.0.1:{taken} refused: address in use" in said
    ads.wait_for_ack(LISTENER, "2")
    driven.process.wait_for(f"listener taken: it can have 127.0.0.1:{taken} now")
    assert accepts(taken)
    said = driven.admin_get("/listeners")[2]
    assert "refused" not in said and "rejected" not in said
    # It is as any other: it goes with the next push that lacks it.
    ads.push(LISTENER, both[:1], "3")
    ads.wait_for_ack(LISTENER, "3")
    eventually(lambda: not accepts(taken))


def test_a_refused_listener_that_is_taken_back_is_not_tried_again(ads, driven):
    taken = free_port()
    with socket.create_server(("127.0.0.1", taken)):
        both = [discovered_listener(driven.port), discovered_listener(taken, "taken")]
        ads.push(LISTENER, both, "2")
        ads.wait_for_nack(LISTENER)
        ads.push(LISTENER, both[:1], "3")
        ads.wait_for_ack(LISTENER, "3")
    assert "taken" not in driven.admin_get("/listeners")[2]


def test_a_port_taken_while_the_listener_waits_is_refused_after_all(ads, start, echo):
    port, upstream = free_port(), echo()
    martlet = start(over_ads(ads.port), port, ready=False)
    ads.push(CLUSTER, [discovered_cluster("one")])
    ads.push(ENDPOINTS, [endpoints("one", upstream.port)])
    ads.push(LISTENER, [discovered_listener(port)])
    ads.wait_for_ack(LISTENER, "1")
    with socket.create_server(("127.0.0.1", port)):
        ads.push(ROUTES, [routes(*to_cluster("one"))])
        nack = ads.wait_for_nack(LISTENER)
        assert f"listeners[in].address: cannot listen on 127.0.0.1:{port}: address in use" in (
            nack.error_detail.message
        )
        status, _, reason = martlet.admin_get("/ready")
        assert (status, "listeners[in].address" in reason) == (503, True)
        assert "listeners[in].address" in martlet.admin_get("/listeners")[2]
    martlet.wait_until_ready()
    assert martlet.ask("/at-last").body == b"echo /at-last\n"


# A control plane that does not learn


@pytest.fixture
def stubborn(ads):
    """A control plane that answers each NACK of clusters with the same resources."""
    answered = []

    def on_event(event: dict) -> None:
        if event.get("typeUrl") == CLUSTER and "errorDetail" in event:
            answered.append(event["responseNonce"])
            version, resources = ads._snapshot[CLUSTER]
            for stream in ads.streams:
                stream.send(CLUSTER, version, resources)

    ads._on_event = on_event
    return answered


def test_a_rejection_that_meets_the_same_again_is_told_ever_more_slowly(ads, driven, stubborn):
    good = [discovered_cluster("v1"), discovered_cluster("v2")]
    bad = discovered_cluster("bad", lb_policy="RING_HASH")
    ads.push(CLUSTER, [*good, bad], "2")
    eventually(lambda: len(stubborn) >= 6)
    lines = [line for line in driven.process.lines if "clusters[bad]" in line]
    # Pauses of 0.2, 0.4, 0.8, 1.6 and 3.2 seconds, and a line of the log for each NACK.
    assert len(lines) <= len(stubborn) + 1
    told = len(stubborn)
    ads.push(CLUSTER, good, "3")
    ads.wait_for_ack(CLUSTER, "3")
    # What is new does not wait behind the pause, of 6.4 seconds by now.
    assert len(stubborn) == told
    assert driven.ask().status == 200
