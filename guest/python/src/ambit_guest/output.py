"""What a plugin prints, whole: a host may take a part of a long text, and Python's own unbuffered streams drop the rest then."""

from __future__ import annotations

import io
import sys
from typing import Any


class Whole(io.FileIO):
    """A stream that goes on until all of a text was taken."""

    def write(self, data: Any) -> int:
        """Writes all of it."""
        rest = memoryview(data).cast("B")
        size = len(rest)
        while rest:
            rest = rest[super().write(rest) or 0 :]
        return size


def whole(descriptor: int) -> io.TextIOWrapper:
    """A stream to write text on, that keeps none of it: nothing else would be written when an instance ends."""
    raw: Any = Whole(descriptor, "w", closefd=False)
    return io.TextIOWrapper(raw, encoding="utf-8", errors="backslashreplace", write_through=True)


def redirect() -> None:
    """Makes `print` write so."""
    sys.stdout, sys.stderr = whole(1), whole(2)
