"""Loads an app while its component is built, and says what is wrong with it."""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
from traceback import extract_tb

from .manager import offered
from .output import redirect

MARK = "ambit-guest problem: "
"""What the line begins with that tells the build of a problem: JSON, with `file`, `place` and `text`."""


LAZY = (
    "_strptime",
    *(f"encodings.{name}" for name in ("ascii", "cp437", "cp1252", "idna", "latin_1", "utf_8_sig")),
    *(f"encodings.utf_{bits}{order}" for bits in (16, 32) for order in ("", "_le", "_be")),
)
"""What Python's library imports only when it is needed. In a component it is too late then: nothing can be imported."""


def load(app: str) -> None:
    """Imports the module. A problem is told on stderr, and ends the process."""
    redirect()
    try:
        for name in (*LAZY, app):
            importlib.import_module(name)
    except BaseException as error:
        _tell(*_problem(error, _folder(app)))
    if not offered:
        _tell(None, [], "it offers no manager: put `@manager` above a function with a `yield`")


def _folder(app: str) -> str:
    """Where the app is imported from: what lies there is the author's own, unlike Python's library and packages."""
    spec = importlib.util.find_spec(app)
    origin = (spec and spec.origin) or ""
    return origin.rsplit("/", 2 if spec and spec.submodule_search_locations else 1)[0] + "/"


def _problem(error: BaseException, own: str) -> tuple[str | None, list[int], str]:
    """In which file of the author's own, at which line and column, and what it is."""
    if isinstance(error, SyntaxError) and (error.filename or "").startswith(own):
        return error.filename, [each for each in (error.lineno, error.offset) if each is not None], error.msg
    package = __file__.rpartition("/")[0]
    frames = extract_tb(error.__traceback__)
    apps = [frame for frame in frames if frame.filename.startswith(own)]
    file, place = (apps[-1].filename, [apps[-1].lineno or 0]) if apps else (None, [])
    if isinstance(error, ModuleNotFoundError):
        return file, place, f"there is no module `{error.name}` for the guest; it finds pure Python that is installed here"
    of_ours = frames[-1].filename.startswith(package)
    return file, place, str(error) if of_ours else f"{type(error).__name__}: {error}"


def _tell(file: str | None, place: list[int], text: str) -> None:
    print(MARK + json.dumps({"file": file, "place": place, "text": text}), file=sys.stderr, flush=True)
    raise SystemExit(1)
