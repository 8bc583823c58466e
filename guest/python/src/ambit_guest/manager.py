"""What `@manager` makes of a generator function, or of a class: a `Manager` among those that the plugin offers."""

from __future__ import annotations

import contextlib
import inspect
import json
import types
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from inspect import Parameter as Declared
from typing import Any, ParamSpec, TypeVar, overload

from . import annotated
from .classes import InvalidArgument
from .value import write

P = ParamSpec("P")
T = TypeVar("T")
C = TypeVar("C", bound=AbstractContextManager[Any])

Recover = Callable[[Any], object]


@dataclass(frozen=True)
class Parameter:
    """A parameter of a manager."""

    name: str
    doc: str
    initial: str | None
    """Its default, as JSON."""
    annotation: Any
    how: Any
    """In which of Python's ways it is given."""


@dataclass(frozen=True)
class Manager:
    """A manager that the plugin offers."""

    name: str
    doc: str
    parameters: tuple[Parameter, ...]
    make: Callable[..., AbstractContextManager[Any]]
    recover: Recover | None

    @cached_property
    def _names(self) -> dict[str, None]:
        return dict.fromkeys(each.name for each in self.parameters)

    def of(self, inputs: str) -> AbstractContextManager[Any]:
        """Makes a context manager of arguments, a JSON object: an `InvalidArgument` where that cannot be."""
        given = json.loads(inputs)
        if not isinstance(given, dict):
            raise InvalidArgument("the arguments are no JSON object")
        for name in given:
            if name not in self._names:
                known = ", ".join(f"`{each}`" for each in self._names) or "no arguments"
                raise InvalidArgument(f"there is no argument `{name}`: `{self.name}` takes {known}", name)
        positional: list[Any] = []
        named: dict[str, Any] = {}
        # What `*rest` is given comes after all that stand ahead of it.
        spreads = any(each.how is Declared.VAR_POSITIONAL and given.get(each.name) for each in self.parameters)
        by_position = (Declared.POSITIONAL_ONLY, Declared.POSITIONAL_OR_KEYWORD) if spreads else (Declared.POSITIONAL_ONLY,)
        for parameter in self.parameters:
            if parameter.name not in given:
                if parameter.initial is None:
                    name = parameter.name
                    raise InvalidArgument(f"argument `{name}` is missing, and has no default", name)
                if parameter.how in by_position:
                    given[parameter.name] = json.loads(parameter.initial)
                else:
                    continue
            value = _read(parameter, given[parameter.name])
            if parameter.how in by_position:
                positional.append(value)
            elif parameter.how is Declared.VAR_POSITIONAL:
                positional.extend(value)
            else:
                named[parameter.name] = value
        return self.make(*positional, **named)


offered: dict[str, Manager] = {}
"""The managers of the plugin, by name."""


@overload
def manager(made: type[C], /) -> type[C]: ...


@overload
def manager(made: Callable[P, Iterator[T]], /) -> Callable[P, contextlib._GeneratorContextManager[T]]: ...


@overload
def manager(*, name: str | None = None, recover: Recover | None = None) -> Callable[[Any], Any]: ...


def manager(made: Any = None, /, *, name: str | None = None, recover: Recover | None = None) -> Any:
    """Offers a manager to hosts: a generator function with one `yield`, or a class with `__enter__` and `__exit__`.

    A function becomes what `contextlib.contextmanager` makes of it, and a class stays what it is, so that both work in a `with`
    of Python's own as well. The signature says which arguments hosts give, and the docstring what the manager does.

    `name` is for hosts, where it is not that of the function. `recover` is a function that releases what a lost scope held, given
    the last `checkpoint` that it left; it may run twice, or though nothing was acquired.

    A `TypeError` says what cannot be a manager, or a parameter of one; a `ValueError`, that another has its name.
    """
    if made is None:
        return lambda made: _offer(made, name, recover)
    return _offer(made, name, recover)


def _offer(made: Any, name: str | None, recover: Recover | None) -> Any:
    if name is None:
        name = str(getattr(made, "__name__", made))
    make = _context_manager(made, name)
    if name in offered:
        raise ValueError(f"there are two managers `{name}`: give one another name by `@manager(name=…)`")
    doc = inspect.cleandoc(made.__doc__ or "")
    offered[name] = Manager(name, doc, tuple(_parameters(made, name)), make, recover)
    return make


def _context_manager(made: Any, name: str) -> Any:
    if isinstance(made, type):
        if hasattr(made, "__enter__") and hasattr(made, "__exit__"):
            return made
        if hasattr(made, "__aenter__"):
            raise TypeError(f"`{name}` is an async context manager; managers cannot be async yet: define `__enter__`")
        raise TypeError(f"`{name}` is no context manager: it lacks `__enter__` or `__exit__`")
    if inspect.isasyncgenfunction(made) or inspect.iscoroutinefunction(made):
        raise TypeError(f"`{name}` is async, and managers cannot be yet: write `def` in place of `async def`")
    if not inspect.isgeneratorfunction(inspect.unwrap(made) if callable(made) else made):
        raise TypeError(f"`{name}` is no manager: it is neither a function with a `yield` nor a class with `__enter__`")
    return contextlib.contextmanager(made)


def _parameters(made: Any, manager: str) -> Iterator[Parameter]:
    resolved = annotated.resolved(made)
    for declared in inspect.signature(made).parameters.values():
        if declared.kind is Declared.VAR_KEYWORD:
            raise TypeError(f"`**{declared.name}` of `{manager}` has no names that hosts could know: name each parameter")
        annotation: Any = resolved.get(declared.name, Any)
        doc = annotated.doc(annotation)
        initial = None
        if declared.kind is Declared.VAR_POSITIONAL:
            annotation, initial = types.GenericAlias(list, (annotation,)), "[]"
        elif declared.default is not Declared.empty:
            initial = write(declared.default, f"the default of `{declared.name}` of `{manager}`")
        yield Parameter(declared.name, doc, initial, annotation, declared.kind)


def _read(parameter: Parameter, value: Any) -> Any:
    try:
        return annotated.read(value, parameter.annotation)
    except annotated.Mismatch as mismatch:
        at = f" at `{mismatch.place}`" if mismatch.place else ""
        message = f"argument `{parameter.name}`{at}: {mismatch.why}"
    raise InvalidArgument(message, parameter.name)
