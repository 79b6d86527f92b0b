#!/usr/bin/env python3
"""Writes the tables of Sources/C/CXDS/tables.h: what protobuf-c generated, and what we left out.

xds/make_tables.py DIR        DIR holds Generated/**.pb-c.c, and gets Generated/tables.c
"""

import re
import sys
from pathlib import Path

from descriptors import official, ours

DESCRIPTOR = re.compile(
    r"^const ProtobufCMessageDescriptor (\w+) =\n{\n  PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC,\n"
    r'  "([\w.]+)",$',
    re.MULTILINE,
)


def descriptors(generated: Path) -> dict[str, str]:
    """The full name of each generated message, and the C name of its descriptor."""
    found = {}
    for source in generated.rglob("*.pb-c.c"):
        found |= {name: symbol for symbol, name in DESCRIPTOR.findall(source.read_text())}
    return found


def left_out() -> list[tuple[str, int, str]]:
    """Message, number and name of each official field that its message of ours lacks."""
    theirs = official().messages
    return sorted(
        (message, field.number, name)
        for message, fields in ours().messages.items()
        for name, field in theirs[message].items()
        if name not in fields
    )


def main() -> None:
    generated = Path(sys.argv[1]) / "Generated"
    symbols = descriptors(generated)
    lines = ["// Made by xds/generate.sh.", '#include "../tables.h"', '#include "CXDS.h"', ""]
    lines.append("const ProtobufCMessageDescriptor *const cxds_descriptors[] = {")
    lines += [f"  &{symbols[name]}," for name in sorted(symbols)]
    lines += ["};", f"const size_t cxds_descriptor_count = {len(symbols)};", ""]
    fields = left_out()
    lines.append("const CXDSLeftOutField cxds_left_out_fields[] = {")
    lines += [f'  {{"{message}", {number}, "{name}"}},' for message, number, name in fields]
    lines += ["};", f"const size_t cxds_left_out_field_count = {len(fields)};"]
    (generated / "tables.c").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
