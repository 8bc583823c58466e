"""What a manager tells for the case that its exit never runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .value import write


def checkpoint(state: object) -> None:
    """Leaves `state`, in place of what was left before, for the function that the manager's `recover` names.

    Leave it *before* you acquire what it tells of: when this returns, a host that keeps a journal has it on the disk. It is
    written as JSON; a host takes some KiB. Outside of a component it only sees to it that this can be done.

    An error of the host's means that it was not kept, and that what was left before still stands: acquire nothing.
    """
    leave(write(state, "the checkpoint"))


def _forget(state: str) -> None:
    """Nobody recovers what a program of Python's own held."""


leave: Callable[[str], Any] = _forget
"""Where checkpoints go: in a component, to the host."""
