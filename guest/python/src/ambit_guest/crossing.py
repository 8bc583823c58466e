"""Errors on their way into a guest and out of it again: `Crossing`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from wit_world.imports.errors import Raised

from . import classes
from .value import plain

REACH = 64
"""How many errors of a chain cross, the nearest first. What the guest does not touch stays as it is in the host."""


@dataclass(slots=True)
class _Known:
    """An error that is on both sides, and what the host knows of it."""

    error: BaseException
    raised: Raised
    notes: int = 0
    cause: BaseException | None = None
    context: BaseException | None = None
    hides_context: bool = False


class Crossing:
    """The errors that cross during one call of the guest: each is one exception here, and one error there."""

    def __init__(self, rule: Callable[[BaseException], str | None] = lambda error: None) -> None:
        """`rule` tells which rule of the contract an error says that the manager broke."""
        self.rule = rule
        self.failing = False
        """Whether the body's error is in flight."""
        self._known: list[_Known] = []

    def arrive(self, raised: Raised) -> BaseException:
        """The exception for an error of the host's, which is the guest's to release."""
        for known in self._known:
            if known.raised.is_same(raised):
                _release(raised)
                return known.error
        path = tuple(raised.kinds())
        members = [] if len(self._known) >= REACH else [self.arrive(each) for each in raised.members()]
        error = _exception(path, raised.family(), raised.message(), members)
        vars(error)["__raised__"] = path
        known = _Known(error, raised)
        self._known.append(known)
        notes = raised.notes()
        if notes:
            error.__notes__ = notes
            known.notes = len(notes)
        # The nearer errors first: those that it was raised from.
        known.cause = error.__cause__ = self._arrive(raised.cause())
        known.context = error.__context__ = self._arrive(raised.context())
        known.hides_context = error.__suppress_context__ = raised.hides_context()
        return error

    def depart(self, error: BaseException) -> Raised:
        """The host's error for an exception, told what has changed of it: the one that it gave, where it is that."""
        first = self._depart(error)
        for known in self._known:  # which grows by what they are linked to
            self._tell(known)
        self._known.remove(first)
        error.__traceback__ = None
        return first.raised

    def release(self) -> None:
        """Gives all handles back, and lets go of what the errors' frames hold."""
        for known in self._known:
            known.error.__traceback__ = None
            _release(known.raised)
        self._known.clear()

    def _arrive(self, raised: Raised | None) -> BaseException | None:
        if raised is None:
            return None
        if len(self._known) >= REACH and not any(known.raised.is_same(raised) for known in self._known):
            _release(raised)
            return None
        return self.arrive(raised)

    def _depart(self, error: BaseException) -> _Known:
        """Makes an error of the host's, without its links, unless there is one."""
        known = self._find(error)
        if known is not None:
            return known
        rule, members = self.rule(error), _members(error)
        if rule is not None:
            raised = Raised.broken(rule)
        elif members:
            handles = [self._depart(each).raised for each in members]
            raised = Raised.group(_path(error), _message(error), handles)
        else:
            raised = Raised(_path(error), _message(error))
        self._known.append(known := _Known(error, raised))
        return known

    def _tell(self, known: _Known) -> None:
        """Tells the host what it does not know of an error yet."""
        error, raised = known.error, known.raised
        for note in _notes(error)[known.notes :]:
            raised.add_note(plain(str(note)))
        cause, context, hides = error.__cause__, error.__context__, error.__suppress_context__
        if (hides or cause is not None) and (cause is not known.cause or hides is not known.hides_context):
            self._link(raised.set_cause, cause)
        # With an error in flight, Python gives each new one a context. If it has none, somebody took it away.
        if context is not known.context or (context is None and self.failing and not _arrived(error)):
            self._link(raised.set_context, context)

    def _link(self, link: Callable[[Raised | None], None], error: BaseException | None) -> None:
        if error is None:
            link(None)
        elif len(self._known) < REACH or self._find(error) is not None:
            link(self._depart(error).raised)

    def _find(self, error: BaseException) -> _Known | None:
        return next((known for known in self._known if known.error is error), None)


def _exception(path: tuple[str, ...], family: str, message: str, members: list[BaseException]) -> BaseException:
    """An exception of the class that its kinds ask for. Of a class of an author's, `__init__` does not run."""
    grouped = bool(members) and family == "error"
    if grouped and classes.Group:
        return classes.new(classes.class_of(path, family, classes.group_of(members)), message, members)
    of = classes.class_of(path, family)
    try:
        error = classes.new(of, message)
    except Exception:
        # It cannot be made of its message alone. Its bases can.
        return _exception(path[1:], family, message, members)
    error.args = (message,)
    if _message(error) == message:
        return error
    return _exception_telling(classes.telling(of), message)


def _exception_telling(of: classes.Class, message: str) -> BaseException:
    error = classes.new(of, message)
    error.args = (message,)
    return error


def _path(error: BaseException) -> list[str]:
    return [plain(str(kind)) for kind in classes.kinds(error)]


def _message(error: BaseException) -> str:
    """What an error says; one layer, without its class and its members."""
    if _members(error):
        return plain(str(error.message))  # type: ignore[attr-defined]
    if type(error).__str__ is KeyError.__str__ and len(error.args) == 1:
        return plain(str(error.args[0]))  # its text has quotes around it
    try:
        text = str(error)
        # The number is WASI's, and says something else to whoever reads it elsewhere.
        return plain(text.removeprefix(f"[Errno {error.errno}] ") if isinstance(error, OSError) else text)
    except Exception:
        return f"an error of the type `{type(error).__name__}`, whose text cannot be made"


def _members(error: BaseException) -> tuple[BaseException, ...]:
    members: tuple[BaseException, ...] = error.exceptions if isinstance(error, classes.Group) else ()
    return members


def _notes(error: BaseException) -> list[Any]:
    notes = getattr(error, "__notes__", None)
    return notes if isinstance(notes, list) else []


def _arrived(error: BaseException) -> bool:
    return "__raised__" in vars(error)


def _release(raised: Raised) -> None:
    raised.__exit__(None, None, None)
