"""What a component exports: the contract's `managers` and `recovery`, over the managers that the app offers."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

from componentize_py_types import Err
from wit_world.exports import ambit_managers as wit
from wit_world.imports import checkpoints as host
from wit_world.imports.errors import Raised

from . import checkpoints
from .classes import InvalidArgument
from .crossing import Crossing
from .drive import Entered, rule
from .explain import explain
from .manager import Manager, offered

T = TypeVar("T")


class NoSuchManager(LookupError):
    """The plugin offers none of that name."""

    __module__ = "ambit_guest"
    __kinds__ = ("not-found",)


class NoRecovery(NotImplementedError):
    """The manager leaves no checkpoints."""

    __module__ = "ambit_guest"


class Managers:
    """The functions of the interface `managers`."""

    def describe(self) -> list[wit.Manager]:
        """What the plugin offers."""
        return [_described(each) for each in offered.values()]


class Scope:
    """The resource of the interface `managers`: a manager between its enter and its exit."""

    def __init__(self, entered: Entered) -> None:
        """Empty once it has exited: the host drops it, and nothing here is told."""
        self._entered = entered

    @classmethod
    def enter(cls, manager: str, inputs: str) -> tuple[Scope, str]:
        """Runs a manager up to its yield."""

        def enter(crossing: Crossing) -> tuple[Scope, str]:
            made = _find(manager).of(inputs)
            crossing.rule = partial(rule, manager=made)
            entered = Entered(made)
            return cls(entered), entered.value

        return _answer(enter)

    def exit(self, failure: Raised | None) -> None:
        """Runs the rest of it."""
        # componentize-py keeps this object for as long as the instance lives, so little is to stay in it: not what was entered,
        # nor what would drop the handle, which is the host's.
        held = vars(self)
        entered: Entered | None = held.get("_entered")
        if finalizer := held.get("finalizer"):
            finalizer.detach()
        held.clear()

        def exit(crossing: Crossing) -> None:
            error = None if failure is None else crossing.arrive(failure)
            if entered is not None:
                crossing.rule, crossing.failing = entered.rule, error is not None
                error = entered.exit(error)
            if error is not None:
                raise error

        _answer(exit)


class Recovery:
    """The functions of the interface `recovery`."""

    def recover(self, manager: str, state: str) -> None:
        """Releases what a lost scope held."""
        _answer(lambda crossing: _recover(_find(manager), state))


def _answer(work: Callable[[Crossing], T]) -> T:
    """What the work gives to the host, or the error that it ends with, whatever that is: one that got out would be a trap."""
    global _crossing
    _crossing = crossing = Crossing()
    try:
        try:
            return work(crossing)
        except BaseException as error:
            failed = error
        explain(failed)
        raise Err(crossing.depart(failed))
    finally:
        crossing.release()
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError):  # nobody listens
                stream.flush()


_crossing = Crossing()
"""That of the call that runs: the host makes one at a time."""


def _leave(state: str) -> None:
    try:
        host.leave(state)
        return
    except Err as error:
        raised = error.value
    raise _crossing.arrive(raised)


checkpoints.leave = _leave


def _find(name: str) -> Manager:
    if name not in offered:
        names = ", ".join(f"`{each}`" for each in offered)
        raise NoSuchManager(f"there is no manager `{name}`: the plugin offers {names}")
    return offered[name]


def _recover(manager: Manager, state: str) -> None:
    if manager.recover is None:
        raise NoRecovery(f"the manager `{manager.name}` leaves no checkpoints, and cannot recover")
    try:
        held = json.loads(state)
    except ValueError as error:
        raise InvalidArgument(f"this is no checkpoint of `{manager.name}`: {error}", "state") from None
    manager.recover(held)


def _described(manager: Manager) -> wit.Manager:
    parameters = [wit.Parameter(each.name, each.doc, each.initial) for each in manager.parameters]
    return wit.Manager(manager.name, manager.doc, parameters)
