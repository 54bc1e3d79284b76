"""Absorbs the notification log, in steps: insert facts, read links, refresh the touched persons, advance the position.

How a fact becomes a row, and what a read model says, does not belong here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager

from projections.clickhouse_events import Block, EventsTable, block
from projections.ports import NotificationLog, Poison, Poisoned, StoreCurrencies, Tracking, TrackingPosition
from projections.refresh import Refresh
from projections.rows import Row, row
from projections.scope import Scope
from schemas.errors import FootfallError, InvalidInput
from schemas.facts import LogSection, Notification

BATCH_EVENTS = 10_000
"""Notifications of one step at the most: bounds the memory of a step."""

LOOK_BACK = 5_000
"""Notifications absorbed again at a start, since ClickHouse does not fsync every insert."""


class Projector:
    """Projects one shard. Every step may be repeated, and dies harmlessly between any two lines."""

    def __init__(
        self,
        *,
        log: NotificationLog,
        tracking: Tracking,
        events: EventsTable,
        scope: Scope,
        refresh: Refresh,
        currencies: StoreCurrencies,
        lock: Callable[[], AbstractContextManager[None]],
        poison: Poison,
    ) -> None:
        self._log = log
        self._tracking = tracking
        self._events = events
        self._scope = scope
        self._refresh = refresh
        self._currencies = currencies
        self._lock = lock
        self._poison = poison
        self._taken = 0

    def start(self) -> int:
        """Fill the gaps that a crash of ClickHouse left; return how many facts were put back."""
        position = self._tracking.position(self._log.shard).notification_id
        gaps = self._events.missing(self._log.shard, position)
        recent = range(max(1, position - LOOK_BACK + 1), position + 1)
        again = sorted({*gaps, *recent})
        rowless = frozenset(gaps)
        for first in range(0, len(again), BATCH_EVENTS):
            with self._lock():
                part = again[first : first + BATCH_EVENTS]
                self.project(self._log.read_ids(part), rowless)
                self._taken += len(part)
        return len(gaps)

    def step(self) -> int:
        """Absorb the next notifications and return how many there were, 0 when the log is exhausted."""
        shard = self._log.shard
        with self._lock():
            section = self._log.read(self._tracking.position(shard).notification_id, BATCH_EVENTS)
            self.project(section.notifications)
            self._tracking.advance(shard, _position(section))
            self._taken += len(section.notifications)
        return len(section.notifications)

    def project(self, notifications: Sequence[Notification], rowless: Container[int] = ()) -> None:
        """Put notifications into the answers; idempotent. `rowless`: ids of which no row is expected."""
        self._events.insert(self.rows(notifications, rowless))
        touched: defaultdict[str, set[str]] = defaultdict(set)
        for notification in notifications:
            touched[notification.event.store].update(stream for stream, _ in notification.event.names)
        for store, streams in touched.items():
            self._refresh.write(store, self._scope.around(store, streams))

    def insert(self, rows: Block) -> None:
        """Write rows into the table `events` alone; read models are to be rebuilt then."""
        self._events.insert(rows)

    def rows(self, notifications: Iterable[Notification], rowless: Container[int] = ()) -> Block:
        """Return the rows of notifications as they are sent, without those that have none."""
        poisoned: list[Poisoned] = []
        made = block(self._rows(notifications, rowless, poisoned))
        if poisoned:
            self._poison(poisoned)
        return made

    def _rows(
        self, notifications: Iterable[Notification], rowless: Container[int], poisoned: list[Poisoned]
    ) -> Iterator[Row]:
        """A fact without a row must not stop its neighbours; it is kept, and a later version may understand it."""
        for place, notification in enumerate(notifications, self._taken):
            try:
                made = row(notification, self._currencies.currency)
            except Exception as error:  # whatever is wrong with one fact
                if _is_fault_of_storage(error):
                    raise
                poisoned.append(Poisoned(None if notification.id in rowless else place, notification, error))
            else:
                yield made


def _is_fault_of_storage(error: Exception) -> bool:
    """A row asks for the store's currency: where that fails, the fact is not at fault."""
    return isinstance(error, FootfallError) and not isinstance(error, InvalidInput)


def _position(section: LogSection) -> TrackingPosition:
    """All before the last notification's moment is absorbed; its own moment may go on in the next section."""
    if section.exhausted_at is not None:
        return TrackingPosition(section.last_id, section.exhausted_at)
    last = section.notifications[-1].event.recorded_at - 1 if section.notifications else 0
    return TrackingPosition(section.last_id, last)
