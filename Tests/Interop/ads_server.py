"""An ADS control plane on grpcio and the official xds-protos messages, state of the world.

In a test: `with ADSServer() as server: server.push(CLUSTER, [cluster])`, then `server.wait_for`.
On its own: prints one JSON line for the port, then one for each request and each stream's end;
takes JSON lines as commands on standard input (see `command`).
"""

import importlib
import json
import pkgutil
import queue
import sys
import threading
import time
from concurrent import futures

import grpc
from envoy.config.cluster.v3 import cluster_pb2
from envoy.config.endpoint.v3 import endpoint_pb2
from envoy.config.listener.v3 import listener_pb2
from envoy.config.route.v3 import route_pb2
from envoy.service.discovery.v3 import ads_pb2_grpc, discovery_pb2
from google.protobuf import any_pb2, json_format

PREFIX = "type.googleapis.com/"
CLUSTER = PREFIX + cluster_pb2.Cluster.DESCRIPTOR.full_name
ENDPOINTS = PREFIX + endpoint_pb2.ClusterLoadAssignment.DESCRIPTOR.full_name
LISTENER = PREFIX + listener_pb2.Listener.DESCRIPTOR.full_name
ROUTES = PREFIX + route_pb2.RouteConfiguration.DESCRIPTOR.full_name
WILDCARD = {CLUSTER, LISTENER}


def load_extensions():
    """Imports every message there is, so that JSON may name any of them in an `@type`."""
    import envoy

    for module in pkgutil.walk_packages(envoy.__path__, "envoy."):
        if module.name.endswith("_pb2"):
            importlib.import_module(module.name)


def packed(message) -> any_pb2.Any:
    if isinstance(message, any_pb2.Any):
        return message
    wrapped = any_pb2.Any()
    wrapped.Pack(message, deterministic=True)
    return wrapped


def name_of(resource: any_pb2.Any) -> str:
    """The resource's name: field 1 of all four types."""
    parsers = {
        CLUSTER: cluster_pb2.Cluster,
        ENDPOINTS: endpoint_pb2.ClusterLoadAssignment,
        LISTENER: listener_pb2.Listener,
        ROUTES: route_pb2.RouteConfiguration,
    }
    message = parsers[resource.type_url].FromString(resource.value)
    return message.cluster_name if resource.type_url == ENDPOINTS else message.name


class Stream:
    """One client's stream: what it asked for, and what is to be sent to it."""

    def __init__(self):
        self.outbox: queue.Queue = queue.Queue()
        self.names: dict[str, list[str]] = {}
        self.nonce = 0

    def send(self, type_url, version, resources):
        if type_url not in WILDCARD:
            wanted = set(self.names[type_url])
            resources = [r for r in resources if name_of(r) in wanted]
        self.nonce += 1
        self.outbox.put(
            discovery_pb2.DiscoveryResponse(
                type_url=type_url, version_info=version, nonce=f"n{self.nonce}", resources=resources
            )
        )


class ADSServer(ads_pb2_grpc.AggregatedDiscoveryServiceServicer):
    """Pushes what it was given to every stream that asks for it; keeps every request."""

    def __init__(self, port: int = 0, on_event=None):
        self.requests: list[discovery_pb2.DiscoveryRequest] = []
        self.streams: list[Stream] = []
        self._snapshot: dict[str, tuple[str, list[any_pb2.Any]]] = {}
        self._changed = threading.Condition()
        self._on_event = on_event or (lambda event: None)
        self._server = grpc.server(
            futures.ThreadPoolExecutor(max_workers=16),
            options=[("grpc.so_reuseport", 0), ("grpc.max_send_message_length", -1)],
        )
        ads_pb2_grpc.add_AggregatedDiscoveryServiceServicer_to_server(self, self._server)
        self.port = self._server.add_insecure_port(f"127.0.0.1:{port}")
        self._server.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.end_streams()
        self._server.stop(grace=0).wait()

    # what a test does

    def push(self, type_url: str, resources, version: str = "1"):
        """Makes these the resources of the type, and tells every stream that asked for it."""
        resources = [packed(r) for r in resources]
        with self._changed:
            self._snapshot[type_url] = version, resources
            for stream in self.streams:
                if type_url in stream.names:
                    stream.send(type_url, version, resources)

    def send_raw(self, response: discovery_pb2.DiscoveryResponse):
        """Sends a response as it is to every stream, whatever it does to the protocol."""
        with self._changed:
            for stream in self.streams:
                stream.outbox.put(response)

    def end_streams(self, code=None, details: str = ""):
        """Ends every stream, with a status when a code is given."""
        with self._changed:
            for stream in self.streams:
                stream.outbox.put((code, details) if code else None)

    def wait_for(self, found, seconds: float = 60):
        """The first request for which `found(request)` holds."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while True:
                for request in self.requests:
                    if found(request):
                        return request
                left = deadline - time.monotonic()
                if left <= 0 or not self._changed.wait(left):
                    raise TimeoutError(f"no such request among {self.requests}")

    def wait_for_ack(self, type_url: str, version: str, seconds: float = 60):
        return self.wait_for(
            lambda r: (
                r.type_url == type_url
                and r.version_info == version
                and r.response_nonce
                and not r.HasField("error_detail")
            ),
            seconds,
        )

    def wait_for_nack(self, type_url: str, seconds: float = 60):
        return self.wait_for(
            lambda r: r.type_url == type_url and r.HasField("error_detail"), seconds
        )

    # what gRPC calls

    def StreamAggregatedResources(self, request_iterator, context):
        stream = Stream()
        with self._changed:
            self.streams.append(stream)
        reader = threading.Thread(target=self._read, args=(stream, request_iterator), daemon=True)
        reader.start()
        while (item := stream.outbox.get()) is not None:
            if isinstance(item, tuple):
                context.abort(*item)
            yield item

    def _read(self, stream, request_iterator):
        try:
            for request in request_iterator:
                self._take(stream, request)
        except grpc.RpcError:
            pass
        with self._changed:
            self.streams.remove(stream)
        self._on_event({"event": "end"})
        stream.outbox.put(None)

    def _take(self, stream, request):
        with self._changed:
            names = sorted(request.resource_names)
            asks = stream.names.get(request.type_url) != names
            stream.names[request.type_url] = names
            self.requests.append(request)
            self._changed.notify_all()
            self._on_event({"event": "request", **json_format.MessageToDict(request)})
            if asks and request.type_url in self._snapshot:
                stream.send(request.type_url, *self._snapshot[request.type_url])


def command(server: ADSServer, line: dict):
    """One of {"push": type, "version": v, "resources": [...]}, {"raw": response},
    {"end": status name or null, "details": text}.
    """
    if "push" in line:
        resources = [json_format.ParseDict(r, any_pb2.Any()) for r in line["resources"]]
        server.push(line["push"], resources, line["version"])
    elif "raw" in line:
        server.send_raw(json_format.ParseDict(line["raw"], discovery_pb2.DiscoveryResponse()))
    elif "end" in line:
        code = grpc.StatusCode[line["end"]] if line["end"] else None
        server.end_streams(code, line.get("details", ""))


def main():
    load_extensions()
    print_lock = threading.Lock()

    def report(event):
        with print_lock:
            print(json.dumps(event), flush=True)

    port = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    with ADSServer(port, report) as server:
        report({"event": "port", "port": server.port})
        for line in sys.stdin:
            command(server, json.loads(line))


if __name__ == "__main__":
    main()
