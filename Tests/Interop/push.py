"""Calls of the push API by the standard library alone."""

import dataclasses
import json
import urllib.error
import urllib.request

from polling import PATIENCE


@dataclasses.dataclass
class Reply:
    status: int
    headers: dict[str, str]
    body: object


class PushClient:
    def __init__(self, url: str):
        self.url = url

    def call(self, method: str, path: str, body: str | None = None, **headers: str) -> Reply:
        """One call; a refusal is a reply like any other."""
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else body.encode(),
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as response:
                return self._reply(response.status, response)
        except urllib.error.HTTPError as refusal:
            with refusal:
                return self._reply(refusal.code, refusal)

    @staticmethod
    def _reply(status: int, response) -> Reply:
        text = response.read().decode()
        headers = {name.lower(): value for name, value in response.headers.items()}
        is_json = "json" in headers.get("content-type", "")
        return Reply(status, headers, json.loads(text) if is_json else text)

    def apply(self, text: str, content_type: str = "application/yaml", **headers: str) -> Reply:
        return self.call("POST", "/v1/apply", text, Content_Type=content_type, **headers)

    def status(self) -> dict:
        return self.call("GET", "/v1/status").body

    def proxy(self, node: str) -> dict:
        """What the status says of one proxy: resource type to its entry."""
        found = [proxy for proxy in self.status()["proxies"] if proxy["node"] == node]
        assert len(found) == 1, f"{len(found)} streams of {node}"
        return {entry["type"]: entry for entry in found[0]["types"]}
