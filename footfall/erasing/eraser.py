"""Carries out erasures step by step; each is durable, may be repeated, and dies harmlessly between any two lines.

The keys go first, while nothing is recorded: from then on no fact can be read, and nothing that happened before comes
back, however late it is sent. Then every place where copies lie, one after the other. What is done is in the ledger, so
that the next start goes on where a kill came.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence

from msgspec.structs import replace

from footfall.erasing.erasure import Erasure, LastFact
from footfall.erasing.ports import Facts, Ledger, NotYet, Place
from footfall.logs import logger
from schemas.facts import Microseconds
from schemas.streams import StreamId

log = logger(__name__)

MOST_PERSONS = 5_000
"""Persons that a retention rule erases at once; others follow."""

Announce = Callable[[Erasure], None]
"""Tells subscribers of an erasure that is done, at least once."""


def request(store: str, customers: Iterable[StreamId], now: Microseconds) -> Erasure:
    """Return a new erasure of some persons."""
    return Erasure(id=_new_id(), store=store, kind="request", customers=tuple(sorted(customers)), requested_at=now)


def forget(store: str, before: LastFact, now: Microseconds) -> Erasure:
    """Return a new erasure of those whose last fact lies before."""
    return Erasure(id=_new_id(), store=store, kind="retention", before=before, requested_at=now)


def _new_id() -> str:
    return secrets.token_hex(16)


class Eraser:
    """Works through the ledger. One at a time: who calls holds a lock."""

    def __init__(
        self,
        ledger: Ledger,
        facts: Facts,
        places: Sequence[Place],
        now: Callable[[], Microseconds],
        announce: Announce = lambda _: None,
    ) -> None:
        self._ledger = ledger
        self._facts = facts
        self._places = places
        self._now = now
        self._announce = announce

    def waiting(self) -> bool:
        """Tell whether there is anything to do."""
        return bool(self._ledger.unfinished())

    def step(self) -> bool:
        """Carry on with the erasures that are not done; tell whether all of them are. One that waits stops no other."""
        done = True
        for erasure in self._ledger.unfinished():
            try:
                self._carry_out(erasure)
            except NotYet as reason:
                log.info("erasure.waits", erasure=erasure.id, reason=str(reason))
                done = False
        return done

    def _carry_out(self, erasure: Erasure) -> None:
        if erasure.until is None:
            erasure = self._without_keys(erasure)
        for place in self._places:
            if place.name not in erasure.removed:
                removed = place.remove(self._ledger.get(erasure.id) or erasure)
                erasure = self._saved(erasure, removed={**erasure.removed, place.name: removed})
        finished = replace(erasure, others=(), finished_at=self._now())
        self._announce(finished)
        self._ledger.save(finished)
        log.info("erasure.done", erasure=erasure.id, streams=len(erasure.generations))

    def _without_keys(self, erasure: Erasure) -> Erasure:
        """Destroy the keys. Killed in here it begins anew, and erases what was recorded meanwhile too."""
        with self._facts.still():
            customers = erasure.customers
            if erasure.before is not None:
                customers = tuple(self._facts.inactive(erasure.store, erasure.before, MOST_PERSONS))
            persons = self._facts.persons(erasure.store, customers)
            streams = persons.streams
            until = self._facts.latest(erasure.store, streams)
            if erasure.before is None:  # who is only forgotten may have been about while the shop was not reached
                until = max(self._now(), until)
            versions = self._facts.versions(streams)
            sales = self._facts.sales(erasure.store, streams)
            self._facts.record(sales)
            generations = {stream: versions.get(stream, 0) + 1 for stream in streams}
            marks = dict(self._facts.marks())
            self._facts.destroy(generations, until)
            return self._saved(
                erasure,
                until=until,
                persons=dict(persons.own),
                generations=generations,
                others=tuple(sorted(persons.others)),
                kept_sales=len(sales),
                marks=marks,
            )

    def _saved(self, erasure: Erasure, **changes: object) -> Erasure:
        changed = replace(erasure, **changes)
        self._ledger.save(changed)
        return changed
