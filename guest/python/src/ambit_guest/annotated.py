"""What an annotation says of a value that comes as JSON."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePath
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from .value import show


class Mismatch(Exception):
    """A value that is not what an annotation says: where, and why."""

    def __init__(self, place: str, why: str) -> None:
        """`place` is empty for the whole value, else as `.name[2]`."""
        super().__init__(place, why)
        self.place, self.why = place, why


def read(value: Any, annotation: Any, place: str = "") -> Any:
    """The value as the annotation wants it: a `float` for an integer, a path for its text, else as it is.

    Annotations that are not simple are not checked.
    """
    if annotation is None or isinstance(annotation, type):
        if annotation in _SIMPLE:
            return _SIMPLE[annotation](value, place)
        if isinstance(annotation, type) and issubclass(annotation, PurePath):
            return annotation(_expect(str)(value, place))
    origin, arguments = get_origin(annotation) or annotation, get_args(annotation)
    if origin is Annotated:
        return read(value, arguments[0], place)
    if origin in (Union, types.UnionType):
        return _one_of(value, annotation, arguments, place)
    if origin is Literal:
        if not any(value == each and type(value) is type(each) for each in arguments):
            raise Mismatch(place, f"expected {' or '.join(map(show, arguments))}, got {show(value)}")
        return value
    if origin in (list, Sequence):
        items = _expect(list)(value, place)
        return [read(item, arguments[0], f"{place}[{at}]") for at, item in enumerate(items)] if arguments else items
    if origin in (dict, Mapping):
        entries = _expect(dict)(value, place)
        return {key: read(each, arguments[1], f"{place}.{key}") for key, each in entries.items()} if arguments else entries
    return value


def doc(annotation: Any) -> str:
    """What is said of a parameter: the text in `Annotated[int, "how many are kept"]`."""
    texts = annotation.__metadata__ if get_origin(annotation) is Annotated else ()
    return next((text for text in texts if isinstance(text, str)), "")


def _expect(wanted: type, *also: type) -> Callable[[Any, str], Any]:
    def read(value: Any, place: str) -> Any:
        # A bool is an int in Python, and none in JSON.
        if type(value) is not wanted and type(value) not in also:
            raise Mismatch(place, f"expected {_shown(wanted)}, got {show(value)}")
        return value if type(value) is wanted else wanted(value)

    return read


_SIMPLE: dict[Any, Callable[[Any, str], Any]] = {
    bool: _expect(bool),
    int: _expect(int),
    float: _expect(float, int),
    str: _expect(str),
    None: _expect(type(None)),
    type(None): _expect(type(None)),
}


def _one_of(value: Any, annotation: Any, members: tuple[Any, ...], place: str) -> Any:
    # An integer is first of all an `int`, also for `float | int`.
    for member in sorted(members, key=lambda member: member is not type(value)):
        try:
            return read(value, member, place)
        except Mismatch as mismatch:
            if mismatch.place != place and get_origin(member) in (list, dict) and isinstance(value, get_origin(member)):
                raise
    raise Mismatch(place, f"expected {' or '.join(map(_shown, members))}, got {show(value)}")


def _shown(annotation: Any) -> str:
    words = {str: "a string", int: "an integer", float: "a number", bool: "true or false", type(None): "null"}
    words |= {list: "a list", dict: "an object"}
    origin = get_origin(annotation) or annotation
    if isinstance(origin, type) and issubclass(origin, PurePath):
        return words[str]
    if origin is Literal:
        return " or ".join(map(show, get_args(annotation)))
    return words.get(origin) or getattr(annotation, "__name__", None) or str(annotation).replace("typing.", "")


def resolved(function: Callable[..., object]) -> dict[str, Any]:
    """The annotations of a function, read where they are texts; none where they name what is not there at run time."""
    of: Any = getattr(function, "__init__", None) if isinstance(function, type) else function
    try:
        return typing.get_type_hints(of, include_extras=True)
    except Exception:
        return {}
