#!/usr/bin/env python3
"""xds/proto says on the wire exactly what Envoy v3, OTLP and protobuf say.

Every message, field, enum value and method of ours has to be an official one with the same number,
type, label and oneof, in a file of the same name. Ours may leave things out.
"""

import sys

from descriptors import Facts, official, ours, proto_files


def message_faults(name: str, mine: Facts, theirs: Facts) -> list[str]:
    if name not in theirs.messages:
        return [f"{name}: no such official message"]
    faults = []
    for field_name, field in mine.messages[name].items():
        known = theirs.messages[name].get(field_name)
        if known is None:
            faults.append(f"{name}.{field_name}: no such official field")
            continue
        for aspect in ("number", "type", "label", "oneof"):
            found, wanted = getattr(field, aspect), getattr(known, aspect)
            if found != wanted:
                faults.append(
                    f"{name}.{field_name}: {aspect} is {found or 'none'}, officially "
                    f"{wanted or 'none'}"
                )
    return faults


def enum_faults(name: str, mine: Facts, theirs: Facts) -> list[str]:
    if name not in theirs.enums:
        return [f"{name}: no such official enum"]
    known = theirs.enums[name]
    return [
        f"{name}.{value}: number is {number}, officially {known.get(value, 'none')}"
        for value, number in mine.enums[name].items()
        if known.get(value) != number
    ]


def method_faults(name: str, mine: Facts, theirs: Facts) -> list[str]:
    if name not in theirs.methods:
        return [f"{name}: no such official method"]
    if mine.methods[name] == theirs.methods[name]:
        return []
    return [f"{name}: is {mine.methods[name]}, officially {theirs.methods[name]}"]


def faults_of(mine: Facts, theirs: Facts) -> list[str]:
    faults = []
    for name in mine.messages:
        faults += message_faults(name, mine, theirs)
    for name in mine.enums:
        faults += enum_faults(name, mine, theirs)
    for name in mine.methods:
        faults += method_faults(name, mine, theirs)
    faults += [
        f"{name}: is in {file}, officially in {theirs.files[name]}"
        for name, file in mine.files.items()
        if theirs.files.get(name, file) != file
    ]
    return faults


def main() -> int:
    mine = ours()
    faults = faults_of(mine, official())
    fields = sum(map(len, mine.messages.values()))
    values = sum(map(len, mine.enums.values()))
    print(
        "\n".join(faults)
        or f"{len(proto_files())} files, {len(mine.messages)} messages, {fields} fields, "
        f"{values} enum values as in the official descriptors"
    )
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
