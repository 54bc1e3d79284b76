"""The projections of a data folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from aggregates.notification_log import StoredNotificationLog
from aggregates.sqlite_recorder import open_recorder
from aggregates.sqlite_stream_keys import SqliteStreamKeys
from footfall.access import Currencies, Hashing
from footfall.data_folder import SHARD, DataFolder
from footfall.embedded.dead_letters import open_dead_letters
from footfall.file_lock import held
from footfall.poison import PoisonLetters
from footfall.rules import rules_of
from footfall.settings import Settings
from ingest.sqlite_keys import SQLiteKeys
from ingest.stores import Store
from projections.clickhouse_connection import Address, Warehouse
from projections.clickhouse_events import EventsTable
from projections.links import Links
from projections.ports import Poison
from projections.projection import Projection
from projections.projector import Projector
from projections.read_ahead import ReadAhead
from projections.rebuild import Rebuild
from projections.refresh import Refresh
from projections.scope import Scope
from projections.sqlite_tracking import SqliteTracking
from projections.store_rules import StoreRules
from projections.upkeep import Upkeep
from query_api.reading import Sources
from schemas.facts import Notification


class ReadSide:
    """The projections of a data folder."""

    def __init__(self, folder: DataFolder, address: Address, settings: Settings, threads: int | None = None) -> None:
        self.warehouse = Warehouse(address, threads=threads)
        self.keys = SqliteStreamKeys(folder.stream_keys)
        self.recorder = open_recorder(folder.events)
        self.log = StoredNotificationLog(self.recorder, self.keys, SHARD)
        self.tracking = SqliteTracking(folder.tracking)
        self.links = Links(self.warehouse, Hashing(folder.secret()))
        self.scope = Scope(self.warehouse, self.links)
        self.refresh = Refresh(self.warehouse)
        self.rules = StoreRules(self.warehouse, rules_of(settings))
        self.upkeep = Upkeep(self.warehouse, self.scope, self.refresh, self.rules)
        self._lock = folder.projection_lock
        self._erasing_lock = folder.erasing_lock
        self._stores = SQLiteKeys(folder.path)
        self._poison = PoisonLetters(open_dead_letters(folder, settings).put_now)

    @property
    def sources(self) -> Sources:
        """Where answers about customers come from."""
        return Sources(self.warehouse, self.links, self.scope, self.refresh, self.rules)

    @property
    def lock(self) -> Callable[[], AbstractContextManager[None]]:
        """Keeps read models still while it is held."""
        return lambda: held(self._lock)

    def projection(self, poison: Poison | None = None) -> Projection:
        """Return what puts facts into the answers; poison becomes dead letters, unless somebody else takes it."""
        events, currencies = EventsTable(self.warehouse), Currencies(self._stores)
        return Projection(events, self.upkeep, currencies, poison or self._poison.of_projector)

    def projector(self) -> Projector:
        """Return the projector."""
        return Projector(self.log, self.tracking, self.projection(), self.lock)

    def rebuild(self) -> Rebuild:
        """Return what rebuilds and verifies."""
        return Rebuild(self.warehouse, self.upkeep, [ReadAhead(self.log)], self.tracking, self.lock)

    def gaps(self) -> Sequence[Notification]:
        """Return the facts that were absorbed and are not in `events`."""
        position = self.tracking.position(SHARD).notification_id
        return self.log.read_ids(EventsTable(self.warehouse).missing(SHARD, position))

    def stores(self) -> list[str]:
        """Return the names of all stores."""
        return [store.name for store in self.all_stores()]

    def all_stores(self) -> Sequence[Store]:
        """Return all stores."""
        return self._stores.stores()

    def keeps_sales(self, store: str) -> bool:
        """Tell whether a store keeps what was sold to those who are erased."""
        found = self.store(store)
        return found is not None and found.forgetting.keep_sales

    def store(self, name: str) -> Store | None:
        """Return the settings of a store."""
        return self._stores.store(name)

    def nothing_erased(self) -> AbstractContextManager[None]:
        """Keep erasures waiting while this is held: tables are built of which they could not know."""
        return held(self._erasing_lock)
