"""Makes a component of an app."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from . import component, toolchain
from .load import MARK
from .problem import Problem

PLUGIN = "ambit_plugin"
MANAGERS = "ambit_managers"

OURS = (
    *(PLUGIN, MANAGERS, "ambit_guest", "wit_world"),
    *(f"componentize_py_{part}" for part in ("async_support", "runtime", "types")),
)
"""The modules that are in each plugin, besides Python's library and the app."""

GLUE = {
    PLUGIN: "from ambit_guest.load import load\nload({app!r})\n"
    "from ambit_guest.export import Managers as AmbitManagers, Recovery\n",
    MANAGERS: "from ambit_guest.export import Scope\n",
}


def build(app: Path, output: Path) -> None:
    """Makes the plugin `output` of the module at `app`: a `Problem` says what keeps it from that."""
    module, folder = _module(app)
    program = toolchain.find()
    if sys.stderr.isatty():
        print(f"==> Building {output.name} from {app} (about 8 seconds)", file=sys.stderr)
    with TemporaryDirectory() as made:
        for name, text in GLUE.items():
            Path(made, f"{name}.py").write_text(text.format(app=module))
        paths = [Path(made), folder, Path(__file__).parents[1]]
        draft = Path(made, "plugin.wasm")
        command: list[str | Path] = [program, "--quiet", "--wit-path", wit(), "--world", "recoverable"]
        command += ["--export-interface-name", f"ambit:scope/managers@0.1.0={MANAGERS}", "componentize", PLUGIN]
        command += [part for path in paths for part in ("--python-path", path)]
        done = subprocess.run([*command, "--output", draft], env=_environment(), text=True, capture_output=True)
        if done.returncode != 0 or not draft.exists():
            raise Problem(_told(done.stdout + done.stderr, app, paths))
        component.check(draft)
        _put(draft.read_bytes(), output)


def _put(plugin: bytes, output: Path) -> None:
    """In one step: a host may read the one that is there."""
    draft = output.with_name(f"{output.name}.{os.getpid()}")
    try:
        draft.write_bytes(plugin)
        draft.replace(output)
    finally:
        draft.unlink(missing_ok=True)


def wit() -> Path:
    """The contract: that of the package, or of the checkout that it is in."""
    package = Path(__file__).parent
    places = [package / "wit", *(above / "wit" for above in package.parents[2:4])]
    for place in places:
        if (place / "plugin.wit").exists():
            return place
    raise Problem(f"the contract is missing: {places[0]} belongs to ambit-guest; install that anew")


def _module(app: Path) -> tuple[str, Path]:
    """Its name, and the folder that it is imported from."""
    path = app.resolve()
    if path.is_dir() and (path / "__init__.py").exists():
        return _free(path.name, app), path.parent
    if path.suffix == ".py" and path.is_file():
        return _free(path.stem, app), path.parent
    raise Problem(f"{app} is no module of Python: neither a file that ends in .py nor a folder with an __init__.py")


def _free(name: str, app: Path) -> str:
    """The app is imported by its name, ahead of all else that has it."""
    if name in sys.stdlib_module_names:
        raise Problem(f"{app} would take the place of the module `{name}` of Python's own library: give it another name")
    if name in OURS:
        raise Problem(f"{app} would take the place of the module `{name}`, which makes a plugin of it: give it another name")
    return name


def _shadows(folder: Path) -> str:
    """What lies beside an app that fails for no reason of its own, and is imported in place of a module of Python's library."""
    found = {each.stem for each in folder.glob("*.py")} | {each.parent.name for each in folder.glob("*/__init__.py")}
    names = ", ".join(f"`{name}`" for name in sorted(found & sys.stdlib_module_names))
    return f"\n  what is called {names} in {folder} is imported in place of Python's own: give it another name" if names else ""


def _environment() -> dict[str, str]:
    """Packages are found where this runs, not where componentize-py is installed."""
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    return environment | ({"VIRTUAL_ENV": sys.prefix} if sys.prefix != sys.base_prefix else {})


def _told(output: str, app: Path, paths: list[Path]) -> str:
    """The problem that the guest told of while it loaded the app, or what else was said."""
    for line in output.splitlines():
        _, mark, told = line.partition(MARK)
        if mark:
            problem = json.loads(told)
            at = ":".join(map(str, [_here(problem["file"], paths) or app, *problem["place"]]))
            return f"{at}: {problem['text']}"
    said = output.partition("Stack backtrace:")[0].strip()
    return f"componentize-py failed:\n{said}{_shadows(paths[1])}"


def _here(file: str | None, paths: list[Path]) -> Path | None:
    """Where a file of the guest lies: it sees the folder of each path by its number."""
    mounted = re.fullmatch(r"/(\d+)/(.*)", file or "")
    if mounted is None or int(mounted[1]) >= len(paths):
        return None
    found = paths[int(mounted[1])] / mounted[2]
    return Path(os.path.relpath(found)) if found.is_relative_to(Path.cwd()) else found
