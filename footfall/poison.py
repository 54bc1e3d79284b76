"""What the workers do with poison: dead letters, unless it is too much. In both run modes: where letters go is told.

Nothing of a batch is put before the whole batch is known not to be too much.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import msgspec

from aggregates import ports as write_side
from footfall.circuit_breaker import CircuitBreaker
from footfall.logs import logger
from ingest.ports import AGGREGATE, PROJECT, DeadLetter
from projections import ports as read_side

log = logger(__name__)

Put = Callable[[Sequence[DeadLetter]], None]
"""Keeps dead letters durably, or raises a FootfallError."""

LONGEST_REASON = 300


class Unreadable(NamedTuple):
    """Bytes that are no event of ours."""

    place: int
    """See `aggregates.ports.Poisoned`."""
    raw: bytes
    error: Exception


class PoisonLetters:
    """The poison of one worker, or of two: `aggregates.ports.Poison` and `projections.ports.Poison`."""

    def __init__(self, put: Put) -> None:
        self._put = put
        self._breaker = CircuitBreaker()

    def of_aggregator(self, poisoned: Sequence[write_side.Poisoned]) -> None:
        """Keep accepted events that cannot be recorded."""
        self._count(one.place for one in poisoned)
        self._put([accepted_letter(one) for one in poisoned])
        for one in poisoned:
            log.error("aggregator.poison", error=one.error)

    def of_projector(self, poisoned: Sequence[read_side.Poisoned]) -> None:
        """Keep facts that have no row."""
        self._count(one.place for one in poisoned if one.place is not None)
        self._put([fact_letter(one) for one in poisoned])
        for one in poisoned:
            log.error("projector.poison", error=one.error, notification=one.notification.id)

    def unreadable_by_aggregator(self, found: Sequence[Unreadable]) -> None:
        """Keep what is no accepted event."""
        self._keep_unreadable(AGGREGATE, found)

    def unreadable_by_projector(self, found: Sequence[Unreadable]) -> None:
        """Keep what is no fact."""
        self._keep_unreadable(PROJECT, found)

    def _keep_unreadable(self, stage: str, found: Sequence[Unreadable]) -> None:
        self._count(one.place for one in found)
        now = time.time_ns() // 1000
        self._put([DeadLetter("", stage, "unreadable", "", type(one.error).__name__, one.raw, now) for one in found])
        for one in found:
            log.error("worker.unreadable", error=one.error)

    def _count(self, places: Iterable[int]) -> None:
        self._breaker = self._breaker.after(places)


def accepted_letter(poisoned: write_side.Poisoned) -> DeadLetter:
    """Return the letter of an accepted event; its times are not to be trusted, and letters go by their age."""
    event = poisoned.event
    received_at = min(max(event.received_at, 0), time.time_ns() // 1000)
    raw = msgspec.json.encode(event)
    reason = reason_of(poisoned.error)
    return DeadLetter(event.store, AGGREGATE, "poison", "", reason, raw, received_at, event.key_class.value)


def fact_letter(poisoned: read_side.Poisoned) -> DeadLetter:
    """Return the letter of a fact without a row: the fact itself stays in the event store."""
    shard, id_, event = poisoned.notification.shard, poisoned.notification.id, poisoned.notification.event
    return DeadLetter(
        event.store,
        PROJECT,
        "poison",
        "",
        f"{reason_of(poisoned.error)} at notification {id_}",
        bytes(event.message),
        event.received_at,
        event.key_class.value,
        shard=shard,
        notification_id=id_,
    )


def reason_of(error: Exception) -> str:
    """Return the kind of an error and what it says, for who may read the letter too; logs are told its kind alone."""
    return f"{type(error).__name__}: {error}"[:LONGEST_REASON]
