"""The real proxy under a bootstrap file of the test's making."""

import http.client
import json
import os
import pathlib
import re
import signal

import yaml
from polling import PATIENCE, eventually
from process import SANITIZER, Process, binary
from upstreams import free_port
from wire import Wire

TYPES = "type.googleapis.com/envoy.extensions"
MANAGER = f"{TYPES}.filters.network.http_connection_manager.v3.HttpConnectionManager"
ROUTER = {
    "name": "envoy.filters.http.router",
    "typed_config": {"@type": f"{TYPES}.filters.http.router.v3.Router"},
}
STDOUT_LOG = {
    "name": "envoy.access_loggers.stdout",
    "typed_config": {"@type": f"{TYPES}.access_loggers.stream.v3.StdoutAccessLog"},
}


def socket_address(port: int) -> dict:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def listener(name: str, port: int, filter_name: str, config: dict) -> dict:
    filters = [{"name": filter_name, "typed_config": config}]
    return {
        "name": name,
        "address": socket_address(port),
        "filter_chains": [{"filters": filters}],
    }


def http_listener(
    port: int, routes: str | list, domains: str = "*", name: str = "in", **manager
) -> dict:
    """A listener for HTTP whose routes are given as in Envoy's documentation: YAML."""
    host = {"name": "all", "domains": [domains], "routes": as_value(routes)}
    manager.setdefault("route_config", {"name": "routes", "virtual_hosts": [host]})
    config = {"@type": MANAGER, "stat_prefix": name, "http_filters": [ROUTER], **manager}
    return listener(name, port, "envoy.filters.network.http_connection_manager", config)


def tcp_listener(port: int, name: str = "tcp", **proxy) -> dict:
    kind = f"{TYPES}.filters.network.tcp_proxy.v3.TcpProxy"
    config = {"@type": kind, "stat_prefix": name, **proxy}
    return listener(name, port, "envoy.filters.network.tcp_proxy", config)


def cluster(name: str, *ports: int, **more) -> dict:
    endpoints = [{"endpoint": {"address": socket_address(port)}} for port in ports]
    assignment = {"cluster_name": name, "endpoints": [{"lb_endpoints": endpoints}]}
    return {"name": name, "type": "STATIC", "load_assignment": assignment, **more}


def as_value(text: str | list | dict) -> list | dict:
    return yaml.safe_load(text) if isinstance(text, str) else text


def to_cluster(name: str) -> list:
    """Routes that send everything to one cluster."""
    return [{"match": {"prefix": "/"}, "route": {"cluster": name}}]


def dns_resolver(port: int) -> dict:
    """How a bootstrap says that names are asked of a server here."""
    config = {
        "@type": f"{TYPES}.network.dns_resolver.cares.v3.CaresDnsResolverConfig",
        "resolvers": [socket_address(port)],
    }
    return {"name": "envoy.network.dns_resolver.cares", "typed_config": config}


HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"


def over_http2(cluster: dict, **options) -> dict:
    """The cluster, spoken to in HTTP/2 with prior knowledge."""
    config = {
        "@type": f"type.googleapis.com/{HTTP_OPTIONS}",
        "explicit_http_config": {"http2_protocol_options": options},
    }
    return {**cluster, "typed_extension_protocol_options": {HTTP_OPTIONS: config}}


def over_ads(control_port: int, **metadata) -> dict:
    """The bootstrap of a proxy that is told everything by a control plane."""
    control = over_http2(cluster("control", control_port, connect_timeout="1s"))
    ads = {
        "api_type": "GRPC",
        "transport_api_version": "V3",
        "grpc_services": [{"envoy_grpc": {"cluster_name": "control"}}],
    }
    source = {"ads": {}, "resource_api_version": "V3"}
    return {
        "node": {"id": "test-node", "cluster": "test", "metadata": metadata},
        "static_resources": {"clusters": [control]},
        "dynamic_resources": {"ads_config": ads, "cds_config": source, "lds_config": source},
    }


class Martlet:
    """The running proxy. `port` is its listener's, `admin` its admin listener's."""

    def __init__(
        self,
        directory: pathlib.Path,
        bootstrap: dict,
        port: int,
        *options: str,
        environment: dict[str, str] | None = None,
        **process,
    ):
        self.port = port
        self.admin = free_port()
        bootstrap = {
            "node": {"id": "test-node", "cluster": "test"},
            "admin": {"address": socket_address(self.admin)},
            **bootstrap,
        }
        directory.mkdir(parents=True, exist_ok=True)
        file = directory / f"bootstrap-{port}.yaml"
        file.write_text(yaml.safe_dump(bootstrap, sort_keys=False))
        environment = {"LD_PRELOAD": os.environ.get("MARTLET_PRELOAD", ""), **(environment or {})}
        self.process = Process(
            *(binary("martlet"), "--config", file, *options), environment=environment, **process
        )

    def wait_until_ready(self) -> "Martlet":
        eventually(lambda: self.readiness() == 200 or not self.process.is_running)
        assert self.process.is_running, "\n".join(self.process.lines)
        return self

    # traffic

    def connect(self, **options) -> Wire:
        return Wire.to(self.port, **options)

    def ask(self, path: str = "/", *lines: str, method: str = "GET"):
        """One request without a body on a connection of its own, and its response."""
        with self.connect() as client:
            client.get(path, *lines, method=method)
            return client.read_response(to=method)

    # what it says of itself

    def admin_get(self, path: str, accept: str = "*/*", method: str = "GET"):
        connection = http.client.HTTPConnection("127.0.0.1", self.admin, timeout=PATIENCE)
        try:
            connection.request(method, path, headers={"accept": accept})
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read().decode()
        finally:
            connection.close()

    def readiness(self) -> int | None:
        """The status of /ready; None while nobody listens."""
        try:
            return self.admin_get("/ready")[0]
        except OSError:
            return None

    def stats(self) -> dict[str, int]:
        """Counters and gauges by name."""
        _, _, text = self.admin_get("/stats")
        return {name: int(value) for name, value in re.findall(r"(?m)^(\S+): (\d+)$", text)}

    def stat(self, name: str) -> int:
        return self.stats()[name]

    def expect(self, name: str, value: int) -> None:
        """Waits for a counter: it is written right after the client has its answer."""
        eventually(lambda: self.stat(name), lambda found: found == value)

    def access_log(self) -> list[dict]:
        """The lines of an access log on standard output so far."""
        return [json.loads(line) for line in list(self.process.lines) if line.startswith("{")]

    def resident(self) -> int:
        """Bytes of memory that are resident and no file's; 0 under a sanitizer, which has most."""
        return 0 if SANITIZER else self.memory("RssAnon")

    def memory(self, kind: str) -> int:
        """Bytes of one kind, as /proc/PID/status names it."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"^{kind}:\s+(\d+) kB", status, re.MULTILINE)[1]) * 1024

    def check_for_leaks(self) -> None:
        """Has the proxy look for memory it lost; what it finds is in the sanitizer's report."""
        self.process.read_again()
        self.process.signal(signal.SIGRTMIN)
        # One that is at its end anyway may be gone first.
        self.process.wait_for("leak check: |drained: |drain time is up: ")

    def close(self) -> None:
        if SANITIZER == "address" and self.process.is_heard:
            self.check_for_leaks()
        self.process.close()
