"""Drives a manager: a `with` statement of Python's own, cut at its body."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from contextlib import AbstractContextManager
from typing import Any

from .classes import Fault
from .value import NotJson, write

Cut = Generator[str, "BaseException | None", "BaseException | None"]


class Broken(Fault):
    """The manager broke a rule of the contract: `did-not-yield` or `did-not-stop`."""

    def __init__(self, rule: str) -> None:
        """`rule` is the contract's word for it."""
        super().__init__(rule.replace("-", " "))
        self.rule = rule


class Entered:
    """A manager that waits for its body to end."""

    def __init__(self, manager: AbstractContextManager[Any]) -> None:
        """Enters it: `value` is what it gives, as JSON. What it raises is raised; nothing is entered then."""
        self.manager = manager
        self._cut = _cut(manager)
        try:
            self.value = next(self._cut)
            return
        except StopIteration as ended:
            error = ended.value
        raise error

    def exit(self, failure: BaseException | None) -> BaseException | None:
        """Exits it, the body having ended so, and gives the error that goes on from there, if any."""
        try:
            self._cut.send(failure)
        except StopIteration as ended:
            error: BaseException | None = ended.value
            return error
        raise AssertionError("a `with` statement has one body")

    def rule(self, error: BaseException) -> str | None:
        """The rule of the contract that the manager broke, where the error is what `contextlib` says to that."""
        return rule(error, self.manager)


def rule(error: BaseException, manager: AbstractContextManager[Any]) -> str | None:
    """The rule of the contract that an error says to be broken: ours, or one that `contextlib` raised for this manager."""
    if isinstance(error, Broken):
        return error.rule
    traceback = error.__traceback__
    if type(error) is not RuntimeError or traceback is None or not str(error).startswith("generator didn't"):
        return None
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    raised_in = traceback.tb_frame
    # The innermost frame is a method of the context manager itself: none of what the author's generator calls.
    if raised_in.f_code not in _CONTEXTLIB or raised_in.f_locals.get("self") is not manager:
        return None
    return "did-not-yield" if raised_in.f_code is _CONTEXTLIB[0] else "did-not-stop"


_CONTEXTLIB = (
    contextlib._GeneratorContextManager.__enter__.__code__,
    contextlib._GeneratorContextManager.__exit__.__code__,
)


def _cut(manager: AbstractContextManager[Any]) -> Cut:
    """The statement: it yields the value, takes how the body ended, and returns the error that leaves it."""
    unwritten: NotJson | None = None
    try:
        with manager as value:
            try:
                written = write(value, "the value of the yield")
            except NotJson as error:
                unwritten = error
                raise
            failure = yield written
            if failure is not None:
                raise failure
    except BaseException as error:
        return error
    if unwritten is not None:
        # The manager suppressed it, and still has nothing to give.
        broken = Broken("did-not-yield")
        broken.__cause__ = unwritten
        return broken
    return None
