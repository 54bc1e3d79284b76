"""The backups that were made of a data folder, as a place of copies: an erasure is carried out in all in reach.

What that means for the files of one is in `erased_copies`.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from msgspec.structs import replace

from aggregates.sqlite_stream_keys import FAULTS
from footfall.backing_up.draft import draft_of
from footfall.backing_up.sqlite_remembered import SqliteRemembered
from footfall.data_folder import DataFolder
from footfall.embedded.erased_copies import now, reach
from footfall.erasing.erasure import Erasure, Removed
from footfall.erasing.ports import NotYet
from footfall.erasing.sqlite_ledger import SqliteLedger
from footfall.file_lock import FileLock, LockHeld
from footfall.logs import logger
from footfall.settings import Settings
from schemas.errors import FootfallError

log = logger(__name__)

LOOK_SECONDS = 300.0
"""How often backups that were out of reach are looked for."""

WRONG: tuple[type[Exception], ...] = (FootfallError, OSError, *FAULTS)
"""What a backup raises that is not there, full, read-only or damaged."""

DONE = "keys destroyed and letters deleted in each backup that was in reach"


def reached(
    paths: Iterable[str], erasures: Sequence[Erasure], secret: bytes, settings: Settings
) -> tuple[list[str], list[str]]:
    """Reach all backups; return the paths where this is done, and those that are out of reach."""
    done: list[str] = []
    out: list[str] = []
    for path in paths:
        try:
            reach(Path(path), erasures, secret, settings)
        except WRONG as error:
            log.warning("backups.out_of_reach", path=path, error=error)
            out.append(path)
        else:
            done.append(path)
    return done, out


class BackupsPlace:
    """`footfall.erasing.ports.Place`: the backups that were made of a data folder."""

    name = "backups"

    def __init__(self, folder: DataFolder, settings: Settings, ledger: SqliteLedger) -> None:
        self._folder = folder
        self._settings = settings
        self._ledger = ledger
        self._remembered = SqliteRemembered(folder.erasures)
        self._lock = FileLock(folder.backup_lock)
        self._next = 0.0

    def remove(self, erasure: Erasure) -> Removed:
        """See the port. What is out of reach is pending, and is tried again when it is there."""
        done, out = self._reached()
        return Removed(found=len(done), done=DONE, at=now(), pending=tuple(out))

    def look(self) -> None:
        """Carry out what was pending in backups that are in reach again; forgotten ones are pending no more."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + LOOK_SECONDS
        pending = [
            one for one in self._ledger.everything() if self.name in one.removed and one.removed[self.name].pending
        ]
        if not pending:
            return
        done, out = self._reached()
        for one in pending:
            before = one.removed[self.name]
            left = tuple(path for path in before.pending if path in out)
            if left != before.pending:
                found = before.found + len([path for path in before.pending if path in done])
                changed = replace(before, found=found, at=now(), pending=left)
                self._ledger.save(replace(one, removed={**one.removed, self.name: changed}))

    def _reached(self) -> tuple[list[str], list[str]]:
        try:
            self._lock.acquire(0)
        except LockHeld as held:
            raise NotYet("a backup is being made") from held
        try:
            paths = [path for path, _ in self._remembered.all() if not self._never_was(path)]
            return reached(paths, self._ledger.everything(), self._folder.secret(), self._settings)
        finally:
            self._lock.release()

    def _never_was(self, path: str) -> bool:
        """Remove what was killed while it was made, and forget it: nobody makes one now."""
        draft = draft_of(Path(path))
        if Path(path).exists() or not draft.exists():
            return False
        shutil.rmtree(draft, ignore_errors=True)
        if not draft.exists():
            self._remembered.forget(path)
        return True
