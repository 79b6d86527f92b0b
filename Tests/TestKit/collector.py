"""A collector of spans: OTLP over HTTP, decoded with the official messages."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from polling import PATIENCE


class Collector:
    """Keeps every span it is sent, or answers with `status` instead of taking them."""

    def __init__(self, port: int = 0, status: int = 200):
        self.status = status
        self.refused = 0
        self.spans: list[Span] = []
        # Ports of the clients whose requests came.
        self.peers: set[int] = set()
        self.resources: list[dict] = []
        self._changed = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def _handler(collector):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                collector.peers.add(self.client_address[1])
                body = self.rfile.read(int(self.headers["content-length"]))
                assert self.headers["content-type"] == "application/x-protobuf"
                status = collector._take(self.path, body)
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        return Handler

    def _take(self, path: str, body: bytes) -> int:
        with self._changed:
            if self.status != 200 or path != "/v1/traces":
                self.refused += 1
                self._changed.notify_all()
                return self.status if self.status != 200 else 404
            for group in ExportTraceServiceRequest.FromString(body).resource_spans:
                self.resources.append(attributes(group.resource))
                for scope in group.scope_spans:
                    self.spans.extend(scope.spans)
            self._changed.notify_all()
            return 200

    def wait_for(self, count: int, seconds: float = PATIENCE) -> list[Span]:
        """All spans, as soon as there are so many."""
        self._wait(lambda: len(self.spans) >= count, seconds)
        return self.spans

    def wait_for_refusals(self, count: int, seconds: float = PATIENCE) -> None:
        self._wait(lambda: self.refused >= count, seconds)

    def _wait(self, holds: Callable[[], bool], seconds: float) -> None:
        with self._changed:
            assert self._changed.wait_for(holds, seconds), f"{len(self.spans)} spans have come"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def attributes(carrier) -> dict:
    """The attributes of a span or resource as plain values."""
    return {entry.key: plain(entry.value) for entry in carrier.attributes}


def plain(value):
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [plain(each) for each in value.array_value.values]
    return getattr(value, kind) if kind else None


def provider_to(cluster: str, port: int, **config) -> dict:
    """A tracing provider that sends spans through a cluster."""
    uri = {"uri": f"http://127.0.0.1:{port}/v1/traces", "cluster": cluster, "timeout": "10s"}
    exporter = {
        "@type": "type.googleapis.com/envoy.config.trace.v3.OpenTelemetryConfig",
        "http_service": {"http_uri": uri},
        "service_name": "shop",
        **config,
    }
    return {"name": "envoy.tracers.opentelemetry", "typed_config": exporter}


def tracing_to(cluster: str, port: int, **more) -> dict:
    """The `tracing` of an HTTP connection manager that sends spans through a cluster."""
    return {"provider": provider_to(cluster, port), "spawn_upstream_span": True, **more}
