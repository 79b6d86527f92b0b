"""What is wrong whichever side sends it: frames by themselves, and ends of header blocks."""

from h2_frames import (
    ACK,
    MAX_WINDOW,
    Code,
    Kind,
    Setting,
    data,
    frame,
    priority,
    reset,
    settings,
    table_size,
    window_update,
)
from h2_outcomes import (
    CLOSED,
    FLOW_CONTROL,
    FRAME_SIZE,
    PROTOCOL,
    Outcome,
    only_goaway,
    stream_error,
)

# Section, name, what is sent, and what it may lead to.
Frames = list[tuple[str, str, bytes, Outcome]]

FRAMES: Frames = [
    ("5.4.1", "closes the connection after an error", frame(Kind.PING, 3, bytes(8)), CLOSED),
    (
        "5.4.1",
        "says GOAWAY before it closes",
        frame(Kind.PING, 3, bytes(8)),
        only_goaway(Code.PROTOCOL_ERROR),
    ),
    ("6.1", "refuses DATA on stream 0", data(0), PROTOCOL),
    ("6.3", "refuses PRIORITY on stream 0", priority(0), PROTOCOL),
    ("6.4", "refuses RST_STREAM on stream 0", reset(0), PROTOCOL),
    (
        "6.5",
        "refuses an acknowledgement with payload",
        frame(Kind.SETTINGS, 0, b"\0", ACK),
        FRAME_SIZE,
    ),
    (
        "6.5",
        "refuses SETTINGS on a stream",
        frame(Kind.SETTINGS, 1, b"\0\3\0\0\0\x64"),
        PROTOCOL,
    ),
    (
        "6.5",
        "refuses SETTINGS of other than a multiple of 6 bytes",
        frame(Kind.SETTINGS, 0, b"\0\3\0"),
        stream_error(Code.PROTOCOL_ERROR, Code.FRAME_SIZE_ERROR),
    ),
    ("6.7", "refuses PING on a stream", frame(Kind.PING, 1, bytes(8)), PROTOCOL),
    ("6.7", "refuses PING of other than 8 bytes", frame(Kind.PING, 0, bytes(6)), FRAME_SIZE),
    ("6.8", "refuses GOAWAY on a stream", frame(Kind.GOAWAY, 1, bytes(8)), PROTOCOL),
    ("6.9", "refuses WINDOW_UPDATE of 0", window_update(0, 0), PROTOCOL),
    (
        "6.9",
        "refuses WINDOW_UPDATE of other than 4 bytes",
        frame(Kind.WINDOW_UPDATE, 0, b"\0\0\1"),
        FRAME_SIZE,
    ),
    (
        "6.9.1",
        "refuses to let the connection's window pass 2^31 - 1",
        window_update(0, MAX_WINDOW) * 2,
        only_goaway(Code.FLOW_CONTROL_ERROR),
    ),
]

VALUES: Frames = [
    (
        "6.5.2",
        "refuses INITIAL_WINDOW_SIZE of 2^31",
        settings({Setting.INITIAL_WINDOW_SIZE: 2**31}),
        FLOW_CONTROL,
    ),
    (
        "6.5.2",
        "refuses MAX_FRAME_SIZE of 2^14 - 1",
        settings({Setting.MAX_FRAME_SIZE: 2**14 - 1}),
        PROTOCOL,
    ),
    (
        "6.5.2",
        "refuses MAX_FRAME_SIZE of 2^24",
        settings({Setting.MAX_FRAME_SIZE: 2**24}),
        PROTOCOL,
    ),
]

# x-test, by Huffman's code.
CODED_NAME = bytes.fromhex("0085f2b24a84ff")
ABOVE_ALL_NUMBERS = b"\xff" * 10 + b"\x01"

# Section of RFC 7541, name, and what a block ends with that cannot be decoded.
ENDS_OF_BLOCKS: list[tuple[str, str, bytes]] = [
    ("2.3.3", "refuses an index above the tables", b"\xc6"),
    ("2.3.3", "refuses an indexed name above the tables", b"\x7f\x07\x00"),
    ("4.2", "refuses a table size update after a field", table_size(1)),
    (
        "5.2",
        "refuses padding of more than 7 bits",
        CODED_NAME + bytes.fromhex("8449509fff"),
    ),
    ("5.2", "refuses padding with zeros", CODED_NAME + bytes.fromhex("83495090")),
    (
        "5.2",
        "refuses the end-of-string symbol",
        CODED_NAME + bytes.fromhex("874951fffffffa7f"),
    ),
    ("6.1", "refuses index 0", b"\x80"),
]
