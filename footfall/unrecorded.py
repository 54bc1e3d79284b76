"""Tells events that are new from those that are recorded, or wait to be: for the counts of `footfall import`.

Only counts depend on it: what is appended twice is recorded once all the same.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence

from aggregates.customer import propose
from schemas.facts import AcceptedEvent
from schemas.streams import StreamId

REMEMBERED = 200_000
"""Event ids remembered, to tell duplicates within what is not recorded yet: more than can wait."""

Reservations = Collection[tuple[StreamId, str]]


class Unrecorded:
    """Remembers the last events that it called new."""

    def __init__(self, secret: bytes, taken: Callable[[Reservations], Collection[tuple[StreamId, str]]]) -> None:
        self._secret = secret
        self._taken = taken
        self._recent: OrderedDict[str, None] = OrderedDict()

    def of(self, events: Sequence[AcceptedEvent]) -> list[AcceptedEvent]:
        """Return those that are new, each of them once."""
        proposals = [propose(self._secret, event) for event in events]
        taken = self._taken([proposal.reservation for proposal in proposals])
        return [p.accepted for p in proposals if p.reservation not in taken and self._is_new(p.event_id)]

    def _is_new(self, event_id: str) -> bool:
        if event_id in self._recent:
            return False
        self._recent[event_id] = None
        if len(self._recent) > REMEMBERED:
            self._recent.popitem(last=False)
        return True
