"""Read models from zero: built aside from `events`, then swapped in, or compared with the live ones (law L3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import NamedTuple

from projections.clickhouse_connection import Warehouse
from projections.ports import NotificationLog, Tracking
from projections.projector import BATCH_EVENTS, Projector
from projections.refresh import ReadModel, Refresh
from projections.scope import Scope

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
        scope: Scope,
        refresh: Refresh,
        log: NotificationLog,
        tracking: Tracking,
        lock: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._warehouse = warehouse
        self._scope = scope
        self._refresh = refresh
        self._log = log
        self._tracking = tracking
        self._lock = lock

    def refill(self, projector: Projector, progress: Progress) -> None:
        """Write `events` anew from the event store; rows replace themselves, so it is readable all the time."""
        done, last = 0, self._tracking.position(self._log.shard).notification_id
        with ThreadPoolExecutor(1) as writer:
            writing: Future[None] = writer.submit(projector.insert, [])
            while done < last and (section := self._log.read(done, BATCH_EVENTS)).last_id:
                rows = projector.rows(section.notifications)
                writing.result()  # one block is written while the next is read
                writing = writer.submit(projector.insert, rows)
                done = section.last_id
                progress("events", min(done, last), last)
            writing.result()

    def rebuild(self, model: ReadModel, stores: Sequence[str], progress: Progress) -> None:
        """Build a read model aside and swap it in."""
        with self._built_aside(model, stores, progress) as aside:
            self._warehouse.select(f"EXCHANGE TABLES {model.name} AND {aside}")

    def verify(self, model: ReadModel, stores: Sequence[str], progress: Progress) -> Verdict:
        """Build a read model aside and compare it with the live one."""
        with self._built_aside(model, stores, progress) as aside:
            differences = [
                Difference(model.name, store, customer_id)
                for store, customer_id in self._warehouse.select(_DIFFERENCES.format(live=model.name, aside=aside))
            ]
            return Verdict(model.name, self.digest(model.name), self.digest(aside), differences)

    def digest(self, table: str) -> str:
        """Return the digest of a read model's live rows, independent of versions and of the order of rows."""
        ((count, digest),) = self._warehouse.select(_DIGEST.format(table=table))
        return f"{count}-{digest:016x}"

    def _built_aside(self, model: ReadModel, stores: Sequence[str], progress: Progress) -> AbstractContextManager[str]:
        return _Aside(self, model, stores, progress)

    def fill(self, model: ReadModel, table: str, stores: Sequence[str], progress: Progress) -> None:
        """Write the rows of everybody into a table."""
        for store in stores:
            written = 0
            for people in self._scope.everybody(store):
                self._refresh.write(model, table, store, people)
                written += len(people)
                progress(f"{model.name} of {store}", written, written)

    def catch_up(self, model: ReadModel, table: str, since: int) -> None:
        """Write again the rows of whom the projector touched since a position; the lock is held."""
        touched: dict[str, set[str]] = {}
        for notification in self._notifications(since):
            touched.setdefault(notification[0], set()).update(notification[1])
        for store, streams in touched.items():
            self._refresh.write(model, table, store, self._scope.around(store, streams))

    def _notifications(self, since: int) -> Iterator[tuple[str, list[str]]]:
        last = self._tracking.position(self._log.shard).notification_id
        while since < last:
            section = self._log.read(since, BATCH_EVENTS)
            for notification in section.notifications:
                yield notification.event.store, [stream for stream, _ in notification.event.names]
            since = section.last_id or last

    @property
    def warehouse(self) -> Warehouse:
        """Where the tables are."""
        return self._warehouse

    @property
    def position(self) -> int:
        """What the projector has absorbed."""
        return self._tracking.position(self._log.shard).notification_id

    @property
    def lock(self) -> Callable[[], AbstractContextManager[None]]:
        """Keeps the projector still."""
        return self._lock


class _Aside:
    """A table beside the live one, filled and caught up, with the projector still until it is left."""

    def __init__(self, rebuild: Rebuild, model: ReadModel, stores: Sequence[str], progress: Progress) -> None:
        self._rebuild, self._model, self._stores, self._progress = rebuild, model, stores, progress
        self._table = f"{model.name}_aside"
        self._held = rebuild.lock()

    def __enter__(self) -> str:
        since = self._rebuild.position
        self._drop()
        self._rebuild.warehouse.select(f"CREATE TABLE {self._table} AS {self._model.name}")
        self._rebuild.fill(self._model, self._table, self._stores, self._progress)
        self._held.__enter__()
        try:
            self._rebuild.catch_up(self._model, self._table, since)
        except BaseException:
            self._held.__exit__(None, None, None)
            raise
        return self._table

    def __exit__(self, *error: object) -> None:
        self._held.__exit__(None, None, None)
        self._drop()

    def _drop(self) -> None:
        self._rebuild.warehouse.select(f"DROP TABLE IF EXISTS {self._table} SYNC")


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
