"""Waiting for what a test expects, without a sleep of a guessed length."""

import time

# Seconds that a test waits for what is to come about sooner or later: a machine may be slow.
PATIENCE = 60.0


def eventually(read, holds=bool, seconds: float = PATIENCE):
    """Reads until what was read is as it should be, and gives it."""
    limit = time.monotonic() + seconds
    while not holds(value := read()):
        assert time.monotonic() < limit, f"still {value!r} after {seconds} s"
        time.sleep(0.01)
    return value
