"""Errors that come of being in a component say so."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from ambit_guest import manager
from host import error, play, refused


@pytest.mark.skipif(sys.version_info < (3, 11), reason="no notes")
def test_a_module_that_is_missing_is_to_be_imported_at_the_top() -> None:
    @manager
    def imports() -> Iterator[None]:
        import nothing_of_that_name  # type: ignore[import-not-found]  # noqa: F401

        yield

    assert "at the top of the module" in refused("imports").notes[0]


def test_a_module_that_the_body_misses_is_none_of_the_managers() -> None:
    @manager
    def lets_go() -> Iterator[None]:
        yield

    given = error("python:builtins.ModuleNotFoundError")
    assert play("lets_go", given) is given
    assert given.notes == []


def test_a_file_out_of_reach_has_the_kind_of_a_right_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "wasi")
    monkeypatch.setattr("os.path.exists", lambda path: False)

    @manager
    def opens() -> Iterator[None]:
        with open("/no/such"):
            yield

    found = refused("opens")
    assert found.kinds[-3:] == ["not-granted:dir:/no", "not-granted", "not-found"]
    assert found.message == "No such file or directory: '/no/such'"
