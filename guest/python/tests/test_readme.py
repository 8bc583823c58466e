"""What the README shows runs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from conftest import left
from host import refused

README = Path(__file__).parents[1] / "README.md"


def shown() -> dict[str, Any]:
    """What its blocks define."""
    names: dict[str, Any] = {"__name__": "readme"}
    for block in re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL):
        exec(block, names)
    return names


def test_the_managers_of_the_readme_hold_and_release(tmp_path: Path) -> None:
    managers = shown()
    for name in ("lock", "scratch"):
        manager = managers[name]
        with manager(tmp_path / name) as path:
            assert path.exists()
            with pytest.raises(FileExistsError), manager(path):
                pass
        assert not (tmp_path / name).exists()


def test_what_the_manager_of_the_readme_did_not_make_is_not_left_to_its_recovery(tmp_path: Path) -> None:
    shown()
    assert refused("scratch", path=str(tmp_path)).kinds[0] == "python:builtins.FileExistsError"
    assert left == []
