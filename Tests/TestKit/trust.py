"""The files that say whom one side of TLS believes, which tests replace while the proxy runs."""

import os
import pathlib
import shutil

from tls import NAME, Certificates, downstream_tls, upstream_tls


class Trust:
    """At first the root of all certificates, and the list of those it revoked."""

    def __init__(self, directory: pathlib.Path, certificates: Certificates):
        self.certificates = certificates
        self.files = {part: directory / f"trust-{part}" for part in ("trusted_ca", "crl")}
        self.put("trusted_ca", "root.pem")
        self.put("crl", "revoked.crl")

    def put(self, part: str, *names: str) -> None:
        fresh = self.files[part].with_suffix(".new")
        with fresh.open("wb") as file:
            for name in names:
                with open(self.certificates[name], "rb") as source:
                    shutil.copyfileobj(source, file)
        os.replace(fresh, self.files[part])

    @property
    def _common(self) -> dict:
        validation = {part: {"filename": str(path)} for part, path in self.files.items()}
        return {"validation_context": validation}

    def in_clients(self) -> dict:
        pair = self.certificates.pair("server")
        return downstream_tls(pair, self._common, require_client_certificate=True)

    def in_endpoints(self) -> dict:
        return upstream_tls(None, self._common, sni=NAME)
