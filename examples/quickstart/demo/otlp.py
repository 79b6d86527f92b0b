"""Our own span, sent as any OTLP client would, and a trace drawn as a tree."""

import http.client
import json
import secrets
import time

from screen import BOLD, DIM, GREEN, line, paint

KINDS = {1: "internal", 2: "server", 3: "client", 4: "producer", 5: "consumer"}


class ClientSpan:
    """The span of one request the demo makes: the root of the trace."""

    def __init__(self):
        self.trace_id, self.span_id = secrets.token_hex(16), secrets.token_hex(8)
        self.start = time.time_ns()

    @property
    def traceparent(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-01"

    def post(self, port: int, messages, status: int) -> None:
        """Ends the span and posts it to the receiver as OTLP over HTTP, protobuf."""
        request = messages.ExportTraceServiceRequest()
        resource = request.resource_spans.add()
        service = resource.resource.attributes.add(key="service.name")
        service.value.string_value = "demo-client"
        span = resource.scope_spans.add().spans.add(
            trace_id=bytes.fromhex(self.trace_id),
            span_id=bytes.fromhex(self.span_id),
            name="GET",
            kind=3,
            start_time_unix_nano=self.start,
            end_time_unix_nano=time.time_ns(),
        )
        span.attributes.add(key="http.request.method").value.string_value = "GET"
        span.attributes.add(key="http.response.status_code").value.int_value = status
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        headers = {"Content-Type": "application/x-protobuf"}
        connection.request("POST", "/v1/traces", request.SerializeToString(), headers)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        if answer.status != 200:
            raise OSError(f"the receiver answered {answer.status}")


def spans_of(port: int, trace_id: str) -> list[dict]:
    """The spans of a trace that the receiver holds."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", f"/traces/{trace_id}")
    spans = json.loads(connection.getresponse().read())
    connection.close()
    return spans


def children(spans: list[dict], parent: str, kind: int) -> list[dict]:
    return [s for s in spans if s["parent"] == parent and s["kind"] == kind]


def draw(spans: list[dict], parent: str = "", indent: str = "  ") -> None:
    """Prints the spans below `parent`, each with its attributes."""
    here = sorted((s for s in spans if s["parent"] == parent), key=lambda s: s["start"])
    for number, span in enumerate(here):
        is_last = number == len(here) - 1
        took = paint(f"{(span['end'] - span['start']) / 1000:,.0f} us", GREEN)
        title = paint(f"{span['service']}: {span['name']}", BOLD)
        branch = "└─" if is_last else "├─"
        line(f"{indent}{branch} {title} ({KINDS.get(span['kind'], '?')}) {took}")
        below = indent + ("   " if is_last else "│  ")
        rest = "│" if any(s["parent"] == span["span"] for s in spans) else " "
        for key, value in sorted(span["attributes"].items()):
            line(paint(f"{below}{rest}    {key} = {value}", DIM))
        draw(spans, span["span"], below)
