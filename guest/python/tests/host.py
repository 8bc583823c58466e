"""What a host does with a plugin, for tests."""

from __future__ import annotations

import json
from typing import Any

from ambit_guest.export import Managers, Recovery, Scope
from conftest import Err, Error, Raised


def error(*kinds: str, message: str = "boom", **more: Any) -> Error:
    return Error(list(kinds), message, **more)


def enter(manager: str, **inputs: Any) -> tuple[Scope, Any]:
    """Enters it, and gives the scope and its value."""
    scope, value = Scope.enter(manager, json.dumps(inputs))
    return scope, json.loads(value)


def refused(manager: str, **inputs: Any) -> Error:
    """The error that it raises when it is entered."""
    try:
        Scope.enter(manager, json.dumps(inputs))
    except Err as raised:
        return _taken(raised.value)
    raise AssertionError("it was entered")


def leave(scope: Scope, failure: Error | None = None) -> Error | None:
    """Exits it, and gives the error that it answers with."""
    try:
        scope.exit(Raised.of(failure))
    except Err as raised:
        return _taken(raised.value)
    return None


def value_of(manager: str, **inputs: Any) -> Any:
    """Its value, of a scope that ends well."""
    scope, value = enter(manager, **inputs)
    assert leave(scope) is None
    return value


def play(manager: str, failure: Error | None = None, **inputs: Any) -> Error | None:
    """Enters it and exits it."""
    return leave(enter(manager, **inputs)[0], failure)


def recover(manager: str, state: str) -> Error | None:
    try:
        Recovery().recover(manager, state)
    except Err as raised:
        return _taken(raised.value)
    return None


def describe() -> Any:
    return Managers().describe()


def _taken(raised: Raised) -> Error:
    error = raised.it()
    raised.__exit__(None, None, None)
    return error
