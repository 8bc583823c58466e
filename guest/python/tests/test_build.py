"""What keeps a plugin from being built is one message, which says where."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ambit_guest import component, toolchain
from ambit_guest.build import _told, build, wit
from ambit_guest.problem import Problem

SOURCE = Path(__file__).parents[1] / "src"
MANAGER = "from ambit_guest import manager\n"


def problem(folder: Path, app: str) -> str:
    """What the build says of an app, which is loaded as it is in the guest."""
    (folder / "app.py").write_text(app)
    load = f"import sys; sys.path[:0] = [{str(folder)!r}, {str(SOURCE)!r}]; from ambit_guest.load import load; load('app')"
    done = subprocess.run([sys.executable, "-c", load], text=True, capture_output=True)
    assert done.returncode == 1
    told = done.stderr.replace(str(folder), "/0")
    return _told(told, Path("app.py"), [Path("here")])


@pytest.mark.parametrize(
    ("app", "expected"),
    [
        ("", "app.py: it offers no manager: put `@manager` above a function with a `yield`"),
        ("def f(:\n", "here/app.py:1:7: invalid syntax"),
        (
            "\nimport nowhere",
            "here/app.py:2: there is no module `nowhere` for the guest; it finds pure Python that is installed here",
        ),
        ("1 / 0", "here/app.py:1: ZeroDivisionError: division by zero"),
        (
            f"{MANAGER}def f(): yield\nmanager(f)\nmanager(f)",
            "here/app.py:4: there are two managers `f`: give one another name by `@manager(name=…)`",
        ),
        (
            f"{MANAGER}def f(x=b''): yield\nmanager(f)",
            "here/app.py:3: the default of `x` of `f` is of type `bytes`, which JSON has not",
        ),
    ],
)
def test_a_problem_of_the_app_is_told(tmp_path: Path, app: str, expected: str) -> None:
    assert problem(tmp_path, app) == expected


def test_the_place_is_the_authors_own_where_it_fails_in_the_library(tmp_path: Path) -> None:
    assert problem(tmp_path, "\nimport json\njson.loads('')").startswith("here/app.py:3: JSONDecodeError: ")
    assert problem(tmp_path, "\nimport ast\nast.parse('f(')").startswith("here/app.py:3: SyntaxError: ")
    (tmp_path / "helper.py").write_text("\nimport importlib; importlib.import_module('nowhere')")
    assert problem(tmp_path, "import helper").startswith("here/helper.py:2: there is no module `nowhere`")


def test_what_is_no_module_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="is no module of Python"):
        build(tmp_path, tmp_path / "app.wasm")


@pytest.mark.parametrize(
    ("name", "why"),
    [("json.py", "of Python's own library"), ("wit_world.py", "which makes a plugin of it")],
)
def test_an_app_that_would_shadow_a_module_is_refused(tmp_path: Path, name: str, why: str) -> None:
    app = tmp_path / name
    app.touch()
    with pytest.raises(Problem, match=f"would take the place of the module `{app.stem}`.* {why}.*: give it another name"):
        build(app, tmp_path / "app.wasm")


def test_a_module_beside_the_app_that_shadows_is_told_where_nothing_else_is(tmp_path: Path) -> None:
    (tmp_path / "json.py").touch()
    (tmp_path / "grp").mkdir()
    (tmp_path / "grp" / "__init__.py").touch()
    told = _told("TypeError: 'module' object is not callable", Path("app.py"), [Path("glue"), tmp_path])
    assert f"`grp`, `json` in {tmp_path} is imported in place of Python's own" in told
    assert "in place of" not in _told("it broke", Path("app.py"), [Path("glue"), Path("nowhere")])


def test_a_python_without_venv_is_told_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMBIT_TOOLS", str(tmp_path))
    monkeypatch.setattr(toolchain, "_version_here", lambda: None)
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(Problem, match="install what its system calls `python3-venv`"):
        toolchain.find()


def test_the_contract_is_that_of_the_checkout() -> None:
    assert (wit() / "managers.wit").exists()


def test_the_interfaces_of_a_component_are_read() -> None:
    def named(name: str) -> bytes:
        return bytes([0, len(name)]) + name.encode()

    imports = bytes([2]) + named("wasi:a/b@1.0.0") + b"\x05\0" + named("c:d/e") + b"\x05\x01"
    exports = bytes([2]) + named("f") + b"\x05\0\0" + named("g") + b"\x05\x01\x01\x05\0"
    sections = b"".join(bytes([kind, len(body)]) + body for kind, body in ((0, b"skipped"), (10, imports), (11, exports)))
    assert component.interfaces(component.HEADER + sections) == {10: ["wasi:a/b@1.0.0", "c:d/e"], 11: ["f", "g"]}
