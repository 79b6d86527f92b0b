"""Envoy, driven by martlet-control: the proxy that defined the protocol takes what we serve."""

import http.server
import json
import shutil
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from polling import PATIENCE
from process import Process
from upstreams import free_port

MANIFESTS = """
apiVersion: v1
kind: Service
metadata: {{name: web}}
spec: {{ports: [{{port: 80}}]}}
---
apiVersion: v1
kind: Service
metadata: {{name: web-v1}}
spec: {{ports: [{{port: 80}}]}}
---
apiVersion: v1
kind: Service
metadata: {{name: web-v2}}
spec: {{ports: [{{port: 80}}]}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{name: web-v1, labels: {{kubernetes.io/service-name: web-v1}}}}
addressType: IPv4
endpoints: [{{addresses: [127.0.0.1]}}]
ports: [{{port: {v1}}}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{name: web-v2, labels: {{kubernetes.io/service-name: web-v2}}}}
addressType: IPv4
endpoints: [{{addresses: [127.0.0.1]}}]
ports: [{{port: {v2}}}]
---
apiVersion: split.smi-spec.io/v1alpha4
kind: TrafficSplit
metadata: {{name: web}}
spec:
  service: web
  backends: [{{service: web-v1, weight: 1}}, {{service: web-v2, weight: 0}}]
"""


@pytest.fixture
def serve():
    """Starts HTTP servers that answer with a word; gives their ports."""
    servers: list[http.server.ThreadingHTTPServer] = []

    def serve(word: str) -> int:
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Length", str(len(word)))
                self.end_headers()
                self.wfile.write(word.encode())

            def log_message(self, *_: object) -> None:
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return server.server_address[1]

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def bootstrap(xds: str, **metadata: object) -> dict:
    """What Envoy is told: who it is, and where its control plane is."""
    host, port = xds.split(":")
    address = {"socket_address": {"address": host, "port_value": int(port)}}
    ads = {"ads": {}, "resource_api_version": "V3"}
    grpc = [{"envoy_grpc": {"cluster_name": "control"}}]
    http2 = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
    return {
        "node": {
            "id": "envoy",
            "cluster": "interop",
            "metadata": metadata,
        },
        "dynamic_resources": {
            "ads_config": {
                "api_type": "GRPC",
                "transport_api_version": "V3",
                "grpc_services": grpc,
            },
            "cds_config": ads,
            "lds_config": ads,
        },
        "static_resources": {
            "clusters": [
                {
                    "name": "control",
                    "type": "STATIC",
                    "typed_extension_protocol_options": {
                        http2: {
                            "@type": f"type.googleapis.com/{http2}",
                            "explicit_http_config": {"http2_protocol_options": {}},
                        }
                    },
                    "load_assignment": {
                        "cluster_name": "control",
                        "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address}}]}],
                    },
                }
            ]
        },
    }


def fetch(port: int, authority: str) -> tuple[int, str]:
    request = urllib.request.Request(f"http://127.0.0.1:{port}/", headers={"Host": authority})
    try:
        with urllib.request.urlopen(request, timeout=5) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read().decode()


def eventually(read, expected, seconds: float = PATIENCE):
    limit = time.monotonic() + seconds
    value = None
    while time.monotonic() < limit:
        try:
            value = read()
        except OSError as error:
            value = error
        if value == expected:
            return
        time.sleep(0.02)
    pytest.fail(f"expected {expected}, still {value}")


def unsettled(types: dict) -> dict:
    """The types that were refused, or not yet accepted."""
    return {
        kind: entry
        for kind, entry in types.items()
        if "nack" in entry or entry.get("versionAcknowledged") != entry["versionSent"]
    }


@pytest.fixture
def start_envoy(tmp_path):
    """Starts Envoys, each told who it is and where the control plane is; ends them all."""
    started: list[Process] = []

    def start(control, **metadata: object) -> None:
        file = tmp_path / f"envoy-{len(started)}.json"
        file.write_text(json.dumps(bootstrap(control.xds, **metadata)))
        envoy = shutil.which("envoy", path=Path(sys.executable).parent)
        options = ("--use-dynamic-base-id", "--concurrency", "1")
        started.append(Process(envoy, "-c", file, *options))

    yield start
    for process in started:
        process.close()


def test_envoy_takes_everything_and_follows_the_split(start_control, start_envoy, serve):
    control = start_control("--otlp", "http://127.0.0.1:4318", "--access-log")
    manifests = MANIFESTS.format(v1=serve("v1"), v2=serve("v2"))
    assert control.push.apply(manifests).status == 200
    outbound, inbound, application = free_port(), free_port(), serve("application")
    start_envoy(
        control,
        role="sidecar",
        outbound_port=outbound,
        inbound_port=inbound,
        app_port=application,
    )
    eventually(lambda: fetch(outbound, "web"), (200, "v1"))
    assert fetch(outbound, "web.default.svc.cluster.local:80") == (200, "v1")
    assert fetch(outbound, "web-v2") == (200, "v2")
    assert fetch(outbound, "nowhere") == (404, "no service of this name\n")
    assert fetch(inbound, "whatever") == (200, "application")
    assert control.martletctl("split", "web", "v2=1").returncode == 0
    eventually(lambda: fetch(outbound, "web"), (200, "v2"))
    eventually(lambda: unsettled(control.push.proxy("envoy")), {})


def test_envoy_is_an_ingress(start_control, start_envoy, serve):
    control = start_control()
    manifests = MANIFESTS.format(v1=serve("v1"), v2=serve("v2"))
    assert control.push.apply(manifests).status == 200
    port = free_port()
    start_envoy(control, role="ingress", ingress_port=port)
    eventually(lambda: fetch(port, "web"), (200, "v1"))
    assert fetch(port, "nowhere") == (404, "no service of this name\n")
    eventually(lambda: unsettled(control.push.proxy("envoy")), {})
