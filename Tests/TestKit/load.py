"""Load from several threads that accounts for every request it sent."""

import operator
import threading
from collections import Counter
from collections.abc import Callable

from polling import PATIENCE
from wire import Wire


class Load:
    """Clients that ask one request after the other until told to stop, on kept connections or on
    one for each request.

    `answers` counts the bodies that came back, `failures` holds what did not.
    """

    def __init__(self, port: int, clients: int = 4, host: str = "test", kept: bool = True):
        self.answers: Counter = Counter()
        self.statuses: Counter = Counter()
        self.failures: list[str] = []
        self._answers_of = [0] * clients
        self._port = port
        self._kept = kept
        self._request = f"GET / HTTP/1.1\r\nhost: {host}\r\n\r\n"
        self._stop = threading.Event()
        self._changed = threading.Condition()
        self._threads = [
            threading.Thread(target=self._run, args=(number,), daemon=True)
            for number in range(clients)
        ]
        for thread in self._threads:
            thread.start()

    def _run(self, number: int) -> None:
        client = None
        while not self._stop.is_set():
            try:
                client = client or Wire.to(self._port)
                client.send(self._request)
                response = client.read_response()
                self._count(number, response)
                if not self._kept or response.all("connection") == ["close"]:
                    client.close()
                    client = None
            except (OSError, EOFError) as fault:
                with self._changed:
                    self.failures.append(repr(fault))
                    self._changed.notify_all()
                client = None
        if client:
            client.close()

    def _count(self, number: int, response) -> None:
        with self._changed:
            self._answers_of[number] += 1
            self.answers[response.body.decode().strip()] += 1
            self.statuses[response.status] += 1
            self._changed.notify_all()

    @property
    def total(self) -> int:
        return self.statuses.total()

    def wait_for_more(self, count: int, seconds: float = PATIENCE) -> None:
        """Waits until this many further answers have come."""
        with self._changed:
            goal = self.total + count
            assert self._changed.wait_for(lambda: self.total >= goal, timeout=seconds)

    def wait_for_all_to_follow(self) -> None:
        """Waits until a change that was acknowledged holds for every client.

        An answer may have been under way then, and another worker may have taken one more request
        before it heard of the change.
        """
        with self._changed:
            goals = [count + 2 for count in self._answers_of]
            assert self._changed.wait_for(
                lambda: all(map(operator.ge, self._answers_of, goals)), timeout=PATIENCE
            )

    def wait_for_failure(self, seconds: float = PATIENCE) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.failures, timeout=seconds)

    def wait_for(self, holds: Callable[[Counter], bool], seconds: float = PATIENCE) -> None:
        """Waits until the answers so far are as they should be."""
        with self._changed:
            assert self._changed.wait_for(lambda: holds(self.answers), timeout=seconds)

    def stop(self) -> "Load":
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=PATIENCE)
            assert not thread.is_alive()
        return self

    close = stop


def assert_nothing_was_lost(load: Load, martlet, listener: str = "in") -> None:
    """Every request was answered with 200, and the proxy counted the same."""
    load.stop()
    assert load.failures == []
    assert load.statuses == {200: load.total}
    martlet.expect(f"http.{listener}.downstream_rq_2xx", load.total)
