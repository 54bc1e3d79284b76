"""Retention: who was not about for as long as a store keeps persons is erased, as a whole (docs/decisions/0015)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from footfall.erasing.eraser import forget
from footfall.erasing.erasure import Erasure, LastFact
from footfall.erasing.ports import Facts, Ledger
from ingest.stores import Forgetting, Store
from schemas.clock import DAY
from schemas.facts import Microseconds
from schemas.streams import StreamId, StreamKind

LOOK_SECONDS = 3600.0
MOST_COUNTED = 10_000_000
"""Persons that a report counts at the most."""


PAGE = 100

Report = dict[str, Any]


def last_fact(forgetting: Forgetting, now: Microseconds) -> LastFact:
    """Return before when the last fact of a person must lie for it to be erased."""
    days = forgetting.anonymous_days, forgetting.customer_days
    return LastFact(*(now - each * DAY if each else None for each in days))


class Retention:
    """Looks once an hour whom the stores keep no longer, and enters their erasure into the ledger."""

    def __init__(
        self,
        ledger: Ledger,
        facts: Facts,
        stores: Callable[[], Iterable[Store]],
        now: Callable[[], Microseconds],
        seconds: float = LOOK_SECONDS,
    ) -> None:
        self._ledger = ledger
        self._facts = facts
        self._stores = stores
        self._now = now
        self._seconds = seconds
        self._next = 0.0

    def look(self) -> None:
        """Look, where an hour has gone since the last time; what is under way is finished first."""
        if time.monotonic() < self._next or self._ledger.unfinished():
            return
        found = [self._enter(store) for store in self._stores() if store.forgetting[1:] != (0, 0)]
        if not any(found):
            self._next = time.monotonic() + self._seconds

    def _enter(self, store: Store) -> bool:
        before = last_fact(store.forgetting, self._now())
        due = bool(self._facts.inactive(store.name, before, 1))
        if due:
            self._ledger.add(forget(store.name, before, self._now()))
        return due


def report(
    store: Store, due: Callable[[str, LastFact, int], Iterable[StreamId]], ledger: Ledger, now: Microseconds
) -> Report:
    """Return what a store keeps for how long, whose time is over, and how many persons that rule has erased."""
    persons = list(due(store.name, last_fact(store.forgetting, now), MOST_COUNTED))
    visitors = sum(one.startswith(StreamKind.ANONYMOUS[0]) for one in persons)
    return {
        "store": store.name,
        "visitors_days": store.forgetting.anonymous_days,
        "customers_days": store.forgetting.customer_days,
        "due": {"visitors": visitors, "customers": len(persons) - visitors},
        "erased": sum(len(one.persons) for one in _all(ledger, store.name) if one.kind == "retention"),
    }


def _all(ledger: Ledger, store: str) -> Iterator[Erasure]:
    page = ledger.page(store, PAGE)
    while page:
        yield from page
        page = ledger.page(store, PAGE, page[-1].id)
