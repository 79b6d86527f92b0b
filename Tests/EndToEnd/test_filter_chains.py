"""Which filter chain carries a connection: by what it asks for, and where it comes from."""

import contextlib

import pytest
from martlet import cluster, http_listener, tcp_listener, to_cluster
from polling import PATIENCE, sooner_than
from tls import INSPECTOR, ask, connect, downstream_tls, many_chains, over_tls
from upstreams import answering, free_port


@pytest.fixture
def chained(start, certificates):
    """Starts a proxy with one listener of these chains; clusters are ports by name."""

    def chained(clusters: dict, *chains: dict, **more):
        port = free_port()
        resources = {
            "listeners": [many_chains(port, *chains, **more)],
            "clusters": [cluster(name, number) for name, number in clusters.items()],
        }
        return start({"static_resources": resources}, port)

    return chained


def chain(name: str, transport: dict | None = None, **match) -> dict:
    """Sends everything to the cluster of the same name."""
    made = http_listener(0, to_cluster(name), name=name)["filter_chains"][0]
    made = {**made, "name": name}
    if match:
        made["filter_chain_match"] = match
    if transport:
        made["transport_socket"] = transport
    return made


def passing(name: str, **match) -> dict:
    made = tcp_listener(0, name, cluster=name)["filter_chains"][0]
    return {**made, "name": name, "filter_chain_match": match}


def names_of(echo, *names: str) -> dict:
    return {name: echo(name).port for name in names}


def test_the_narrowest_server_name_counts(chained, echo, certificates):
    server = downstream_tls(certificates.pair("server"))
    martlet = chained(
        names_of(echo, "exact", "wild", "rest"),
        chain("exact", server, server_names=["web.example"]),
        chain("wild", server, server_names=["*.wild.example"]),
        chain("rest", server),
        listener_filters=[INSPECTOR],
    )
    client = certificates.client(check_hostname=False)
    for name, expected in (
        ("web.example", "exact"),
        ("WEB.example", "exact"),
        ("a.wild.example", "wild"),
        ("a.b.wild.example", "wild"),
        ("wild.example", "rest"),
        ("other.example", "rest"),
    ):
        assert ask(martlet.port, client, name=name)["served-by"] == expected, name


def test_a_connection_that_nothing_matches_is_closed(chained, echo, certificates):
    server = downstream_tls(certificates.pair("server"))
    martlet = chained(names_of(echo, "only"), chain("only", server, server_names=["web.example"]))
    with pytest.raises(OSError):
        connect(martlet.port, certificates.client(check_hostname=False), "other.example")
    martlet.expect("listener.in.no_filter_chain_match", 1)
    martlet.process.wait_for("listener in: 1 connections closed that no filter chain matches")


def test_plain_text_and_tls_share_a_port(chained, echo, certificates):
    server = downstream_tls(certificates.pair("server"))
    martlet = chained(
        names_of(echo, "secure", "plain"),
        chain("secure", server, transport_protocol="tls"),
        chain("plain", transport_protocol="raw_buffer"),
    )
    assert ask(martlet.port, certificates.client())["served-by"] == "secure"
    assert martlet.ask()["served-by"] == "plain"


def test_tls_passes_unopened_by_the_name_it_asks_for(chained, upstream, certificates):
    inner = upstream(
        over_tls(
            answering("HTTP/1.1 200 OK\r\nserved-by: inner\r\ncontent-length: 0\r\n\r\n"),
            certificates.server(),
        )
    )
    martlet = chained({"inner": inner.port}, passing("inner", server_names=["web.example"]))
    assert ask(martlet.port, certificates.client())["served-by"] == "inner"


def test_protocols_of_alpn_choose(chained, echo, certificates):
    server = downstream_tls(certificates.pair("server"), {"alpn_protocols": ["special"]})
    martlet = chained(
        names_of(echo, "special", "rest"),
        chain("special", server, application_protocols=["special"]),
        chain("rest", downstream_tls(certificates.pair("server"))),
    )
    special = certificates.client()
    special.set_alpn_protocols(["special"])
    assert ask(martlet.port, special)["served-by"] == "special"
    assert ask(martlet.port, certificates.client())["served-by"] == "rest"


def test_addresses_choose(chained, echo):
    def ranges(prefix: str, length: int) -> list:
        return [{"address_prefix": prefix, "prefix_len": length}]

    martlet = chained(
        names_of(echo, "far", "near", "other"),
        chain("far", source_prefix_ranges=ranges("10.0.0.0", 8)),
        chain("near", source_prefix_ranges=ranges("127.0.0.0", 8)),
        chain("other", prefix_ranges=ranges("10.0.0.0", 8)),
    )
    assert martlet.ask()["served-by"] == "near"


def test_the_default_chain_carries_what_no_other_does(chained, echo):
    martlet = chained(
        names_of(echo, "never", "fallback"),
        chain("never", destination_port=1),
        default_filter_chain=chain("fallback"),
    )
    assert martlet.ask()["served-by"] == "fallback"


def test_a_client_that_says_nothing_is_not_waited_for_without_end(chained, echo):
    martlet = chained(
        names_of(echo, "only"),
        chain("only", transport_protocol="tls"),
        listener_filters_timeout="0.2s",
    )
    with martlet.connect() as client, sooner_than(PATIENCE / 2):
        assert client.is_closed_by_peer()
    martlet.expect("listener.in.downstream_pre_cx_timeout", 1)


def test_a_client_that_says_nothing_may_be_served_in_plain_text(chained, upstream):
    def greet(wire) -> None:
        wire.send("220 hello")

    martlet = chained(
        {"talks": upstream(greet).port},
        passing("talks", transport_protocol="raw_buffer"),
        listener_filters_timeout="0.2s",
        continue_on_listener_filters_timeout=True,
    )
    with contextlib.closing(martlet.connect()) as client:
        assert client.read(9) == b"220 hello"
