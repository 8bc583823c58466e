"""Values as they cross: JSON."""

from __future__ import annotations

import json
import math
import os
from typing import Any

DEEPEST = 127
"""Hosts read no JSON that is nested deeper."""


class NotJson(TypeError):
    """A value that JSON cannot hold."""

    __module__ = "ambit_guest"


def write(value: object, what: str) -> str:
    """The value as JSON, a path as its text. `what` is what the error calls it, where that cannot be: a `NotJson`."""
    try:
        text = _WRITER.encode(value)
        text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise NotJson(_complaint(value, what) or f"{what} is not JSON: {error}") from None
    # Only what has so many brackets can be so deep.
    if text.count("[") + text.count("{") > DEEPEST and (complaint := _complaint(value, what)):
        raise NotJson(complaint)
    return text


def show(value: object) -> str:
    """A value of JSON in a message: its text, cut where it is long."""
    text = json.dumps(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


def plain(text: str) -> str:
    """The text, with what UTF-8 cannot hold escaped: parts of paths that are no text."""
    return text.encode(errors="backslashreplace").decode()


def _text(value: object) -> str:
    if isinstance(value, os.PathLike):
        path = os.fspath(value)
        if isinstance(path, str):
            return path
    raise TypeError


_WRITER = json.JSONEncoder(allow_nan=False, ensure_ascii=False, separators=(",", ":"), default=_text)


def _complaint(value: Any, what: str) -> str | None:
    """What is wrong with the value, and where in it."""
    try:
        return _flaw(value, what)
    except _TooDeepError:
        return f"{what} is nested more than {DEEPEST} deep: most hosts read no more"


class _TooDeepError(Exception):
    """Where that is would be a long path."""


def _flaw(value: Any, where: str, around: tuple[int, ...] = ()) -> str | None:
    if id(value) in around:
        return f"{where} contains itself, which JSON cannot"
    inner = (*around, id(value))
    if len(inner) > DEEPEST and isinstance(value, (dict, list, tuple)):
        raise _TooDeepError
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, (str, int, float, bool, type(None))):
                return f"a key of {where} is {_named(key)}; keys of JSON are texts"
        parts = [(f"{where}[{key!r}]", each) for key, each in value.items()]
    elif isinstance(value, (list, tuple)):
        parts = [(f"{where}[{at}]", each) for at, each in enumerate(value)]
    elif isinstance(value, float) and not math.isfinite(value):
        return f"{where} is {value}, which JSON has not"
    elif isinstance(value, (str, os.PathLike)):
        return None if plain(os.fspath(value)) == os.fspath(value) else f"{where} is {value!r}, which is no text"
    elif value is None or isinstance(value, (bool, int, float)):
        return None
    else:
        return f"{where} is {_named(value)}, which JSON has not"
    return next((found for name, each in parts if (found := _flaw(each, name, inner)) is not None), None)


def _named(value: object) -> str:
    return f"of type `{type(value).__name__}`"
