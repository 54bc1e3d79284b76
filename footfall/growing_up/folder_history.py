"""The history of a data folder whose product is stopped: its log to the end, keys, reservations, dead letters, stores.

Reads, with one exception: what still waits in the inbox is recorded first, by the folder's own aggregator.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from aggregates.mapping import StoredFact
from aggregates.stream_keys import KeyRow
from footfall.data_folder import DataFolder
from footfall.embedded.dead_letters import open_dead_letters
from footfall.embedded.write_side import WriteSide
from footfall.erasing.erasure import Erasure
from footfall.erasing.sqlite_ledger import SqliteLedger
from footfall.file_lock import FileLock, LockHeld
from footfall.settings import ConfigurationError, Settings
from ingest.kept_letters import KeptLetter, Wanted
from ingest.sqlite_keys import SQLiteKeys
from ingest.stores import KeptKey, Store
from schemas.facts import Microseconds

LOCK_SECONDS = 2.0
MAX_NUMBER = 2**63 - 1


@contextmanager
def stopped(path: Path, option: str) -> Iterator[DataFolder]:
    """Give a data folder whose product does not run and cannot start; raises ConfigurationError."""
    folder = DataFolder(path)
    if not (folder.path / "secret").exists() or not folder.events.exists():
        raise ConfigurationError([f"{option}: {path} is no data folder: `footfall up --data {path}` never ran there"])
    folder.make()  # refuses half of a restored one
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
        self._letters = open_dead_letters(folder, settings)

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

    def erasures(self) -> tuple[Sequence[Erasure], Mapping[str, int]]:
        """Return the ledger of erasures, oldest first, and how many events were refused, by reason."""
        with closing(SqliteLedger(self._folder.erasures)) as ledger:
            return ledger.everything(), self._side.recorder.refused()

    def letters_after(self, number: int, limit: int) -> Sequence[KeptLetter]:
        """Return dead letters, in the order in which they came."""
        return self._letters.page_after(Wanted(), after=number, up_to=MAX_NUMBER, limit=limit)

    def keys_after(self, stream: str, limit: int) -> Sequence[KeyRow]:
        """Return keys of streams, in the order of their ids."""
        return self._side.keys.after(stream, limit)

    def reservations_after(self, key: bytes, limit: int) -> Sequence[bytes]:
        """Return reservations, in their order."""
        return self._side.recorder.reservations_after(key, limit)

    def facts_after(self, notification: int, limit: int) -> Sequence[StoredFact]:
        """Return facts as they are stored, in the order of the log."""
        return self._side.recorder.select_after(notification, limit)
