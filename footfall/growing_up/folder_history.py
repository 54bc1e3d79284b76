"""The history of a data folder whose product is stopped: its log to the end, keys, reservations, stores.

Reads, with one exception: what still waits in the inbox is recorded first, by the folder's own aggregator.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from aggregates.mapping import StoredFact
from footfall.data_folder import DataFolder
from footfall.embedded.write_side import WriteSide
from footfall.file_lock import FileLock, LockHeld
from footfall.settings import ConfigurationError, Settings
from ingest.sqlite_dead_letters import SQLiteDeadLetters
from ingest.sqlite_keys import SQLiteKeys
from ingest.stores import KeptKey, Store
from schemas.facts import Microseconds
from schemas.streams import StreamId

LOCK_SECONDS = 2.0


@contextmanager
def stopped(path: Path, option: str) -> Iterator[DataFolder]:
    """Give a data folder whose product does not run and cannot start; raises ConfigurationError."""
    folder = DataFolder(path)
    if not (folder.path / "secret").exists() or not folder.events.exists():
        raise ConfigurationError([f"{option}: {path} is no data folder: `footfall up --data {path}` never ran there"])
    lock = FileLock(folder.up_lock)
    try:
        lock.acquire(LOCK_SECONDS)
    except LockHeld as held:
        raise ConfigurationError(
            [f"{option}: {path} is in use by process {held.holder or 'unknown'}: end it by Ctrl-C or SIGTERM first"]
        ) from held
    try:
        yield folder
    finally:
        lock.release()


class FolderHistory:
    """`moving.History` of a data folder."""

    def __init__(self, folder: DataFolder, settings: Settings) -> None:
        self._folder = folder
        self._side = WriteSide(folder, settings)

    def end(self) -> int:
        """Record what was accepted and is not recorded yet; return the id of the last notification."""
        while self._side.aggregator.step():
            pass
        return self._side.recorder.max_notification_id() or 0

    def clock(self) -> Microseconds:
        """Return the clock of the log."""
        return self._side.recorder.state_of_log()[1]

    def accepted(self) -> int:
        """Return how many events were ever accepted, copies too."""
        return self._side.inbox.accepted_total()

    def stores(self) -> tuple[Sequence[Store], Sequence[KeptKey]]:
        """Return the stores and their keys."""
        with closing(SQLiteKeys(self._folder.path)) as keys:
            return keys.stores(), keys.kept()

    def keys_after(self, stream: str, limit: int) -> Sequence[tuple[StreamId, bytes]]:
        """Return keys of streams, in the order of their ids."""
        return self._side.keys.after(stream, limit)

    def reservations_after(self, key: bytes, limit: int) -> Sequence[bytes]:
        """Return reservations, in their order."""
        return self._side.recorder.reservations_after(key, limit)

    def facts_after(self, notification: int, limit: int) -> Sequence[StoredFact]:
        """Return facts as they are stored, in the order of the log."""
        return self._side.recorder.select_after(notification, limit)

    def dead_letters(self) -> int:
        """Return how many dead letters lie in the folder."""
        if not self._folder.dead_letters.exists():
            return 0
        with closing(SQLiteDeadLetters(self._folder.dead_letters)) as letters:
            return letters.count()
