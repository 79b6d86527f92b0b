"""The tasks: which proxies take part, and what is done to each of them, again and again."""

from collections.abc import Callable
from dataclasses import dataclass

from . import load
from .upstreams import LARGE_BYTES

# Does it to the proxy at this port, so many times; gives how many a second.
Doing = Callable[[int, int], float]


@dataclass(frozen=True)
class Work:
    """Something done to a proxy many times. Its figures are for one time, over `parts`. When it
    cannot fill the proxy's core, how many there are in a second is not the proxy's figure."""

    name: str
    title: str
    do: Doing
    per_round: int
    simulated: int
    parts: int = 1
    fills_core: bool = True


@dataclass(frozen=True)
class Task:
    """`name` also marks the lines of configs/ that are for this task."""

    name: str
    peers: tuple[str, ...]
    works: tuple[Work, ...]


def h2load(url: str, how: tuple[str, ...]) -> Doing:
    return lambda port, count: load.requests(url.format(port=port), count, how)


PLAIN, SECURE = "http://127.0.0.1:{port}/", "https://127.0.0.1:{port}/"

TASKS = {
    task.name: task
    for task in (
        Task(
            "http1",
            ("martlet", "nginx", "haproxy", "envoy"),
            (Work("http1", "HTTP/1.1 request", h2load(PLAIN, load.HTTP1), 100_000, 3000),),
        ),
        Task(
            "http2",
            ("martlet", "nginx", "nghttpx", "haproxy", "envoy"),
            (Work("http2", "HTTP/2 request", h2load(PLAIN, load.HTTP2), 60_000, 3000),),
        ),
        Task(
            "grpc",
            ("martlet", "nghttpx", "haproxy", "envoy"),
            (Work("grpc", "gRPC call", load.calls, 30_000, 3000),),
        ),
        Task(
            "tls",
            ("martlet", "nginx", "haproxy"),
            (
                Work("tls", "TLS: request", h2load(SECURE, load.TLS), 60_000, 2000),
                Work("full", "TLS: handshake", load.handshakes, 700, 50, fills_core=False),
                Work("resumed", "TLS: resumption", load.resumptions, 700, 50, fills_core=False),
                Work(
                    "large",
                    "TLS: MB of body",
                    h2load(SECURE + "large", load.TLS_LARGE),
                    per_round=100,
                    simulated=2,
                    parts=LARGE_BYTES // 1_000_000,
                    fills_core=False,
                ),
            ),
        ),
    )
}
