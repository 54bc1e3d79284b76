"""Records proposals in an event store: what is taken, which versions, decide, append; again after a conflict.

An event that no Customer can record goes to the poison, and its neighbours are recorded. Faults of storage are none.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from typing import TypeVar

from aggregates.customer import Decision, Proposal, decide, propose
from aggregates.errors import RecordConflict
from aggregates.ports import EventStore, Poison, Poisoned, Reservation
from schemas.facts import AcceptedEvent, Microseconds
from schemas.streams import StreamId

T = TypeVar("T")

MAX_CONFLICTS = 5

Proposals = Mapping[int, Proposal]
"""Proposals by the place of their event among all that were taken (see `Poisoned`)."""


def proposed(secret: bytes, events: Mapping[int, AcceptedEvent], poison: Poison) -> Proposals:
    """Return the proposals of events, by their places."""
    return _sifted(events, lambda place: propose(secret, events[place]), poison)


def record(store: EventStore, proposals: Proposals, poison: Poison, position: int = 0) -> int:
    """Record what is not recorded yet, with the position of the log it came from; return how many facts that were.

    Raises RecordConflict where other writers are first again and again, and StorageUnavailable.
    """
    for _ in range(MAX_CONFLICTS):
        taken = store.taken([proposal.reservation for proposal in proposals.values()])
        versions = store.versions(proposal.stream for proposal in proposals.values())
        erased_until = store.erased_until(versions)
        decision = _decided(proposals, taken, versions, erased_until, poison)
        try:
            store.append(decision.facts, position, decision.refused)
        except RecordConflict:
            continue
        return len(decision.facts)
    raise RecordConflict("the stream is written by another process")


def _decided(
    proposals: Proposals,
    taken: Container[Reservation],
    versions: Mapping[StreamId, int],
    erased_until: Mapping[StreamId, Microseconds],
    poison: Poison,
) -> Decision:
    try:
        return decide(proposals.values(), taken, versions, erased_until)
    except Exception:  # noqa: BLE001 - one of them is at fault: which, it tells alone
        events = {place: proposal.accepted for place, proposal in proposals.items()}
        sound = _sifted(events, lambda place: decide([proposals[place]], taken, versions), poison)
        return decide([proposals[place] for place in sound], taken, versions, erased_until)


def _sifted(events: Mapping[int, AcceptedEvent], attempt: Callable[[int], T], poison: Poison) -> dict[int, T]:
    """Return what the attempt makes of each event, by its place; those with which it fails are poison."""
    made: dict[int, T] = {}
    poisoned = []
    for place, event in events.items():
        try:
            made[place] = attempt(place)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one event
            poisoned.append(Poisoned(place, event, error))
    if poisoned:
        poison(poisoned)
    return made
