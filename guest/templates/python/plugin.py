"""A plugin with one manager, `draft`."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from ambit_guest import checkpoint, manager


def discard(draft: str | Path) -> None:
    """Removes a draft. It may run twice, or though there never was one."""
    Path(draft).unlink(missing_ok=True)


@manager(recover=discard)
def draft(path: Annotated[Path, "The file."]) -> Iterator[Path]:
    """A file that is written whole or not at all.

    The value is the path of a draft beside it. If the body succeeds, the draft becomes the file; if it fails, the draft is
    removed, and the file stays as it was.
    """
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    checkpoint(draft)  #         what is released though `ambit` is killed
    draft.touch(exist_ok=False)
    try:
        yield draft  #           enter ends here; the body runs; exit begins here, and the body's error is raised here
        os.replace(draft, path)
    finally:
        discard(draft)
