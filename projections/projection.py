"""Puts facts into the answers, in steps: insert facts, read links, refresh the touched persons.

How a fact becomes a row, what a read model says, and where facts come from does not belong here.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple

from projections.clickhouse_events import Block, EventsTable, block
from projections.ports import NotificationLog, Poison, Poisoned, StoreCurrencies
from projections.rows import Row, row
from projections.upkeep import Upkeep
from schemas.errors import FootfallError, InvalidInput
from schemas.facts import Notification

BATCH_EVENTS = 10_000
"""Notifications of one step at the most: bounds the memory of a step."""

LOOK_BACK = 5_000
"""Notifications put in again at a start, since ClickHouse does not fsync every insert."""


class Gaps(NamedTuple):
    """Notifications up to a position: those that `events` lacks, and all that are better put in again."""

    missing: Sequence[int]
    again: Sequence[int]


class Projection:
    """The write side of the answers. Everything may be repeated, and dies harmlessly between any two lines."""

    def __init__(self, events: EventsTable, upkeep: Upkeep, currencies: StoreCurrencies, poison: Poison) -> None:
        self._events = events
        self._upkeep = upkeep
        self._currencies = currencies
        self._poison = poison
        self._taken = 0

    def project(self, notifications: Sequence[Notification], rowless: Container[int] = ()) -> None:
        """Put notifications into the answers; idempotent. `rowless`: ids of which no row is expected."""
        expected = self._events.expect(notifications)
        self.insert(self.rows(notifications, rowless))
        self._events.inserted(expected)
        self._upkeep.refresh(notifications)

    def took(self, count: int) -> None:
        """Count what was absorbed: where a batch comes again, its poison has the same places."""
        self._taken += count

    def gaps(self, shard: int, position: int) -> Gaps:
        """Return what a crash of ClickHouse may have left out."""
        missing = self._events.missing(shard, position)
        recent = range(max(1, position - LOOK_BACK + 1), position + 1)
        return Gaps(missing, sorted({*missing, *recent}))

    def fill(self, log: NotificationLog, gaps: Gaps, lock: Callable[[], AbstractContextManager[None]]) -> None:
        """Put notifications in again."""
        rowless = frozenset(gaps.missing)
        for first in range(0, len(gaps.again), BATCH_EVENTS):
            part = gaps.again[first : first + BATCH_EVENTS]
            with lock():
                self.project(log.read_ids(part), rowless)
            self.took(len(part))

    def insert(self, rows: Block) -> None:
        """Write rows into the table `events` alone; read models are to be rebuilt then."""
        self._events.insert(rows)

    def all_inserted(self) -> None:
        """Say that the table is full."""
        self._events.all_inserted()

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
