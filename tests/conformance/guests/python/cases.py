"""The managers of cases that no scenario can tell; each language has them by the same names."""

import contextlib
from collections.abc import Iterator
from types import TracebackType
from typing import Annotated, Any

from ambit_guest import kind, manager


@manager
class passing:
    """Does nothing; it is a class, where the others are generators."""

    def __enter__(self) -> None:
        """Gives nothing."""

    def __exit__(self, of: type | None, error: BaseException | None, traceback: TracebackType | None) -> bool:
        return False


@manager
def wrapping() -> Iterator[None]:
    """Raises a new error from the body's."""
    try:
        yield
    except Exception as error:
        raise RuntimeError("wrapped") from error


@manager
def cutting() -> Iterator[None]:
    """Raises a new error, of which nothing is the context."""
    try:
        yield
    except Exception:
        new = kind("new")("new")
        try:
            raise new
        finally:
            new.__context__ = None


@manager
def documented(
    keep: Annotated[bool, "Whether to keep it."],
    path: Annotated[str, "Where it is."] = "here",
) -> Iterator[str]:
    """Has a first line.

    And a second paragraph.
    """
    yield path


@manager
def keywords(self: str, func: str, args: str, kwds: str, inputs: str, manager: str, failure: str) -> Iterator[list[str]]:
    """Has parameters of names that somebody may have wanted for himself."""
    yield [self, func, args, kwds, inputs, manager, failure]


measured = 0


@manager
def measuring(text: str) -> Iterator[tuple[int, int]]:
    """Keeps nothing of the text but its length; gives also how many this instance has measured."""
    global measured
    length = len(text)
    del text
    measured += 1
    yield length, measured


depth = 0


@manager
def recursive() -> Iterator[int]:
    """Gives how many are entered in this instance."""
    global depth
    depth += 1
    try:
        yield depth
    finally:
        depth -= 1


held = 0


@manager
def lock(permits: int = 1) -> Iterator[None]:
    """As many hold it at a time as there are permits."""
    global held
    if held >= permits:
        raise kind("locked")("nothing is free")
    held += 1
    try:
        yield
    finally:
        held -= 1


current = "/"


@manager
def chdir(path: str) -> Iterator[str]:
    """Goes there, gives where it was, and goes back."""
    global current
    before, current = current, path
    try:
        yield before
    finally:
        current = before


@manager
def suppress(*kinds: str) -> Any:
    """Python's own, by kinds."""
    with contextlib.suppress(*map(kind, kinds)):
        yield


class Missing(FileNotFoundError):
    """A class of this module's own."""


@manager
def missing() -> Iterator[None]:
    """Raises an error of a class of its own, when it is entered."""
    raise Missing("it is not there")
    yield
