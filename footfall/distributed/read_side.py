"""The projections of a distributed installation."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from footfall.access import Currencies, Hashing
from footfall.distributed.postgres_databases import Databases
from footfall.distributed.postgres_relayed import AbsorbedTracking
from footfall.distributed.topics import CUSTOMER_EVENTS
from footfall.distributed.warehouse_address import address_of
from footfall.rules import rules_of
from footfall.settings import Settings
from ingest.stores import Store
from projections.clickhouse_events import EventsTable
from projections.clickhouse_migrations import migrate
from projections.links import Links
from projections.ports import Poison
from projections.projection import Projection
from projections.read_ahead import ReadAhead
from projections.rebuild import Rebuild
from projections.refresh import Refresh
from projections.scope import Scope
from projections.store_rules import StoreRules
from projections.upkeep import Upkeep
from query_api.reading import Sources
from schemas.facts import Notification


class ReadSide:
    """Opens ClickHouse, and makes there what is missing."""

    def __init__(self, settings: Settings, databases: Databases, poison: Poison) -> None:
        with databases.making():
            self.warehouse = migrate(address_of(settings))
        self.links = Links(self.warehouse, Hashing(databases.secret))
        self.scope = Scope(self.warehouse, self.links)
        self.refresh = Refresh(self.warehouse)
        self.rules = StoreRules(self.warehouse, rules_of(settings))
        self.upkeep = Upkeep(self.warehouse, self.scope, self.refresh, self.rules, databases.turns.next)
        self.tracking = AbsorbedTracking(databases.relayed, CUSTOMER_EVENTS)
        self._databases = databases
        self._poison = poison

    @property
    def sources(self) -> Sources:
        """Where answers about customers come from."""
        return Sources(self.warehouse, self.links, self.scope, self.refresh, self.rules)

    @property
    def lock(self) -> Callable[[], AbstractContextManager[None]]:
        """Keeps read models still while it is held."""
        return self._databases.read_models_still

    def projection(self, poison: Poison | None = None) -> Projection:
        """Return what puts facts into the answers; poison becomes dead letters, unless somebody else takes it."""
        events, currencies = EventsTable(self.warehouse), Currencies(self._databases.keys)
        return Projection(events, self.upkeep, currencies, poison or self._poison)

    def rebuild(self) -> Rebuild:
        """Return what rebuilds and verifies."""
        logs = [ReadAhead(log) for log in self._databases.logs()]
        return Rebuild(self.warehouse, self.upkeep, logs, self.tracking, self.lock)

    def fill_gaps(self) -> int:
        """Fill the gaps that a crash of ClickHouse left; return how many facts were put back."""
        projection, filled = self.projection(), 0
        for log in self._databases.logs():
            gaps = projection.gaps(log.shard, self.tracking.position(log.shard).notification_id)
            projection.fill(log, gaps, self._databases.projecting)
            filled += len(gaps.missing)
        return filled

    def gaps(self) -> list[Notification]:
        """Return the facts that were absorbed and are not in `events`."""
        events = EventsTable(self.warehouse)
        return [
            notification
            for log in self._databases.logs()
            for notification in log.read_ids(
                events.missing(log.shard, self.tracking.position(log.shard).notification_id)
            )
        ]

    def stores(self) -> list[str]:
        """Return the names of all stores."""
        return [store.name for store in self._databases.keys.stores()]

    def keeps_sales(self, store: str) -> bool:
        """Tell whether a store keeps what was sold to those who are erased."""
        found = self.store(store)
        return found is not None and found.forgetting.keep_sales

    def store(self, name: str) -> Store | None:
        """Return the settings of a store."""
        return self._databases.keys.store(name)

    def nothing_erased(self) -> AbstractContextManager[None]:
        """Keep erasures waiting while this is held: tables are built of which they could not know."""
        return self._databases.nothing_erased()
