"""What is printed arrives whole."""

from __future__ import annotations

import io
import os
from typing import Any

from ambit_guest.output import Whole, whole


class Reluctant(io.FileIO):
    """A system that takes three bytes at most."""

    def write(self, data: Any) -> int:
        return super().write(data[:3])


class Stream(Whole, Reluctant):
    pass


def test_what_the_system_takes_in_parts_arrives_whole() -> None:
    read, write = os.pipe()
    with Stream(write, "w") as stream:
        assert stream.write(b"ten bytes.") == 10
    with os.fdopen(read, "rb") as arrived:
        assert arrived.read() == b"ten bytes."


def test_nothing_that_is_printed_waits() -> None:
    read, write = os.pipe()
    stream = whole(write)
    print("größer", end="", file=stream)
    assert os.read(read, 100) == "größer".encode()
    os.close(read)
    os.close(write)
