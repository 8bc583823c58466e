"""The manager `archive` of the plugin `zip`."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from types import ModuleType
from zipfile import ZipFile

import pytest

from conftest import left

PLUGIN = Path(__file__).parents[1] / "plugins" / "zip.py"


@pytest.fixture
def plugin() -> ModuleType:
    spec = importlib.util.spec_from_file_location("zip_plugin", PLUGIN)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def content(path: Path) -> dict[str, bytes]:
    with ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_what_the_body_leaves_is_the_archive(plugin: ModuleType, tmp_path: Path) -> None:
    with plugin.archive(tmp_path / "out.zip") as folder:
        (folder / "a").mkdir()
        (folder / "a" / "b.txt").write_text("b")
    assert content(tmp_path / "out.zip") == {"a/": b"", "a/b.txt": b"b"}
    assert os.listdir(tmp_path) == ["out.zip"]


def test_a_body_that_fails_leaves_the_archive_as_it_was(plugin: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "out.zip"
    path.write_bytes(b"as it was")
    with pytest.raises(LookupError), plugin.archive(path) as folder:
        (folder / "b.txt").write_text("b")
        raise LookupError
    assert path.read_bytes() == b"as it was"
    assert os.listdir(tmp_path) == ["out.zip"]


def test_an_archive_is_edited(plugin: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "out.zip"
    with plugin.archive(path) as folder:
        (folder / "a.txt").write_text("a")
        (folder / "b.txt").write_text("b")
    with plugin.archive(path, edit=True) as folder:
        (folder / "a.txt").unlink()
        (folder / "c.txt").write_text("c")
    assert content(path) == {"b.txt": b"b", "c.txt": b"c"}


def test_what_a_lost_scope_held_is_removed_and_may_be_gone(plugin: ModuleType, tmp_path: Path) -> None:
    lost = tmp_path / ".out.zip.0a1b2c3d"
    lost.mkdir()
    plugin.draft(lost).touch()
    plugin.remove(str(lost))
    plugin.remove(str(lost))
    assert os.listdir(tmp_path) == []
    assert left == []
