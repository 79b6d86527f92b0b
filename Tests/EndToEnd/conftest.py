"""What every end-to-end test starts from: proxies and upstreams, ended when the test is."""

import contextlib
import os
import pathlib
import subprocess

import pytest
from ads_server import CLUSTER, ENDPOINTS, LISTENER, ROUTES, ADSServer
from discovered import discovered_cluster, discovered_listener, endpoints, routes, split
from martlet import Martlet, cluster, http_listener, over_ads, over_http2, to_cluster
from process import binary, is_static
from recorders import H2Recorder
from tls import (
    NAME,
    Certificates,
    connect,
    downstream_tls,
    https_listener,
    over_tls,
    upstream_tls,
)
from trust import Trust
from upstreams import Echo, Nghttpd, Nginx, ScriptedUpstream, free_port
from wire import Wire


@pytest.fixture
def closing():
    """Takes what is to be closed when the test ends, the newest first, whichever of it fails to."""
    with contextlib.ExitStack() as kept:
        yield lambda thing: kept.enter_context(contextlib.closing(thing))


@pytest.fixture
def upstream(closing):
    """Starts an upstream that runs the given function for each connection."""
    return lambda script: closing(ScriptedUpstream(script))


@pytest.fixture
def echo(closing):
    """Starts an upstream that keeps what it is asked, and answers with its name and the path."""
    return lambda name="echo": closing(Echo(name))


@pytest.fixture
def nginx(closing, tmp_path):
    """Starts a real nginx that answers with its name."""
    return lambda name="nginx": closing(Nginx(tmp_path / name, name))


@pytest.fixture
def nghttpd(closing, tmp_path):
    """Starts a real nghttpd in the clear."""
    return lambda *options: closing(Nghttpd(tmp_path / "nghttpd", *options))


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def trust(tmp_path, certificates):
    return Trust(tmp_path, certificates)


@pytest.fixture
def nginx_tls(closing, tmp_path, certificates):
    """Starts a real nginx of TLS that answers with the protocol it was asked in."""
    return lambda: closing(Nginx(tmp_path / "nginx-tls", "", certificates.pair("server")))


@pytest.fixture
def start(closing, tmp_path):
    """Starts a proxy with any bootstrap, and waits until it serves unless told otherwise.

    What is left goes to the process.
    """

    def start(bootstrap: dict, port: int, *options: str, ready: bool = True, **process) -> Martlet:
        proxy = closing(Martlet(tmp_path, bootstrap, port, *options, **process))
        return proxy.wait_until_ready() if ready else proxy

    return start


@pytest.fixture(scope="session")
def jumping_clock(tmp_path_factory):
    """Gives the environment of a proxy whose wall clock jumps while a file is there."""
    if is_static(binary("martlet")):
        pytest.skip("a static executable takes no clock but the machine's")
    library = tmp_path_factory.mktemp("clock") / "clock.so"
    source = pathlib.Path(__file__).parents[1] / "TestKit" / "clock.c"
    subprocess.run(["clang", "-shared", "-fPIC", "-o", library, source], check=True)

    def environment(file: pathlib.Path) -> dict[str, str]:
        preloads = [os.environ.get("MARTLET_PRELOAD"), str(library)]
        return {"LD_PRELOAD": ":".join(filter(None, preloads)), "TEST_CLOCK_STEP": str(file)}

    return environment


@pytest.fixture
def proxy(start):
    """Starts a proxy with one HTTP listener.

    `clusters` maps names to an upstream, or a list of them; without `routes` everything goes to
    the one cluster. What is left goes to the HTTP connection manager.
    """

    def proxy(
        clusters: dict, routes: str | list | None = None, options=(), cluster_config=None, **manager
    ) -> Martlet:
        port = free_port()
        listener = http_listener(port, routes or to_cluster(next(iter(clusters))), **manager)
        resources = {
            "listeners": [listener],
            "clusters": [
                cluster(name, *ports_of(upstreams), **(cluster_config or {}))
                for name, upstreams in clusters.items()
            ],
        }
        return start({"static_resources": resources}, port, *options)

    return proxy


def ports_of(upstreams) -> list[int]:
    """The ports of one upstream or of several; a number is a port."""
    many = upstreams if isinstance(upstreams, list) else [upstreams]
    return [each if isinstance(each, int) else each.port for each in many]


@pytest.fixture
def https(start, echo, certificates):
    """Starts a proxy with one listener of TLS before an echo, which it gives as well."""

    def https(common=None, pair=None, chain=None, options=(), **more):
        manager = more.pop("manager", {})
        port = free_port()
        upstream = echo()
        transport = downstream_tls(pair or certificates.pair("server"), common, **more)
        listener = https_listener(port, transport, "app", **manager)
        listener["filter_chains"][0].update(chain or {})
        resources = {"listeners": [listener], "clusters": [cluster("app", upstream.port)]}
        return start({"static_resources": resources}, port, *options), upstream

    return https


@pytest.fixture
def recorded(start, closing, certificates):
    """Starts a proxy before a recorder, in plain text or with TLS on both sides.

    Gives the recorder, and what connects a client that speaks a protocol to the proxy.
    """

    def recorded(recorder, protocol: str, secure: bool):
        upstream = closing(recorder())
        port = free_port()
        one, listener = cluster("one", upstream.port), http_listener(port, to_cluster("one"))
        if recorder is H2Recorder:
            one = over_http2(one)
        client = certificates.client()
        if secure:
            spoken = "h2" if recorder is H2Recorder else "http/1.1"
            upstream.script = over_tls(upstream.script, certificates.server("server", spoken))
            one["transport_socket"] = upstream_tls(certificates, sni=NAME)
            transport = downstream_tls(certificates.pair("server"))
            listener["filter_chains"][0]["transport_socket"] = transport
            client.set_alpn_protocols([protocol])
        start({"static_resources": {"listeners": [listener], "clusters": [one]}}, port)
        return upstream, lambda: connect(port, client) if secure else Wire.to(port)

    return recorded


@pytest.fixture
def ads(closing):
    server = ADSServer()
    server.close = server.stop
    return closing(server)


@pytest.fixture
def pair(nginx):
    return nginx("v1"), nginx("v2")


@pytest.fixture
def driven(ads, start, pair):
    """A proxy driven by a scripted control plane, all traffic to v1 of two versions."""
    first, second = pair
    port = free_port()
    martlet = start(over_ads(ads.port), port, ready=False)
    ads.push(CLUSTER, [discovered_cluster("v1"), discovered_cluster("v2")])
    ads.push(ENDPOINTS, [endpoints("v1", first.port), endpoints("v2", second.port)])
    ads.push(LISTENER, [discovered_listener(port)])
    ads.push(ROUTES, [routes(split(v1=1, v2=0))])
    return martlet.wait_until_ready()
