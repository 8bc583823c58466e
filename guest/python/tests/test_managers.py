"""What can be a manager, how it is described, entered and exited."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Optional, Union

import pytest

from ambit_guest import checkpoint, manager
from ambit_guest.value import write
from conftest import Manager, Parameter, left
from host import describe, error, play, recover, refused, value_of


def test_signature_and_docstring_describe_a_manager() -> None:
    @manager
    def transaction(path: Annotated[str, "The file."], *more: str, keep: int = 3) -> Iterator[None]:
        """A file that is written whole or not at all.

        Or so.
        """
        yield

    parameters = [Parameter("path", "The file.", None), Parameter("more", "", "[]"), Parameter("keep", "", "3")]
    assert describe() == [Manager("transaction", "A file that is written whole or not at all.\n\nOr so.", parameters)]


def test_arguments_are_given_in_each_of_pythons_ways() -> None:
    @manager
    def takes(a: str, b: int = 2, /, *c: Path, d: Optional[float] = None) -> Iterator[Any]:
        yield [a, b, c, d]

    assert value_of("takes", a="x") == ["x", 2, [], None]
    assert value_of("takes", a="x", c=["p", "q"], d=1) == ["x", 2, ["p", "q"], 1.0]


def test_what_is_left_comes_after_all_that_have_names() -> None:
    @manager
    def copies(source: Path, mode: int = 7, *into: Path, dry: bool = False) -> Iterator[Any]:
        yield [source, mode, into, dry]

    assert value_of("copies", source="a") == ["a", 7, [], False]
    assert value_of("copies", source="a", mode=1, into=["b", "c"]) == ["a", 1, ["b", "c"], False]
    assert value_of("copies", dry=True, into=["b"], source="a") == ["a", 7, ["b"], True]


@pytest.mark.parametrize(
    ("annotation", "value", "why"),
    [
        (int, "x", ': expected an integer, got "x"'),
        (int, True, ": expected an integer, got true"),
        (float, "1", ': expected a number, got "1"'),
        (str, None, ": expected a string, got null"),
        (Path, 1, ": expected a string, got 1"),
        (Optional[int], "x", ': expected an integer or null, got "x"'),
        (Union[int, str], [], ": expected an integer or a string, got []"),
        (Literal["a", "b"], "c", ': expected "a" or "b", got "c"'),
        (list[int], [1, "x"], ' at `[1]`: expected an integer, got "x"'),
        (dict[str, list[bool]], {"k": [0]}, " at `.k[0]`: expected true or false, got 0"),
        (Optional[list[int]], [None], " at `[0]`: expected an integer, got null"),
    ],
)
def test_an_argument_of_another_type_is_refused(annotation: Any, value: Any, why: str) -> None:
    def takes(a: Any) -> Iterator[None]:
        yield

    takes.__annotations__["a"] = annotation
    manager(takes)
    found = refused("takes", a=value)
    assert found.message == f"argument `a`{why}"
    assert found.kinds[0] == "python:ambit_guest.InvalidArgument"
    assert found.kinds[-2:] == ["invalid-argument:a", "invalid-argument"]


def test_arguments_that_lack_or_are_unknown_are_refused() -> None:
    @manager
    def takes(a: str) -> Iterator[None]:
        yield

    assert refused("takes").message == "argument `a` is missing, and has no default"
    assert refused("takes", b=1).message == "there is no argument `b`: `takes` takes `a`"
    assert refused("nobody").message == "there is no manager `nobody`: the plugin offers `takes`"


def test_a_generator_that_never_yields_breaks_the_contract() -> None:
    @manager
    def never() -> Iterator[None]:
        return
        yield

    assert (refused("never").family, refused("never").kinds[0]) == ("fault", "did-not-yield")


def test_a_generator_that_yields_again_breaks_the_contract() -> None:
    @manager
    def again() -> Iterator[None]:
        for _ in range(2):
            try:
                yield
            except LookupError:
                pass

    found = play("again")
    assert found is not None
    assert (found.family, found.kinds[0]) == ("fault", "did-not-stop")
    given = error("python:builtins.KeyError")
    found = play("again", given)
    assert found is not None
    assert (found.kinds[0], found.context) == ("did-not-stop", given)


def test_a_class_is_a_manager_and_stays_what_it_is() -> None:
    @manager
    class Suppresses:
        """Nothing but lookups."""

        def __init__(self, value: int) -> None:
            self.value = value

        def __enter__(self) -> int:
            return self.value

        def __exit__(self, of: object, found: BaseException | None, traceback: object) -> bool:
            return isinstance(found, LookupError)

    assert isinstance(Suppresses, type)
    assert play("Suppresses", error("python:builtins.KeyError"), value=1) is None
    given = error("not-found")
    assert play("Suppresses", given, value=1) is given


def test_a_manager_is_a_context_manager_of_pythons() -> None:
    @manager
    def gives(value: int) -> Iterator[int]:
        yield value

    with gives(3) as value:
        assert value == 3


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def cycle() -> Any:
    ring: list[Any] = []
    ring.append(ring)
    return {"a": ring}


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ({1}, "the value of the yield is of type `set`, which JSON has not"),
        ([b"x"], "the value of the yield[0] is of type `bytes`, which JSON has not"),
        ({"a": float("nan")}, "the value of the yield['a'] is nan, which JSON has not"),
        (nested(128), "the value of the yield is nested more than 127 deep: most hosts read no more"),
        (nested(5000), "the value of the yield is nested more than 127 deep: most hosts read no more"),
        (cycle(), "the value of the yield['a'][0] contains itself, which JSON cannot"),
        ("a\udc80", "the value of the yield is 'a\\udc80', which is no text"),
        ({(1, 2): 3}, "a key of the value of the yield is of type `tuple`; keys of JSON are texts"),
    ],
)
def test_a_value_that_is_not_json_is_the_error_of_the_enter_and_raised_at_the_yield(value: Any, why: str) -> None:
    released = []

    @manager
    def gives() -> Iterator[Any]:
        try:
            yield value
        finally:
            released.append(True)

    assert refused("gives").message == why
    assert released == [True]


def test_a_value_may_be_as_deep_as_hosts_read_and_have_many_brackets() -> None:
    assert write(nested(127), "it").count("[") == 127
    assert write([[]] * 1000, "it").count("[") == 1001


def test_a_value_that_is_not_json_and_is_suppressed_is_never_yielded() -> None:
    @manager
    def gives() -> Iterator[Any]:
        try:
            yield {1}
        except TypeError:
            pass

    found = refused("gives")
    assert found.kinds[0] == "did-not-yield"
    assert found.cause is not None
    assert found.cause.kinds[0] == "python:ambit_guest.NotJson"


def no_generator() -> Any:
    return 1


async def coroutine() -> Any:
    return 1


async def async_generator() -> Any:
    yield 1


def any_names(**names: int) -> Iterator[None]:
    yield


def no_json(x: Any = {1}) -> Iterator[None]:  # noqa: B006
    yield


class Plain:
    pass


class Async:
    async def __aenter__(self) -> None: ...
    async def __aexit__(self, *details: object) -> None: ...


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (no_generator, "`no_generator` is no manager: it is neither"),
        (coroutine, "`coroutine` is async"),
        (async_generator, "`async_generator` is async"),
        (any_names, "`\\*\\*names` of `any_names` has no names"),
        (no_json, "the default of `x` of `no_json` is of type `set`"),
        (Plain, "`Plain` is no context manager"),
        (Async, "`Async` is an async context manager"),
    ],
)
def test_what_is_no_manager_is_refused_where_it_is_made(made: Any, why: str) -> None:
    with pytest.raises(TypeError, match=why):
        manager(made)


def test_two_of_one_name_are_refused() -> None:
    def offer() -> None:
        @manager(name="one")
        def gives() -> Iterator[None]:
            yield

    offer()
    with pytest.raises(ValueError, match="two managers `one`"):
        offer()


def test_a_checkpoint_is_left_and_recovered_from() -> None:
    released: list[Any] = []

    @manager(recover=released.append)
    def holds(name: str) -> Iterator[None]:
        checkpoint({"name": name})
        yield

    assert play("holds", name="x") is None
    assert left == ['{"name":"x"}']
    assert recover("holds", left[0]) is None
    assert released == [{"name": "x"}]


def test_a_manager_without_recovery_says_so() -> None:
    @manager
    def holds() -> Iterator[None]:
        yield

    found = recover("holds", "{}")
    assert found is not None
    assert found.kinds[-1] == "unsupported"
