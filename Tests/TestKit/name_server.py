"""A real DNS server, dnsmasq, that answers for the names a test gives it."""

import pathlib
import signal

from process import Process
from upstreams import free_port

SECONDS_TO_LIVE = 1


class NameServer:
    """Answers with a TTL of one second, and that a name does not exist when it has no address."""

    def __init__(self, directory: pathlib.Path, **names: list[str]):
        self._hosts = directory / "hosts"
        self.port = free_port()
        self._write(names)
        self.process = Process(
            *("dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--pid-file="),
            *(f"--port={self.port}", "--listen-address=127.0.0.1", "--bind-interfaces"),
            *("--no-resolv", "--no-hosts", f"--addn-hosts={self._hosts}", "--user=root"),
            *("--local=/test/", f"--local-ttl={SECONDS_TO_LIVE}", "--log-facility=-"),
        )
        self.process.wait_for("started")

    def _write(self, names: dict[str, list[str]]) -> None:
        lines = [f"{address} {name}.test\n" for name in names for address in names[name]]
        self._hosts.write_text("".join(lines))

    def answer(self, **names: list[str]) -> None:
        """From now on these names have these addresses."""
        self._write(names)
        self.process.signal(signal.SIGHUP)

    def close(self) -> None:
        self.process.close()
