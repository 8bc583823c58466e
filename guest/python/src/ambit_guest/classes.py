"""The kinds of errors, and the classes that they are in Python.

A kind names a type of error with its language ahead (`rust:std::io::Error`), or is portable and has none (`not-found`). The
path of an error lists its kinds, most specific first: the contract's README defines both.
"""

from __future__ import annotations

import builtins
import io
import sys
from collections.abc import Sequence
from typing import Any
from weakref import WeakValueDictionary

Class = type[BaseException]

# Python 3.10 has none.
Group: Any = getattr(builtins, "BaseExceptionGroup", ())


class Cancelled(BaseException):
    """The body was told to stop. Like `asyncio.CancelledError` it is no `Exception`; it goes on, whatever a manager does."""

    __module__ = "ambit_guest"


class Fault(RuntimeError):
    """The machinery failed: a trap, a spent budget, a broken contract, a panic of the host's program."""

    __module__ = "ambit_guest"


class InvalidArgument(ValueError):
    """An argument of a manager is missing, unknown, or of another type than its parameter."""

    __module__ = "ambit_guest"

    def __init__(self, message: str, name: str | None = None) -> None:
        """`name` is that of the argument, where it is one alone."""
        super().__init__(message)
        detailed = () if name is None else (f"invalid-argument:{name}",)
        self.__kinds__ = (*detailed, "invalid-argument")


PORTABLE: dict[str, Class] = {
    "not-found": FileNotFoundError,
    "permission-denied": PermissionError,
    "already-exists": FileExistsError,
    "timed-out": TimeoutError,
    "interrupted": InterruptedError,
    "out-of-memory": MemoryError,
    "unsupported": NotImplementedError,
    "assertion": AssertionError,
}
"""Portable kinds, and the classes that stand for the same."""

TAKEN: dict[str, Class] = {
    **PORTABLE,
    "invalid-argument": ValueError,
    "not-granted": PermissionError,
    "panic": RuntimeError,
    "rust:std::io::Error": OSError,
    "rust:std::num::ParseIntError": ValueError,
    "rust:std::num::ParseFloatError": ValueError,
    "rust:std::num::TryFromIntError": OverflowError,
    "rust:std::str::ParseBoolError": ValueError,
    "rust:std::str::Utf8Error": UnicodeError,
    "rust:std::string::FromUtf8Error": UnicodeError,
    "rust:std::env::VarError": LookupError,
    "js:TypeError": TypeError,
    "js:RangeError": ValueError,
    "js:ReferenceError": NameError,
}
"""Kinds of other languages, and the classes that handlers in Python expect for them."""

GIVEN: dict[Class, str] = {
    **{each: name for name, each in PORTABLE.items()},
    KeyboardInterrupt: "interrupted",
    io.UnsupportedOperation: "unsupported",
}

# A class is forgotten with the last who knows it: details of kinds may be anything.
_classes: WeakValueDictionary[tuple[object, ...], Class] = WeakValueDictionary()


def kinds(error: BaseException) -> tuple[str, ...]:
    """The path of an error's kinds, most specific first.

    For an error of the host's it is what the host says. Else these are its classes, `python:builtins.KeyError` for one, then
    those that its attribute `__kinds__` names, and the portable ones that fit. So a class of an author's gets kinds of its own:
    `__kinds__ = ("lock:held", "lock")`.
    """
    raised: tuple[str, ...] | None = vars(error).get("__raised__")
    if raised is not None:
        return raised
    classes = [each for each in type(error).__mro__ if issubclass(each, BaseException)]
    portable = (GIVEN[each] for each in classes if each in GIVEN)
    return tuple(dict.fromkeys((*map(_name, classes), *getattr(error, "__kinds__", ()), *portable)))


def detail(error: BaseException, kind: str) -> str | None:
    """The detail of a kind of the error: `3`, asked for `exit-status`, where `exit-status:3` is among its kinds."""
    return next((name[len(kind) + 1 :] for name in kinds(error) if name.startswith(f"{kind}:")), None)


def kind(name: str) -> Class:
    """The class of a kind: `except kind("exit-status:3")` catches what has that kind anywhere in its path.

    It is a class of Python's where there is one, `FileNotFoundError` for `not-found`, and one made for it where not. A
    cancellation is caught as `Cancelled` only, whatever its kinds.
    """
    return _known(name) or _made(name, Exception)


def class_of(path: tuple[str, ...], family: str = "error", *roots: Class) -> Class:
    """The class for an error of the host: Python's own where its first kind is one, else one made for it.

    What is made is a subclass of the classes of all its kinds, and of `roots` ahead of them.
    """
    first, *others = path or ("error",)
    if family == "cancelled":
        return _made(first, Cancelled, *[KeyboardInterrupt for name in path if name == "interrupted"])
    if family == "fault":
        roots = (Fault, *roots)
    own = _known(first) if first.startswith("python:") else None
    if own is not None and issubclass(own, roots or BaseException):
        return own
    of = [kind(name) for name in path]
    if Group in roots:  # which may hold what is no `Exception`, and so is none itself
        of = [each for each in of if not issubclass(each, Exception)]
    return _made(first, *roots, *of) if roots or others else kind(first)


def group_of(members: Sequence[BaseException]) -> Class:
    """The class for a group of these."""
    group: Class = Group
    return builtins.ExceptionGroup if all(isinstance(each, Exception) for each in members) else group


def new(of: Class, *arguments: Any) -> BaseException:
    """An object of a class, of which `__init__` does not run.

    Of the bases of a class that is made here, the one that decides how its objects lie in memory is the one that can make them.
    """
    deciding: Any = of
    while "__kind__" in vars(deciding):
        deciding = deciding.__base__
    made: BaseException = deciding.__new__(of, *arguments)
    return made


def telling(silent: Class) -> Class:
    """A subclass that says the message that it was given, for a class whose instances say another."""
    return _made(_name(silent), silent, __str__=lambda self: str(self.args[0]))


def _derive(group: Any, members: Sequence[BaseException]) -> BaseException:
    """Python's hook: the group that a part of a group is, when that is split."""
    return new(class_of(kinds(group), "error", group_of(members)), group.message, members)


def _name(of: Class) -> str:
    """The kind that a class stands for."""
    made: str | None = vars(of).get("__kind__")
    return made or f"python:{of.__module__}.{of.__qualname__}"


def _known(name: str) -> Class | None:
    language, _, path = name.partition(":")
    return _find(path) if language == "python" else TAKEN.get(name)


def _find(path: str) -> Class | None:
    """A class of a module that is loaded: nothing is imported because a host names it."""
    parts = path.split(".")
    for at in range(len(parts) - 1, 0, -1):
        found: Any = sys.modules.get(".".join(parts[:at]))
        for name in parts[at:]:
            found = getattr(found, name, None)
        if isinstance(found, type) and issubclass(found, BaseException):
            return found
    return None


def _made(name: str, *wanted: Class, **attributes: Any) -> Class:
    """A class for the kind `name`, of these bases, but for those that Python cannot combine with the ones ahead."""
    key = (name, *wanted)
    made = _classes.get(key)
    if made is not None:
        return made
    bases: list[Class] = []
    if any(issubclass(each, Group) for each in wanted):
        attributes["derive"] = _derive
    for base in dict.fromkeys(wanted):
        if any(other is not base and issubclass(other, base) for other in wanted):
            continue
        try:
            made = type(name, (*bases, base), {"__module__": "builtins", "__kind__": name, **attributes})
        except TypeError:  # their layouts conflict
            continue
        bases.append(base)
    assert made is not None, "a single base can always be had"
    _classes[key] = made
    return made
