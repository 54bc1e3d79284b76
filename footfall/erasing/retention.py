"""Retention: who was not about for as long as a store keeps persons is erased, as a whole (docs/decisions/0016)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from footfall.erasing.eraser import forget
from footfall.erasing.erasure import LastFact
from footfall.erasing.ports import Facts, Ledger
from ingest.stores import Forgetting, Store
from schemas.clock import DAY
from schemas.facts import Microseconds

LOOK_SECONDS = 3600.0


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
