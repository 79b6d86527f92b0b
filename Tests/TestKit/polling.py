"""Waiting for what a test expects, without a sleep of a guessed length."""

import time


def eventually(read, holds=bool, seconds: float = 5):
    """Reads until what was read is as it should be, and gives it."""
    limit = time.monotonic() + seconds
    while not holds(value := read()):
        assert time.monotonic() < limit, f"still {value!r} after {seconds} s"
        time.sleep(0.01)
    return value
