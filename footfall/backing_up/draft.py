"""A folder that appears whole or not at all: made beside its place, under another name, then renamed.

What is in it does not belong here.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from footfall.backing_up.errors import BackupFailed, BackupRefused
from footfall.backing_up.manifest import synced

SUFFIX = ".unfinished"


def draft_of(to: Path) -> Path:
    """Return where a folder is made."""
    return to.with_name(to.name + SUFFIX)


@contextmanager
def being_made(to: Path) -> Iterator[Path]:
    """Give a folder to fill, which becomes `to`. One that a kill left is begun anew; a fault leaves nothing."""
    if os.path.lexists(to):
        raise BackupRefused(f"{to} is there already: a backup never overwrites anything")
    draft = draft_of(to)
    try:
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True, mode=0o700)
        yield draft
        synced(draft)
        draft.rename(to)
        synced(to.parent)
    except BaseException as error:
        shutil.rmtree(draft, ignore_errors=True)
        if isinstance(error, OSError):
            raise BackupFailed(f"{to} cannot be written: {error}; nothing of it is left") from error
        raise
