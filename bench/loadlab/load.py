"""The load: h2load for request rates, plain sockets for connections that only stay."""

import re
import socket
import subprocess
import time

from .machine import Failure

CONNECTIONS = 64
REQUEST = b"GET / HTTP/1.1\r\nHost: my-service\r\n\r\n"


def requests(port: int, count: int, connections: int = CONNECTIONS, seconds: float = 300) -> float:
    """Sends `count` GETs over keep-alive connections; gives requests a second."""
    command = ["h2load", "--h1", "-t1", f"-c{connections}", f"-n{count}"]
    command.append(f"http://127.0.0.1:{port}/")
    answer = subprocess.run(command, capture_output=True, text=True, timeout=seconds).stdout
    rate = re.search(r"finished in .*?, ([\d.]+) req/s", answer)
    good = re.search(r"status codes: (\d+) 2xx", answer)
    if not rate or not good or int(good[1]) != count:
        raise Failure(f"h2load on port {port}: not all of {count} requests succeeded\n{answer}")
    return float(rate[1])


class HeldConnections:
    """Connections that each made one request and then stay open without a word."""

    def __init__(self, port: int, count: int):
        self.sockets = []
        for _ in range(count):
            connection = socket.create_connection(("127.0.0.1", port), timeout=10)
            self.sockets.append(connection)
            connection.sendall(REQUEST)
            received = b""
            while b"hello from" not in received:
                part = connection.recv(4096)
                if not part:
                    raise Failure(f"connection {len(self.sockets)} to port {port} was closed early")
                received += part

    def close(self) -> None:
        for connection in self.sockets:
            connection.close()
        time.sleep(0.2)
