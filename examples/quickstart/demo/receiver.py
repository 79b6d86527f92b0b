"""An OTLP/HTTP receiver: takes spans as protobuf and gives a trace back as JSON.

receiver.py PORT FOLDER, where FOLDER holds the message classes protoc made of xds/proto.
"""

import gzip
import json
import sys
import threading
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

sys.path.insert(0, sys.argv[2])
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as messages

TRACES: dict[str, list[dict]] = defaultdict(list)
COUNT = {"spans": 0}
LOCK = threading.Lock()


def value_of(value):
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [value_of(v) for v in value.array_value.values]
    return getattr(value, kind) if kind else None


def attributes_of(pairs) -> dict:
    return {pair.key: value_of(pair.value) for pair in pairs}


def keep(request) -> None:
    for resource in request.resource_spans:
        service = attributes_of(resource.resource.attributes).get("service.name", "?")
        for scope in resource.scope_spans:
            for span in scope.spans:
                kept = {
                    "service": service,
                    "name": span.name,
                    "kind": span.kind,
                    "span": span.span_id.hex(),
                    "parent": span.parent_span_id.hex(),
                    "start": span.start_time_unix_nano,
                    "end": span.end_time_unix_nano,
                    "attributes": attributes_of(span.attributes),
                }
                with LOCK:
                    TRACES[span.trace_id.hex()].append(kept)
                    COUNT["spans"] += 1


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.body()
        if self.path != "/v1/traces":
            return self.reply(404, "text/plain", b"POST /v1/traces\n")
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        request = messages.ExportTraceServiceRequest()
        try:
            request.ParseFromString(body)
        except DecodeError as error:
            return self.reply(400, "text/plain", f"{error}\n".encode())
        keep(request)
        answer = messages.ExportTraceServiceResponse().SerializeToString()
        return self.reply(200, "application/x-protobuf", answer)

    def do_GET(self) -> None:
        with LOCK:
            if self.path.startswith("/traces/"):
                found = list(TRACES.get(self.path.removeprefix("/traces/"), ()))
            else:
                found = dict(COUNT)
        self.reply(200, "application/json", json.dumps(found).encode())

    def body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return b"".join(parts)

    def reply(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *values) -> None:
        """Nothing for a request that went well; errors are logged by send_error's caller."""


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()
