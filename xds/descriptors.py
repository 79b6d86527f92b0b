"""Protobuf descriptors as plain facts: ours from xds/proto, the official ones from their packages.

The official Python packages hold serialized descriptors as literals. They are read out of the
wheels: nothing is installed, because two of the packages write the same files, and nothing is run.
"""

import ast
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROTOS = ROOT / "xds" / "proto"
REQUIREMENTS = ROOT / "xds" / "requirements.txt"
WHEELS = ROOT / ".build-official"

# descriptor.proto, FieldDescriptorProto.Type and Label.
TYPES = {
    1: "double",
    2: "float",
    3: "int64",
    4: "uint64",
    5: "int32",
    6: "fixed64",
    7: "fixed32",
    8: "bool",
    9: "string",
    12: "bytes",
    13: "uint32",
    15: "sfixed32",
    16: "sfixed64",
    17: "sint32",
    18: "sint64",
}
LABELS = {1: "singular", 2: "required", 3: "repeated"}


@dataclass(frozen=True)
class Field:
    number: int
    type: str  # a scalar's name, or the full name of a message or enum
    label: str
    oneof: str  # empty outside of one; an `optional` field counts as outside


@dataclass
class Facts:
    """Everything by full name."""

    messages: dict[str, dict[str, Field]] = field(default_factory=dict)
    enums: dict[str, dict[str, int]] = field(default_factory=dict)
    methods: dict[str, tuple[str, str, bool, bool]] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)


def decode(data: bytes) -> dict[int, list]:
    """The fields of one message in wire form: number to its values, in order."""
    fields: dict[int, list] = {}
    at = 0

    def varint() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(data):
        tag = varint()
        if tag & 7 == 0:
            value = varint()
        else:
            size = {1: 8, 5: 4}.get(tag & 7) or varint()
            value = data[at : at + size]
            at += size
        fields.setdefault(tag >> 3, []).append(value)
    return fields


def text(fields: dict[int, list], number: int) -> str:
    return fields.get(number, [b""])[-1].decode()


def flag(fields: dict[int, list], number: int) -> bool:
    return bool(fields.get(number, [0])[-1])


def add_enum(facts: Facts, scope: str, enum: dict[int, list], file: str) -> None:
    name = scope + text(enum, 1)
    values = [decode(v) for v in enum.get(2, [])]
    facts.enums[name] = {text(v, 1): v.get(2, [0])[-1] for v in values}
    facts.files[name] = file


def add_message(facts: Facts, scope: str, message: dict[int, list], file: str) -> None:
    name = scope + text(message, 1)
    oneofs = [text(decode(o), 1) for o in message.get(8, [])]
    fields = facts.messages[name] = {}
    facts.files[name] = file
    for raw in map(decode, message.get(2, [])):
        synthetic = flag(raw, 17)
        fields[text(raw, 1)] = Field(
            number=raw[3][-1],
            type=text(raw, 6).lstrip(".") or TYPES[raw[5][-1]],
            label=LABELS[raw[4][-1]],
            oneof=oneofs[raw[9][-1]] if 9 in raw and not synthetic else "",
        )
    for nested in message.get(3, []):
        add_message(facts, name + ".", decode(nested), file)
    for enum in message.get(4, []):
        add_enum(facts, name + ".", decode(enum), file)


def add_file(facts: Facts, data: bytes) -> None:
    """One serialized FileDescriptorProto."""
    file = decode(data)
    name, package = text(file, 1), text(file, 2)
    for message in file.get(4, []):
        add_message(facts, package + ".", decode(message), name)
    for enum in file.get(5, []):
        add_enum(facts, package + ".", decode(enum), name)
    for service in map(decode, file.get(6, [])):
        for method in map(decode, service.get(2, [])):
            full = f"{package}.{text(service, 1)}.{text(method, 1)}"
            facts.methods[full] = (
                text(method, 2).lstrip("."),
                text(method, 3).lstrip("."),
                flag(method, 5),
                flag(method, 6),
            )
            facts.files[full] = name


def proto_files() -> list[str]:
    return sorted(str(p.relative_to(PROTOS)) for p in PROTOS.rglob("*.proto"))


def ours() -> Facts:
    facts = Facts()
    with tempfile.NamedTemporaryFile() as output:
        command = ["protoc", "-I", str(PROTOS), f"--descriptor_set_out={output.name}"]
        subprocess.run([*command, *proto_files()], check=True)
        for data in decode(output.read())[1]:
            add_file(facts, data)
    return facts


def wheels() -> dict[str, Path]:
    """The wheel of each required package, fetched when it is not there yet."""
    wanted = [
        line.strip() for line in REQUIREMENTS.read_text().splitlines() if line and line[0] != "#"
    ]

    def present() -> dict[str, Path]:
        found = {}
        for package, version in (line.split("==") for line in wanted):
            for path in WHEELS.glob(f"{package.replace('-', '_')}-{version}-*.whl"):
                found[package] = path
        return found

    if len(present()) < len(wanted):
        print(f"Fetching {', '.join(wanted)}", file=sys.stderr)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--disable-pip-version-check", "-d", str(WHEELS), "-r", str(REQUIREMENTS)]
        subprocess.run(command, check=True)
    return present()


def package_of(file: str) -> str:
    if file.startswith("opentelemetry/"):
        return "opentelemetry-proto"
    return "protobuf" if file.startswith("google/protobuf/") else "xds-protos"


def literals(source: bytes) -> Iterator[bytes]:
    """The serialized descriptors in a generated Python module."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Attribute(attr="AddSerializedFile"), args=[ast.Constant(data)]):
                yield data


def official() -> Facts:
    """The official facts of every file that xds/proto has too."""
    facts = Facts()
    archives = {package: zipfile.ZipFile(path) for package, path in wheels().items()}
    for file in proto_files():
        archive = archives[package_of(file)]
        module = file.removesuffix(".proto") + "_pb2.py"
        if module in archive.namelist():
            for data in literals(archive.read(module)):
                add_file(facts, data)
    for archive in archives.values():
        archive.close()
    return facts
