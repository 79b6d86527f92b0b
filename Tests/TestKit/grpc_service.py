"""A server of grpcio's with one method of each kind, and what becomes of its calls."""

import concurrent.futures
import threading

import grpc
from polling import PATIENCE


class Service(grpc.GenericRpcHandler):
    def __init__(self):
        self.cancelled = threading.Event()
        self.asked: list[dict] = []
        self.kinds = {
            "Unary": grpc.unary_unary_rpc_method_handler(self.unary),
            "Collect": grpc.stream_unary_rpc_method_handler(self.collect),
            "Spread": grpc.unary_stream_rpc_method_handler(self.spread),
            "Talk": grpc.stream_stream_rpc_method_handler(self.talk),
            "Refuse": grpc.unary_unary_rpc_method_handler(self.refuse),
            "Hang": grpc.unary_unary_rpc_method_handler(self.hang),
            "Begin": grpc.unary_stream_rpc_method_handler(self.begin),
        }
        self.server = grpc.server(concurrent.futures.ThreadPoolExecutor(8), handlers=[self])
        self.port = self.server.add_insecure_port("127.0.0.1:0")
        self.server.start()

    def close(self) -> None:
        self.cancelled.set()
        self.server.stop(None).wait(PATIENCE)

    def service(self, details):
        service, _, method = details.method.removeprefix("/").partition("/")
        return self.kinds.get(method) if service == "test.Echo" else None

    def unary(self, message, context):
        metadata = dict(context.invocation_metadata())
        self.asked.append(metadata)
        context.send_initial_metadata((("told", "first"),))
        context.set_trailing_metadata((("seen", metadata.get("word", "-")),))
        return message

    def collect(self, messages, context):
        return b"".join(messages)

    def spread(self, message, context):
        for number in range(int(message)):
            yield str(number).encode()

    def talk(self, messages, context):
        yield from messages

    def refuse(self, message, context):
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, "not now: ü")

    def hang(self, message, context):
        context.add_callback(self.cancelled.set)
        self.cancelled.wait(PATIENCE)
        return message

    def begin(self, message, context):
        """Answers once, and then no more."""
        context.add_callback(self.cancelled.set)
        yield message
        self.cancelled.wait(PATIENCE)
