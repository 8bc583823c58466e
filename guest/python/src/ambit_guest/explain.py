"""What an error of Python's does not say: that it comes of being in a component."""

from __future__ import annotations

import os
import sys
from pathlib import Path

IMPORTS = "a plugin imports nothing when it runs: import it at the top of the module, so that it is there when that is built"


def explain(error: BaseException) -> None:
    """Adds a note to an import that cannot be, and the right that is missing to a file that is out of reach."""
    if "__raised__" in vars(error):
        return  # it is the host's
    if isinstance(error, ModuleNotFoundError):
        error.add_note(IMPORTS)
    elif isinstance(error, FileNotFoundError) and isinstance(error.filename, str) and not hasattr(error, "__kinds__"):
        wanted = Path(error.filename).parent
        if sys.platform == "wasi" and not _granted(wanted):
            vars(error)["__kinds__"] = (f"not-granted:dir:{wanted}", "not-granted")


def _granted(directory: Path) -> bool:
    """Whether a directory lies in one that was granted: in those that were not, WASI says that nothing is there."""
    return any(os.path.exists(above) for above in (directory, *directory.parents))
