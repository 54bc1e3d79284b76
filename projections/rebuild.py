"""Read models from zero: built aside from `events`, then swapped in, or compared with the live ones (law L3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import NamedTuple

from projections.clickhouse_connection import Warehouse
from projections.ports import Absorbed, NotificationLog
from projections.projection import BATCH_EVENTS, Projection
from projections.refresh import ReadModel, Tables
from projections.upkeep import Upkeep
from schemas.facts import Notification

Progress = Callable[[str, int, int], None]
"""Told what is done, how far it is and how far it goes."""


class Difference(NamedTuple):
    """A row that is not what its facts say."""

    read_model: str
    store: str
    customer_id: str


class Verdict(NamedTuple):
    """The digest of a read model, live and rebuilt, and where they differ."""

    read_model: str
    live: str
    rebuilt: str
    differences: Sequence[Difference]


class Rebuild:
    """Rebuilds and verifies read models while queries and the projector go on."""

    def __init__(
        self,
        warehouse: Warehouse,
        upkeep: Upkeep,
        logs: Sequence[NotificationLog],
        tracking: Absorbed,
        lock: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._warehouse = warehouse
        self._upkeep = upkeep
        self._logs = logs
        self._tracking = tracking
        self._lock = lock

    def refill(self, projection: Projection, progress: Progress) -> None:
        """Write `events` anew from the event store; rows replace themselves, so it is readable all the time."""
        for log in self._logs:
            self._refill_from(log, projection, progress)
        projection.all_inserted()

    def _refill_from(self, log: NotificationLog, projection: Projection, progress: Progress) -> None:
        done, last = 0, self._tracking.position(log.shard).notification_id
        with ThreadPoolExecutor(1) as writer:
            writing: Future[None] = writer.submit(projection.insert, [])
            while done < last and (section := log.read(done, BATCH_EVENTS)).last_id:
                rows = projection.rows(section.notifications, rowless=range(1, last + 1))
                writing.result()  # one block is written while the next is read
                writing = writer.submit(projection.insert, rows)
                done = section.last_id
                progress(_events_of(log), min(done, last), last)
            writing.result()

    def rebuild(self, models: Sequence[ReadModel], stores: Sequence[str], progress: Progress) -> None:
        """Build read models aside and swap them in."""
        with self._built_aside(models, stores, progress) as tables:
            for model, aside in tables.items():
                self._warehouse.select(f"EXCHANGE TABLES {model.name} AND {aside}")

    def verify(self, models: Sequence[ReadModel], stores: Sequence[str], progress: Progress) -> list[Verdict]:
        """Build read models aside and compare them with the live ones."""
        with self._built_aside(models, stores, progress) as tables:
            return [self._compared(model, aside) for model, aside in tables.items()]

    def _compared(self, model: ReadModel, aside: str) -> Verdict:
        differences = [
            Difference(model.name, store, customer_id)
            for store, customer_id in self._warehouse.select(_DIFFERENCES.format(live=model.name, aside=aside))
        ]
        return Verdict(model.name, self.digest(model.name), self.digest(aside), differences)

    def digest(self, table: str) -> str:
        """Return the digest of a read model's live rows, independent of versions and of the order of rows."""
        ((count, digest),) = self._warehouse.select(_DIGEST.format(table=table))
        return f"{count}-{digest:016x}"

    def _built_aside(
        self, models: Sequence[ReadModel], stores: Sequence[str], progress: Progress
    ) -> AbstractContextManager[Tables]:
        return _Aside(self, models, stores, progress)

    def fill(self, tables: Tables, stores: Sequence[str], progress: Progress) -> None:
        """Write the rows of everybody into tables."""
        names = ", ".join(model.name for model in tables)
        for store in stores:
            written = 0

            def told(streams: int, store: str = store) -> None:
                nonlocal written
                written += streams
                progress(f"{names} of {store}", written, written)

            self._upkeep.refresh_everybody(store, tables, told)

    def catch_up(self, tables: Tables, since: Mapping[int, int]) -> None:
        """Write again the rows of whom the projector touched since its positions were these; the lock is held."""
        later = (notification for log in self._logs for notification in _notifications(log, since[log.shard]))
        self._upkeep.refresh(later, tables)

    @property
    def warehouse(self) -> Warehouse:
        """Where the tables are."""
        return self._warehouse

    @property
    def positions(self) -> Mapping[int, int]:
        """What the projector has absorbed of each shard, at the least."""
        return {log.shard: self._tracking.position(log.shard).notification_id for log in self._logs}

    @property
    def ends(self) -> Mapping[int, int]:
        """What is recorded in each shard."""
        return {log.shard: log.last_id() for log in self._logs}

    @property
    def lock(self) -> Callable[[], AbstractContextManager[None]]:
        """Keeps the projector still."""
        return self._lock


def _notifications(log: NotificationLog, since: int) -> Iterator[Notification]:
    """Give all to the end of the log: the projector may be further than its position says."""
    while (section := log.read(since, BATCH_EVENTS)).last_id:
        yield from section.notifications
        since = section.last_id


def _events_of(log: NotificationLog) -> str:
    return f"events of shard {log.shard}"


class _Aside:
    """Tables beside the live ones, filled and caught up, with the projector still until they are left."""

    def __init__(
        self, rebuild: Rebuild, models: Sequence[ReadModel], stores: Sequence[str], progress: Progress
    ) -> None:
        self._rebuild, self._stores, self._progress = rebuild, stores, progress
        self._tables = {model: f"{model.name}_aside" for model in models}
        self._held = rebuild.lock()

    def __enter__(self) -> Tables:
        since = self._rebuild.positions
        self._drop()
        for model, aside in self._tables.items():
            self._rebuild.warehouse.select(f"CREATE TABLE {aside} AS {model.name}")
        self._rebuild.fill(self._tables, self._stores, self._progress)
        self._held.__enter__()
        try:
            self._rebuild.catch_up(self._tables, since)
        except BaseException:
            self._held.__exit__(None, None, None)
            raise
        return self._tables

    def __exit__(self, *error: object) -> None:
        self._held.__exit__(None, None, None)
        self._drop()

    def _drop(self) -> None:
        for aside in self._tables.values():
            self._rebuild.warehouse.select(f"DROP TABLE IF EXISTS {aside} SYNC")


_DIGEST = "SELECT count(), sum(cityHash64(toString(tuple(* EXCEPT (version))))) FROM {table} FINAL WHERE live"

_DIFFERENCES = """
SELECT store, customer_id
FROM
(
    SELECT store, customer_id, cityHash64(toString(tuple(* EXCEPT (version)))) AS digest FROM {live} FINAL WHERE live
    UNION ALL
    SELECT store, customer_id, cityHash64(toString(tuple(* EXCEPT (version)))) AS digest FROM {aside} FINAL WHERE live
)
GROUP BY store, customer_id
HAVING count() != 2 OR uniqExact(digest) != 1
ORDER BY store, customer_id
"""
