"""A client of the aggregated discovery service on grpcio and the official messages."""

import queue
import threading

import grpc
from envoy.config.cluster.v3 import cluster_pb2
from envoy.config.core.v3 import base_pb2
from envoy.config.endpoint.v3 import endpoint_pb2
from envoy.config.listener.v3 import listener_pb2
from envoy.config.route.v3 import route_pb2
from envoy.service.discovery.v3 import ads_pb2_grpc, discovery_pb2
from google.protobuf import struct_pb2
from google.rpc import status_pb2
from polling import PATIENCE

MESSAGES = {
    "CDS": cluster_pb2.Cluster,
    "EDS": endpoint_pb2.ClusterLoadAssignment,
    "LDS": listener_pb2.Listener,
    "RDS": route_pb2.RouteConfiguration,
}
TYPE_URLS = {
    short: f"type.googleapis.com/{message.DESCRIPTOR.full_name}"
    for short, message in MESSAGES.items()
}


class Response:
    """A discovery response, its resources decoded and by name."""

    def __init__(self, message: discovery_pb2.DiscoveryResponse):
        self.type = next(s for s, url in TYPE_URLS.items() if url == message.type_url)
        self.version = message.version_info
        self.nonce = message.nonce
        self.resources = {}
        for packed in message.resources:
            resource = MESSAGES[self.type]()
            assert packed.Unpack(resource)
            name = resource.cluster_name if self.type == "EDS" else resource.name
            self.resources[name] = resource


class AdsClient:
    """One stream. Nothing is acknowledged unless the test says so."""

    def __init__(
        self, address: str, node: str = "test-node", cluster: str = "test", **metadata: object
    ):
        fields = struct_pb2.Struct()
        fields.update(metadata)
        self.node = base_pb2.Node(id=node, cluster=cluster, metadata=fields)
        # A connection of its own, as each proxy has.
        options = [("grpc.use_local_subchannel_pool", 1)]
        self._channel = grpc.insecure_channel(address, options=options)
        self._requests: queue.Queue = queue.Queue()
        self._responses: queue.Queue = queue.Queue()
        stub = ads_pb2_grpc.AggregatedDiscoveryServiceStub(self._channel)
        self._call = stub.StreamAggregatedResources(iter(self._requests.get, None))
        self._names: dict[str, list[str]] = {}
        threading.Thread(target=self._receive, daemon=True).start()

    def _receive(self) -> None:
        try:
            for message in self._call:
                self._responses.put(Response(message))
        except grpc.RpcError as error:
            self._responses.put(error)

    # Requests

    def subscribe(self, kind: str, *names: str, version: str = "", nonce: str = "") -> None:
        """Asks for names, or for all of a type when there are none."""
        self._names[kind] = list(names)
        self._send(kind, version, nonce)

    def ask_for_type(self, type_url: str) -> None:
        """Asks for everything of a type, known here or not."""
        self._requests.put(discovery_pb2.DiscoveryRequest(node=self.node, type_url=type_url))

    def ack(self, response: Response) -> None:
        self._send(response.type, response.version, response.nonce)

    def nack(self, response: Response, message: str, accepted_version: str = "") -> None:
        self._send(
            response.type,
            accepted_version,
            response.nonce,
            status_pb2.Status(code=grpc.StatusCode.INVALID_ARGUMENT.value[0], message=message),
        )

    def _send(
        self, kind: str, version: str, nonce: str, error: status_pb2.Status | None = None
    ) -> None:
        request = discovery_pb2.DiscoveryRequest(
            version_info=version,
            node=self.node,
            resource_names=self._names[kind],
            type_url=TYPE_URLS[kind],
            response_nonce=nonce,
            error_detail=error,
        )
        self._requests.put(request)

    # Responses

    def receive(self) -> Response:
        """The next response; an error of the call is raised."""
        response = self._responses.get(timeout=PATIENCE)
        if isinstance(response, grpc.RpcError):
            raise response
        return response

    def accept(self, kind: str) -> Response:
        """The next response, which has to be of this type, acknowledged."""
        response = self.receive()
        assert response.type == kind
        self.ack(response)
        return response

    def start(self) -> dict[str, Response]:
        """Subscribes as a proxy does, takes everything, and gives the first response of each."""
        first = {}
        self.subscribe("CDS")
        first["CDS"] = self.accept("CDS")
        eds = [
            name for name, cluster in first["CDS"].resources.items() if cluster.type == cluster.EDS
        ]
        self.subscribe("EDS", *eds)
        first["EDS"] = self.accept("EDS")
        self.subscribe("LDS")
        first["LDS"] = self.accept("LDS")
        self.subscribe("RDS", "routing")
        first["RDS"] = self.accept("RDS")
        return first

    def start_types(self, *kinds: str) -> dict[str, Response]:
        """Subscribes to all of some types, takes them, and gives the responses."""
        first = {}
        for kind in kinds:
            self.subscribe(kind)
            first[kind] = self.accept(kind)
        return first

    def close(self) -> None:
        self._requests.put(None)
        self._call.cancel()
        self._channel.close()
