"""Zip archives, as a plugin."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated
from zipfile import ZIP_DEFLATED, ZipFile

from ambit_guest import checkpoint, manager


def remove(folder: str | Path) -> None:
    """Removes a folder, and the draft beside it. That they are gone, or were never made, is fine."""
    draft(Path(folder)).unlink(missing_ok=True)
    if os.path.lexists(folder):
        shutil.rmtree(folder)


@manager(recover=remove)
def archive(
    path: Annotated[Path, "The archive; what is there is replaced."],
    edit: Annotated[bool, "Whether the directory has what the archive holds, to begin with."] = False,
) -> Iterator[Path]:
    """A zip archive that is written whole or not at all.

    The value is a directory beside it. What the body leaves there is the archive's content if the body succeeds; else the
    archive stays as it was. The directory is gone afterwards.
    """
    folder = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    checkpoint(folder)
    try:
        folder.mkdir()
        if edit and path.exists():
            with ZipFile(path) as held:
                held.extractall(folder)
        yield folder
        pack(folder, draft(folder))
        os.replace(draft(folder), path)
    finally:
        remove(folder)


def draft(folder: Path) -> Path:
    """The archive while it is written."""
    return folder.with_name(f"{folder.name}.zip")


def pack(folder: Path, archive: Path) -> None:
    """Writes all that is in a folder, empty directories too, in the order of their names; it is on the disk then."""
    with open(archive, "xb") as file:
        with ZipFile(file, "w", ZIP_DEFLATED, strict_timestamps=False) as packed:
            for each in sorted(folder.rglob("*")):
                packed.write(each, each.relative_to(folder))
        file.flush()
        os.fsync(file.fileno())
