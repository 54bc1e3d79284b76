"""Takes what the collector accepted and records it: read, decide, append, forget. One step at a time, no clock.

An event that no Customer can record goes to the poison, and its neighbours are recorded. Faults of storage are none.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from typing import TypeVar

from aggregates.customer import Proposal, decide, propose
from aggregates.errors import RecordConflict
from aggregates.ports import AcceptedLog, EventStore, Poison, Poisoned
from schemas.facts import AcceptedEvent, CustomerEvent
from schemas.streams import StreamId

T = TypeVar("T")

BATCH_EVENTS = 2_000
"""Events of one commit at the most: large enough that a commit's fixed cost is small, small enough to be quick."""

MAX_CONFLICTS = 5


class Aggregator:
    """Moves events from the accepted log to the event store, each exactly once."""

    def __init__(self, secret: bytes, log: AcceptedLog, store: EventStore, poison: Poison) -> None:
        self._secret = secret
        self._log = log
        self._store = store
        self._poison = poison
        self._taken = 0
        self._position = store.position()
        log.forget(self._position)

    def step(self) -> int:
        """Record the next batch and return how many events it had, 0 when the log is exhausted."""
        received = self._log.read(self._position, BATCH_EVENTS)
        if not received:
            return 0
        events = dict(enumerate((event for _, some in received for event in some), self._taken))
        position = received[-1][0]
        self._record(events, position)
        self._position = position
        self._taken += len(events)
        self._log.forget(position)
        return len(events)

    def idle(self) -> None:
        """Tell the log's readers that nothing was recorded until now."""
        self._store.tick()

    def _record(self, events: Mapping[int, AcceptedEvent], position: int) -> None:
        proposals = self._sifted(events, lambda place: propose(self._secret, events[place]))
        for _ in range(MAX_CONFLICTS):
            taken = self._store.taken([proposal.reservation for proposal in proposals.values()])
            versions = self._store.versions(proposal.stream for proposal in proposals.values())
            try:
                return self._store.append(self._decided(proposals, taken, versions), position)
            except RecordConflict:
                continue
        raise RecordConflict("the stream is written by another process")

    def _decided(
        self,
        proposals: Mapping[int, Proposal],
        taken: Container[tuple[StreamId, str]],
        versions: Mapping[StreamId, int],
    ) -> Sequence[CustomerEvent]:
        try:
            return decide(proposals.values(), taken, versions)
        except Exception:  # noqa: BLE001 - one of them is at fault: which, it tells alone
            events = {place: proposal.accepted for place, proposal in proposals.items()}
            sound = self._sifted(events, lambda place: decide([proposals[place]], taken, versions))
            return decide([proposals[place] for place in sound], taken, versions)

    def _sifted(self, events: Mapping[int, AcceptedEvent], attempt: Callable[[int], T]) -> dict[int, T]:
        """Return what the attempt makes of each event, by its place; those with which it fails are poison."""
        made: dict[int, T] = {}
        poisoned = []
        for place, event in events.items():
            try:
                made[place] = attempt(place)
            except Exception as error:  # noqa: BLE001 - whatever is wrong with one event
                poisoned.append(Poisoned(place, event, error))
        if poisoned:
            self._poison(poisoned)
        return made
