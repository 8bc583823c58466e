"""A host in memory: what componentize-py makes of the contract, for tests that run without a component."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest


@dataclass(eq=False)
class Error:
    """An error of the host's."""

    kinds: list[str]
    message: str
    family: str = "error"
    members: list[Error] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    cause: Error | None = None
    context: Error | None = None
    hides_context: bool = False
    cut: bool = False


class Raised:
    """A handle of one. `alive` counts those that were not given back."""

    alive: set[Raised] = set()

    def __init__(self, kinds: list[str], message: str) -> None:
        self._hold(Error(kinds, message))

    def _hold(self, error: Error) -> None:
        self.error = error
        Raised.alive.add(self)

    @classmethod
    def of(cls, error: Error | None) -> Any:
        if error is None:
            return None
        raised = cls.__new__(cls)
        raised._hold(error)
        return raised

    @classmethod
    def broken(cls, rule: str) -> Raised:
        return Raised._new(Error([rule, "protocol"], rule.replace("-", " "), "fault"))

    @classmethod
    def group(cls, kinds: list[str], message: str, members: list[Raised]) -> Raised:
        return Raised._new(Error(kinds, message, members=[each.it() for each in members]))

    @classmethod
    def _new(cls, error: Error) -> Raised:
        raised: Raised = cls.of(error)
        return raised

    def it(self) -> Error:
        assert self in Raised.alive, "a handle that was given back"
        return self.error

    def family(self) -> str:
        return self.it().family

    def kinds(self) -> list[str]:
        return list(self.it().kinds)

    def message(self) -> str:
        return self.it().message

    def is_same(self, other: Raised) -> bool:
        return self.it() is other.it()

    def members(self) -> list[Raised]:
        return [Raised._new(each) for each in self.it().members]

    def notes(self) -> list[str]:
        return list(self.it().notes)

    def add_note(self, note: str) -> None:
        self.it().notes.append(note)

    def cause(self) -> Raised | None:
        return Raised.of(self.it().cause)  # type: ignore[no-any-return]

    def set_cause(self, cause: Raised | None) -> None:
        self.it().cause, self.it().hides_context = (cause.it() if cause else None), True

    def context(self) -> Raised | None:
        return Raised.of(self.it().context)  # type: ignore[no-any-return]

    def set_context(self, context: Raised | None) -> None:
        self.it().context, self.it().cut = (context.it() if context else None), context is None

    def hides_context(self) -> bool:
        return self.it().hides_context

    def __exit__(self, *details: object) -> None:
        Raised.alive.discard(self)


class Err(Exception):
    def __init__(self, value: Raised) -> None:
        super().__init__(value)
        self.value = value


@dataclass
class Parameter:
    name: str
    doc: str
    initial: str | None


@dataclass
class Manager:
    name: str
    doc: str
    parameters: list[Parameter]


def _module(name: str, **contents: Any) -> None:
    module = types.ModuleType(name)
    vars(module).update(contents)
    sys.modules[name] = module


left: list[str] = []
_module("componentize_py_types", Err=Err)
_module("wit_world")
_module("wit_world.imports")
_module("wit_world.exports")
_module("wit_world.imports.errors", Raised=Raised)
_module("wit_world.imports.checkpoints", leave=left.append)
_module("wit_world.exports.ambit_managers", Manager=Manager, Parameter=Parameter)
for package, name in (("imports", "errors"), ("imports", "checkpoints"), ("exports", "ambit_managers")):
    setattr(sys.modules[f"wit_world.{package}"], name, sys.modules[f"wit_world.{package}.{name}"])


@pytest.fixture(autouse=True)
def each_test_offers_its_own() -> Iterator[None]:
    """And gives each handle back."""
    from ambit_guest.manager import offered

    offered.clear()
    left.clear()
    yield
    assert not Raised.alive, [each.error for each in Raised.alive]
