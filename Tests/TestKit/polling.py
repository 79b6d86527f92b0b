"""Waiting for what a test expects, without a sleep of a guessed length."""

import contextlib
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


@contextlib.contextmanager
def sooner_than(seconds: float):
    """What is done inside takes less time than it would without the setting under test."""
    begun = time.monotonic()
    yield
    assert time.monotonic() - begun < seconds
