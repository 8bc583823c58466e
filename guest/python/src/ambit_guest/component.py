"""Whether a file is a plugin: a component that exports `managers`, and imports of the contract and of WASI only."""

from __future__ import annotations

from pathlib import Path

from .problem import Problem

HEADER = b"\0asm\x0d\0\x01\0"
IMPORT, EXPORT = 10, 11
NEEDED = "ambit:scope/managers@"


def check(path: Path) -> None:
    """A `Problem` if the component at `path` is no plugin."""
    found = interfaces(path.read_bytes())
    if not any(name.startswith(NEEDED) for name in found[EXPORT]):
        raise Problem(f"what was built exports no `{NEEDED}…`, but {found[EXPORT]}")
    strange = [name for name in found[IMPORT] if not name.startswith(("ambit:scope/", "wasi:"))]
    if strange:
        raise Problem(f"what was built imports what no host has: {', '.join(strange)}")


def interfaces(component: bytes) -> dict[int, list[str]]:
    """The names of the interfaces that a component imports and exports."""
    found: dict[int, list[str]] = {IMPORT: [], EXPORT: []}
    if not component.startswith(HEADER):
        raise Problem("what was built is no component")
    at = len(HEADER)
    while at < len(component):
        section, (size, at) = component[at], _number(component, at + 1)
        if section in found:
            found[section] += _names(component, at, section)
        at += size
    return found


def _names(component: bytes, at: int, section: int) -> list[str]:
    """The names of a section of instances, whose entries are a name and what it is of: an import's type, an export's index."""
    count, at = _number(component, at)
    names = []
    for _ in range(count):
        size, at = _number(component, at + 1)
        names.append(component[at : at + size].decode())
        _, at = _number(component, at + size + 1)
        if section == EXPORT:
            at += 1 if component[at] == 0 else 0
    return names


def _number(component: bytes, at: int) -> tuple[int, int]:
    """A number of LEB128, and where it ends."""
    value = shift = 0
    while True:
        byte = component[at]
        value |= (byte & 0x7F) << shift
        shift, at = shift + 7, at + 1
        if byte < 0x80:
            return value, at
