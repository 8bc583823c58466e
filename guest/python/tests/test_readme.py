"""What the README shows runs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

README = Path(__file__).parents[1] / "README.md"


def test_the_managers_of_the_readme_hold_and_release(tmp_path: Path) -> None:
    shown: dict[str, Any] = {"__name__": "readme"}
    for block in re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL):
        exec(block, shown)
    for name in ("lock", "scratch"):
        manager = shown[name]
        with manager(tmp_path / name) as path:
            assert path.exists()
            with pytest.raises(FileExistsError), manager(path):
                pass
        assert not (tmp_path / name).exists()
