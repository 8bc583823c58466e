"""Errors cross in both directions, and stay what they are."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from ambit_guest import Cancelled, Fault, detail, kind, kinds, manager
from conftest import Error
from host import error, play, refused

FOUND: list[BaseException] = []


@pytest.fixture(autouse=True)
def catching() -> None:
    """A manager that keeps what it is given, and lets it go on."""
    FOUND.clear()

    @manager
    def catches() -> Iterator[None]:
        try:
            yield
        except BaseException as found:
            FOUND.append(found)
            raise


def arrives(given: Error) -> BaseException:
    assert play("catches", given) is given
    return FOUND[0]


def replaced(by: Any, given: Error) -> Error:
    """The error that leaves a manager which does this with that of the body."""

    @manager
    def replaces() -> Iterator[None]:
        try:
            yield
        except BaseException as found:
            by(found)

    left = play("replaces", given)
    assert left is not None
    return left


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (["python:builtins.KeyError", "python:builtins.LookupError"], KeyError),
        (["python:builtins.FileNotFoundError", "python:builtins.OSError", "not-found"], FileNotFoundError),
        (["not-found"], FileNotFoundError),
        (["rust:std::io::Error"], OSError),
        (["timed-out"], TimeoutError),
        (["js:TypeError"], TypeError),
        (["python:builtins.StopIteration"], StopIteration),
        (["python:builtins.SystemExit"], SystemExit),
        (["python:builtins.KeyboardInterrupt"], KeyboardInterrupt),
        (["python:builtins.GeneratorExit"], GeneratorExit),
    ],
)
def test_an_error_is_of_the_class_of_its_kind(path: list[str], expected: type[BaseException]) -> None:
    arrived = arrives(error(*path))
    assert type(arrived) is expected
    assert arrived.args == ("boom",)
    assert kinds(arrived) == tuple(path)


@pytest.mark.parametrize(
    ("path", "bases"),
    [
        (["rust:std::io::Error", "not-found"], [FileNotFoundError, OSError]),
        (["rust:pool::Exhausted", "timed-out"], [TimeoutError, kind("rust:pool::Exhausted")]),
        (["python:app.Conflict", "python:builtins.LookupError", "python:builtins.Exception"], [LookupError]),
        (["exit-status:3", "exit-status"], [kind("exit-status:3"), kind("exit-status")]),
        (["python:builtins.UnicodeDecodeError"], [UnicodeDecodeError]),
        (["python:builtins.SyntaxError"], [SyntaxError]),
        # Python lays these two out in memory in different ways, and the second decides.
        (["js:Missing", "js:TypeError", "not-found"], [kind("js:Missing"), TypeError, FileNotFoundError]),
        (["x:Mine", "not-found"], [kind("x:Mine"), FileNotFoundError]),
    ],
)
def test_a_class_is_made_with_the_bases_of_all_kinds(path: list[str], bases: list[type[BaseException]]) -> None:
    arrived = arrives(error(*path))
    assert all(isinstance(arrived, base) for base in bases)
    assert str(arrived) == "boom"


def test_the_detail_of_a_kind_can_be_asked_for() -> None:
    assert detail(arrives(error("exit-status:3", "exit-status")), "exit-status") == "3"


def test_bases_that_python_cannot_combine_are_left_out() -> None:
    assert isinstance(arrives(error("x:y", "not-found", "python:builtins.ImportError")), FileNotFoundError)


def test_a_cancellation_is_no_exception() -> None:
    arrived = arrives(error("timed-out", family="cancelled"))
    assert isinstance(arrived, Cancelled)
    assert not isinstance(arrived, Exception)
    FOUND.clear()
    assert isinstance(arrives(error("interrupted", family="cancelled")), KeyboardInterrupt)


def test_a_fault_is_a_runtime_error() -> None:
    arrived = arrives(error("trap", family="fault"))
    assert isinstance(arrived, Fault)
    assert isinstance(arrived, kind("trap"))


@pytest.mark.parametrize("of", [ValueError, KeyError, StopIteration, GeneratorExit, SystemExit, KeyboardInterrupt])
def test_an_error_of_pythons_leaves_with_its_classes_and_its_text(of: type[BaseException]) -> None:
    @manager
    def raises() -> Iterator[None]:
        raise of("why")
        yield

    left = refused("raises")
    if of is StopIteration:  # as every generator does
        assert left.kinds[0] == "python:builtins.RuntimeError"
        assert left.cause is not None
        left = left.cause
    assert left.kinds[0] == f"python:builtins.{of.__name__}"
    assert left.message == "why"


def test_the_same_error_goes_on_though_it_was_caught_and_raised_again() -> None:
    given = error("x:Mine")

    def again(found: BaseException) -> None:
        raise found

    assert replaced(again, given) is given


def test_a_link_of_the_chain_that_is_raised_is_the_hosts_own() -> None:
    inner = error("x:Inner")
    given = error("x:Outer", cause=inner, context=inner, hides_context=True)

    def unwrap(found: BaseException) -> None:
        assert found.__cause__ is found.__context__
        assert found.__cause__ is not None
        raise found.__cause__

    assert replaced(unwrap, given) is inner


def test_raise_from_sets_cause_and_context() -> None:
    given = error("x:Mine")

    def chain(found: BaseException) -> None:
        raise ValueError("new") from found

    left = replaced(chain, given)
    assert left.cause is given
    assert left.context is given
    assert left.hides_context


def test_raise_from_none_hides_the_context() -> None:
    given = error("x:Mine")

    def chain(found: BaseException) -> None:
        raise ValueError("new") from None

    left = replaced(chain, given)
    assert (left.cause, left.context, left.hides_context) == (None, given, True)


def test_a_context_that_was_taken_away_stays_away() -> None:
    def cut(found: BaseException) -> None:
        try:
            raise ValueError("new")
        except ValueError as new:
            new.__context__ = None
            raise

    assert replaced(cut, error("x:Mine")).cut


def test_notes_cross_in_both_directions() -> None:
    given = error("x:Mine", notes=["first"])

    def note(found: Any) -> None:
        assert found.__notes__ == ["first"]
        found.__notes__.append("second")
        raise found

    assert replaced(note, given) is given
    assert given.notes == ["first", "second"]


@pytest.mark.skipif(sys.version_info < (3, 11), reason="no exception groups")
def test_groups_cross_in_both_directions() -> None:
    members = [error("not-found"), error("x:Mine")]
    given = error("js:AggregateError", message="two", members=members)

    def regroup(found: Any) -> None:
        assert isinstance(found, ExceptionGroup)
        _, others = found.split(FileNotFoundError)
        assert isinstance(others, ExceptionGroup)
        raise ExceptionGroup("all", [*others.exceptions, ValueError("more")])

    left = replaced(regroup, given)
    assert left.message == "all"
    assert left.members[0] is members[1]
    assert left.members[1].kinds[0] == "python:builtins.ValueError"


@pytest.mark.skipif(sys.version_info < (3, 11), reason="no exception groups")
def test_a_part_of_a_group_is_of_the_kinds_of_the_whole() -> None:
    members = [error("x:Mine"), error("python:builtins.KeyboardInterrupt")]
    given = error("js:AggregateError", "x:Several", message="two", members=members)

    def part(found: Any) -> None:
        assert not isinstance(found, Exception)
        mine, others = found.split(kind("x:Mine"))
        assert isinstance(mine, ExceptionGroup)
        assert isinstance(mine, kind("x:Several"))
        assert not isinstance(others, Exception)
        raise mine

    left = replaced(part, given)
    assert left.kinds[:2] == ["js:AggregateError", "python:builtins.ExceptionGroup"]
    assert left.message == "two"
    assert left.members == members[:1]


def test_a_chain_without_end_crosses_in_part_and_stays_whole() -> None:
    given = last = error("x:Mine")
    for at in range(500):
        last.context = error(f"x:{at}")
        last = last.context
    arrived = arrives(given)
    length = 0
    while arrived.__context__ is not None:
        arrived, length = arrived.__context__, length + 1
    assert length == 63
    assert last.context is None
    assert given.context is not None


def test_a_message_that_is_no_text_is_escaped() -> None:
    @manager
    def raises() -> Iterator[None]:
        raise ValueError("a\udc80b")
        yield

    assert refused("raises").message == "a\\udc80b"


def test_kinds_of_an_authors_own_come_after_its_classes() -> None:
    class Held(Exception):
        __kinds__ = ("lock:held", "lock")

    @manager
    def raises() -> Iterator[None]:
        raise Held("by another")
        yield

    assert refused("raises").kinds[-2:] == ["lock:held", "lock"]


def test_what_another_manager_breaks_inside_of_one_is_no_fault_of_that() -> None:
    @contextlib.contextmanager
    def never() -> Iterator[None]:
        return
        yield

    @manager
    def outer() -> Iterator[None]:
        with never():
            yield

    left = refused("outer")
    assert (left.family, left.kinds[0]) == ("error", "python:builtins.RuntimeError")
