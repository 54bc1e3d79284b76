"""Puts facts into the answers, in steps: insert facts, read links, refresh the touched persons.

How a fact becomes a row, what a read model says, and where facts come from does not belong here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from projections.clickhouse_events import Block, EventsTable, block
from projections.ports import NotificationLog, StoreCurrencies
from projections.refresh import Refresh
from projections.rows import Row, row
from projections.scope import Scope
from schemas.facts import Notification

BATCH_EVENTS = 10_000
"""Notifications of one step at the most: bounds the memory of a step."""

LOOK_BACK = 5_000
"""Notifications put in again at a start, since ClickHouse does not fsync every insert."""

Poison = Callable[[Notification, Exception], None]
"""Takes an event that has no row, and keeps it durably."""


class Projection:
    """The write side of the answers. Everything may be repeated, and dies harmlessly between any two lines."""

    def __init__(
        self, events: EventsTable, scope: Scope, refresh: Refresh, currencies: StoreCurrencies, poison: Poison
    ) -> None:
        self._events = events
        self._scope = scope
        self._refresh = refresh
        self._currencies = currencies
        self._poison = poison

    def project(self, notifications: Sequence[Notification]) -> None:
        """Put notifications into the answers; idempotent."""
        self.insert(self.rows(notifications))
        touched: defaultdict[str, set[str]] = defaultdict(set)
        for notification in notifications:
            touched[notification.event.store].update(stream for stream, _ in notification.event.names)
        for store, streams in touched.items():
            self._refresh.write(store, self._scope.around(store, streams))

    def gaps(self, shard: int, position: int) -> tuple[list[int], list[int]]:
        """Return the notifications up to a position that `events` lacks, and all that are better put in again."""
        missing = self._events.missing(shard, position)
        recent = range(max(1, position - LOOK_BACK + 1), position + 1)
        return missing, sorted({*missing, *recent})

    def put_again(self, log: NotificationLog, ids: Sequence[int]) -> None:
        """Put some notifications in again."""
        for first in range(0, len(ids), BATCH_EVENTS):
            self.project(log.read_ids(ids[first : first + BATCH_EVENTS]))

    def insert(self, rows: Block) -> None:
        """Write rows into the table `events` alone; read models are to be rebuilt then."""
        self._events.insert(rows)

    def rows(self, notifications: Iterable[Notification]) -> Block:
        """Return the rows of notifications as they are sent, without those that have none."""
        return block(self._rows(notifications))

    def _rows(self, notifications: Iterable[Notification]) -> Iterator[Row]:
        """A fact without a row must not stop its neighbours; it is kept, and a later version may understand it."""
        for notification in notifications:
            try:
                made = row(notification, self._currencies.currency)
            except Exception as error:  # noqa: BLE001  # whatever is wrong with one fact
                self._poison(notification, error)
            else:
                yield made
