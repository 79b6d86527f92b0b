"""Every field of the official messages, set alone in a bootstrap file, and what is said of it."""

import copy
import re
import subprocess
from dataclasses import dataclass

import yaml
from envoy.config.bootstrap.v3 import bootstrap_pb2  # noqa: F401, registers its messages
from envoy.config.trace.v3 import opentelemetry_pb2  # noqa: F401
from envoy.extensions.access_loggers.file.v3 import file_pb2  # noqa: F401
from envoy.extensions.access_loggers.stream.v3 import stream_pb2  # noqa: F401
from envoy.extensions.filters.http.router.v3 import router_pb2  # noqa: F401
from envoy.extensions.filters.network.http_connection_manager.v3 import (  # noqa: F401
    http_connection_manager_pb2,
)
from envoy.extensions.filters.network.tcp_proxy.v3 import tcp_proxy_pb2  # noqa: F401
from envoy.extensions.network.dns_resolver.cares.v3 import (  # noqa: F401
    cares_dns_resolver_pb2,
)
from envoy.extensions.upstreams.http.v3 import http_protocol_options_pb2  # noqa: F401
from google.protobuf import descriptor_pool
from process import binary

FINDING = re.compile(r"(rejected|ignored): +\S+?:\d+:\d+: ([^ ]+): (.*)")
NOT_DECLARED = "known to Envoy, not implemented by Martlet"
WELL_KNOWN = {
    "google.protobuf.Any": {"@type": "type.googleapis.com/nobody.knows.This"},
    "google.protobuf.BoolValue": True,
    "google.protobuf.DoubleValue": 0.5,
    "google.protobuf.Duration": "7s",
    "google.protobuf.Struct": {"key": "value"},
    "google.protobuf.StringValue": "text",
    "google.protobuf.UInt32Value": 20000,
    "google.protobuf.UInt64Value": 20000,
    "envoy.type.v3.Percent": {"value": 7},
}


@dataclass(frozen=True)
class Place:
    """A message, and where it stands in a resource or, with no kind, in the bootstrap."""

    message: str
    kind: str
    path: tuple


@dataclass(frozen=True)
class Verdict:
    field: str
    standing: str  # "applied", "ignored" or "rejected"
    text: str


def sample(field):
    """A value of the field's type; enumerations get their second value."""
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        return {"key": sample(field.message_type.fields_by_name["value"])}
    if field.message_type is not None:
        value = WELL_KNOWN.get(field.message_type.full_name, {})
    elif field.enum_type is not None:
        value = field.enum_type.values[min(1, len(field.enum_type.values) - 1)].name
    else:
        value = {field.TYPE_BOOL: True, field.TYPE_STRING: "text"}.get(field.type, 7)
    return [value] if field.is_repeated else value


def probes(place: Place, base: dict) -> list[tuple[str, dict]]:
    """For each field that `base` leaves out: its name, and `base` with the field set."""
    found = []
    for field in descriptor_pool.Default().FindMessageTypeByName(place.message).fields:
        probe = copy.deepcopy(base)
        target = probe
        for step in place.path:
            if isinstance(step, str):
                target.setdefault(step, {})
            target = target[step]
        if field.name in target:
            continue
        for rival in field.containing_oneof.fields if field.containing_oneof else []:
            target.pop(rival.name, None)
        target[field.name] = sample(field)
        found.append((field.name, probe))
    return found


def path_text(value, steps: tuple) -> str:
    """How findings write the path; list elements go by name where they have one."""
    text = ""
    for step in steps:
        value = value[step]
        if isinstance(step, int):
            name = value.get("name", "") if isinstance(value, dict) else ""
            text += f"[{name or step}]"
        else:
            text += f"[{step}]" if "." in step else f".{step}"
    return text.lstrip(".")


def judge(place: Place, bootstrap: dict, resource: dict, tmp_path) -> list[Verdict]:
    """What `martlet validate` says of each field of the place's message, with one resource each."""
    if not place.kind:
        return [
            verdict(name, path_text(file, place.path), validate(file, tmp_path))
            for name, file in probes(place, bootstrap)
        ]
    file = copy.deepcopy(bootstrap)
    found = []
    for index, (name, probe) in enumerate(probes(place, resource)):
        probe["name"] = f"probe-{name}"
        if name != "port_value" and "port_value" in probe.get("address", {}).get(
            "socket_address", {}
        ):
            probe["address"]["socket_address"]["port_value"] = 20000 + index
        file["static_resources"][place.kind].append(probe)
        path = path_text(probe, place.path)
        root = f"static_resources.{place.kind}[probe-{name}]"
        found.append((name, f"{root}.{path}".rstrip(".")))
    findings = validate(file, tmp_path)
    return [verdict(name, path, findings) for name, path in found]


def verdict(field: str, path: str, findings: list[tuple[str, str, str]]) -> Verdict:
    own = f"{path}.{field}".lstrip(".")
    for standing, where, text in findings:
        if where in (path, own) or where.startswith((own + ".", own + "[")):
            return Verdict(field, standing, text)
        assert not path.startswith((where + ".", where + "[")), f"{where} hides {own}: {text}"
    return Verdict(field, "applied", "")


def validate(file: dict, tmp_path) -> list[tuple[str, str, str]]:
    path = tmp_path / "probe.yaml"
    path.write_text(yaml.safe_dump(file, sort_keys=False))
    said = subprocess.run([binary("martlet"), "validate", path], capture_output=True, text=True)
    return FINDING.findall(said.stdout)
