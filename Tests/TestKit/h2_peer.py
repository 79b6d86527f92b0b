"""Either end of an HTTP/2 connection, on the library h2."""

import collections
import dataclasses
import socket

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    RequestReceived,
    ResponseReceived,
    SettingsAcknowledged,
    StreamEnded,
    StreamReset,
)
from h2.settings import SettingCodes, Settings
from polling import PATIENCE


@dataclasses.dataclass
class Stream:
    """What was heard on one stream."""

    fields: dict[str, str] = dataclasses.field(default_factory=dict)
    body: bytearray = dataclasses.field(default_factory=bytearray)
    is_ended: bool = False
    reset: int | None = None


class H2Peer:
    """One connection. What it waits for comes within the tests' patience, or it raises."""

    def __init__(self, connection: socket.socket, client: bool, allows_connect: bool = False):
        self.socket = connection
        self.socket.settimeout(PATIENCE)
        self.streams: dict[int, Stream] = collections.defaultdict(Stream)
        self.is_over = False
        # What a test sends is not to be mended or refused here.
        config = H2Configuration(
            client_side=client,
            header_encoding="utf-8",
            validate_outbound_headers=False,
            normalize_outbound_headers=False,
            validate_inbound_headers=False,
        )
        self.h2 = H2Connection(config)
        if allows_connect:
            initial = {SettingCodes.ENABLE_CONNECT_PROTOCOL: 1}
            self.h2.local_settings = Settings(client=client, initial_values=initial)
        self.h2.initiate_connection()
        self.flush()

    @classmethod
    def to(cls, port: int) -> "H2Peer":
        peer = cls(socket.create_connection(("127.0.0.1", port), PATIENCE), client=True)
        peer.wait(lambda: peer.is_settled)
        return peer

    def __enter__(self) -> "H2Peer":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        self.socket.close()

    is_settled = False

    @property
    def may_connect(self) -> bool:
        return self.h2.remote_settings.enable_connect_protocol == 1

    # sending

    def flush(self) -> None:
        self.socket.sendall(self.h2.data_to_send())

    def ask(self, fields: list[tuple[str, str]], ends: bool = False) -> int:
        stream = self.h2.get_next_available_stream_id()
        self.h2.send_headers(stream, fields, end_stream=ends)
        self.flush()
        return stream

    def connect(self, protocol: str | None, *fields, authority: str = "app:80") -> int:
        """Asks for a tunnel; without a protocol for a plain one."""
        head = [(":method", "CONNECT"), (":authority", authority)]
        if protocol is not None:
            head += [(":scheme", "http"), (":path", "/chat"), (":protocol", protocol)]
        return self.ask([*head, *fields])

    def answer(self, stream: int, status: int, *fields, ends: bool = False) -> None:
        self.h2.send_headers(stream, [(":status", str(status)), *fields], end_stream=ends)
        self.flush()

    def send(self, stream: int, data: bytes, ends: bool = False) -> None:
        while data:
            self.wait(lambda: self.h2.local_flow_control_window(stream) > 0)
            room = self.h2.local_flow_control_window(stream)
            chunk = data[: min(room, self.h2.max_outbound_frame_size)]
            data = data[len(chunk) :]
            self.h2.send_data(stream, chunk)
            self.flush()
        if ends:
            self.h2.end_stream(stream)
            self.flush()

    def reset(self, stream: int) -> None:
        self.h2.reset_stream(stream)
        self.flush()

    # receiving

    def wait(self, condition) -> None:
        while not condition():
            if not self.pump():
                raise EOFError("the connection ended")

    def pump(self) -> bool:
        """Reads once; false at the connection's end."""
        chunk = self.socket.recv(65536)
        if not chunk:
            self.is_over = True
            return False
        for event in self.h2.receive_data(chunk):
            self._take(event)
        self.flush()
        return True

    def _take(self, event) -> None:
        match event:
            case RequestReceived() | ResponseReceived():
                self.streams[event.stream_id].fields = dict(event.headers)
            case DataReceived():
                self.streams[event.stream_id].body += event.data
                if event.flow_controlled_length:
                    self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            case StreamEnded():
                self.streams[event.stream_id].is_ended = True
            case StreamReset():
                self.streams[event.stream_id].reset = event.error_code
            case SettingsAcknowledged():
                self.is_settled = True
            case ConnectionTerminated():
                self.is_over = True

    def status(self, stream: int) -> int:
        """The status that the stream is answered with; 0: it is reset."""
        heard = self.streams[stream]
        self.wait(lambda: heard.fields or heard.reset is not None)
        return int(heard.fields.get(":status", 0))

    def read(self, stream: int, count: int) -> bytes:
        heard = self.streams[stream]
        self.wait(lambda: len(heard.body) >= count or heard.is_ended or heard.reset is not None)
        found, heard.body = bytes(heard.body[:count]), heard.body[count:]
        return found

    def read_rest(self, stream: int) -> bytes:
        """Everything up to the stream's end."""
        heard = self.streams[stream]
        self.wait(lambda: heard.is_ended or heard.reset is not None)
        assert heard.reset is None, f"reset: {heard.reset}"
        found, heard.body = bytes(heard.body), bytearray()
        return found
