"""The projections of a data folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path

from aggregates.errors import StorageUnavailable
from aggregates.sqlite_event_store import open_recorder
from aggregates.sqlite_notification_log import SqliteNotificationLog
from aggregates.sqlite_stream_keys import FAULTS, SqliteStreamKeys
from footfall.data_folder import SHARD, DataFolder
from footfall.embedded.dead_letters import open_dead_letters
from footfall.file_lock import FileLock
from footfall.poison import PoisonLetters
from footfall.settings import Settings
from ingest.sqlite_keys import SQLiteKeys
from projections.clickhouse_connection import Address, Warehouse
from projections.clickhouse_events import EventsTable
from projections.ports import Poison
from projections.projector import Projector
from projections.read_ahead import ReadAhead
from projections.rebuild import Rebuild
from projections.refresh import Refresh, Rules
from projections.scope import Scope
from projections.sqlite_tracking import SqliteTracking

LOCK_TIMEOUT = 600.0


def rules_of(settings: Settings) -> Rules:
    """Return the rules of the answers."""
    return Rules(session_timeout=settings.session_timeout // timedelta(microseconds=1))


class Currencies:
    """The currency of each store, from its settings."""

    def __init__(self, keys: SQLiteKeys) -> None:
        self._keys = keys

    def currency(self, store: str) -> str:
        """See `projections.ports.StoreCurrencies`. A fault of the file must not be taken for one of the fact."""
        try:
            found = self._keys.store(store)
        except FAULTS as error:
            raise StorageUnavailable(str(error)) from error
        return found.currency if found else "EUR"


class ReadSide:
    """The projections of a data folder."""

    def __init__(self, folder: DataFolder, address: Address, settings: Settings, threads: int | None = None) -> None:
        self.warehouse = Warehouse(address, threads=threads)
        keys = SqliteStreamKeys(folder.stream_keys)
        self.log = SqliteNotificationLog(open_recorder(folder.events), keys, SHARD)
        self.tracking = SqliteTracking(folder.tracking)
        self.scope = Scope(self.warehouse)
        self.refresh = Refresh(self.warehouse, rules_of(settings))
        self._lock = folder.projection_lock
        self._keys = SQLiteKeys(folder.path)
        self._poison = PoisonLetters(open_dead_letters(folder, settings).put_now)

    @property
    def lock(self) -> Callable[[], AbstractContextManager[None]]:
        """Keeps read models still while it is held."""
        return lambda: held(self._lock)

    def projector(self, poison: Poison | None = None) -> Projector:
        """Return the projector; its poison becomes dead letters, unless somebody else takes it."""
        return Projector(
            log=self.log,
            tracking=self.tracking,
            events=EventsTable(self.warehouse),
            scope=self.scope,
            refresh=self.refresh,
            currencies=Currencies(self._keys),
            lock=self.lock,
            poison=poison or self._poison.of_projector,
        )

    def rebuild(self) -> Rebuild:
        """Return what rebuilds and verifies."""
        return Rebuild(self.warehouse, self.scope, self.refresh, ReadAhead(self.log), self.tracking, self.lock)

    def gaps(self) -> list[int]:
        """Return the notifications that should be in `events` and are not."""
        position = self.tracking.position(SHARD).notification_id
        missing = EventsTable(self.warehouse).missing(SHARD, position)
        return [notification.id for notification in self.log.read_ids(missing)]

    def stores(self) -> list[str]:
        """Return the names of all stores."""
        return [store.name for store in self._keys.stores()]


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock of a file."""
    lock = FileLock(path)
    lock.acquire(LOCK_TIMEOUT)
    try:
        yield
    finally:
        lock.release()
