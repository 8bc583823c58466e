"""The pinned componentize-py, which has CPython for WebAssembly in it: found, or installed once."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .problem import Problem

VERSION = "0.25.1"
REQUIREMENT = f"componentize-py=={VERSION}"


def find() -> Path:
    """Its program: that of this environment, where it is of the version, else one in a cache of our own."""
    beside = Path(sys.executable).with_name("componentize-py")
    if beside.exists() and _version_here() == VERSION:
        return beside
    # What is installed is of no use to another version of Python.
    folder = _cache() / f"{REQUIREMENT.replace('==', '-')}-{sys.implementation.cache_tag}"
    program = folder / ("Scripts" if os.name == "nt" else "bin") / "componentize-py"
    with _alone(folder):
        if not (folder / "complete").exists():
            _install(folder)
    return program


def _version_here() -> str | None:
    try:
        return importlib.metadata.version("componentize-py")
    except importlib.metadata.PackageNotFoundError:
        return None


def _cache() -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get("AMBIT_TOOLS") or cache / "ambit-tools").absolute()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Other builds wait until this one has installed; the system ends that, however this one ends."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(folder.with_name(f"{folder.name}.lock"), "w") as lock:
        if sys.platform != "win32":
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _install(folder: Path) -> None:
    if importlib.util.find_spec("ensurepip") is None:
        raise Problem("this Python makes no virtual environments: install what its system calls `python3-venv`")
    print(f"==> Installing {REQUIREMENT} into {folder} (once, about 40 MB)", file=sys.stderr)
    try:
        venv.create(folder, with_pip=True, clear=True)
        pip: list[str | Path] = [_python(folder), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", REQUIREMENT]
        subprocess.run(pip, check=True, stderr=subprocess.PIPE, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        said = str(getattr(error, "stderr", None) or getattr(error, "output", None) or error)
        why = said.strip().splitlines()[-1] if said.strip() else str(error)
        raise Problem(
            f"{REQUIREMENT} is missing, and could not be installed: {why}\n"
            f"  `pip install {REQUIREMENT}` beside ambit-guest is as good"
        ) from None
    (folder / "complete").touch()


def _python(folder: Path) -> Path:
    return folder / ("Scripts" if os.name == "nt" else "bin") / "python"
