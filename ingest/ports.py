"""What the collector asks of the world: a durable log, a place for dead letters, the keys. No implementations here.

Faults that come through these ports:

    FootfallError
    └── Overloaded      full, slow or broken storage: nothing was acknowledged, the sender may try again (503)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from ingest.consent import ConsentChoice
from schemas.errors import FootfallError
from schemas.facts import AcceptedEvent, KeyClass, Microseconds


class Overloaded(FootfallError):
    """The storage takes no more for now; `retry_after` is in whole seconds."""

    def __init__(self, reason: str, retry_after: int = 1) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


class Caller(NamedTuple):
    """Who a key belongs to, and what class of key it is."""

    store: str
    key_class: KeyClass
    origins: frozenset[str] = frozenset()
    """Where a browser may send from; empty for anywhere."""
    consent: ConsentChoice = ConsentChoice.RECORD
    """What the store does with events of those who did not consent."""


ADMISSION, AGGREGATE, PROJECT = "admission", "aggregate", "project"
"""Stages: refused by the collector; accepted, but no Customer could record it; a fact that has no row."""

STAGES = (ADMISSION, AGGREGATE, PROJECT)


class DeadLetter(NamedTuple):
    """What could not be processed, with what a replay needs.

    The fields with a default came later: they are empty in letters of older versions.
    """

    store: str
    stage: str
    code: str
    field: str
    message: str
    raw: bytes
    """Of `admission`, the bytes as they came, without the caller's key, and of addresses what may be kept: a body, or
    one event of a batch. Of
    `aggregate`, the AcceptedEvent as JSON. Of `project`, the fact's message."""
    received_at: Microseconds
    key_class: str = ""
    """Of the caller, as in KeyClass; empty where it is not known."""
    type: str = ""
    """The message type that the route says, or the wire format of the body where it is not Segment's; else empty."""
    is_import: bool = False
    envelope: bytes = b""
    """What the batch of an event says of all its events, as a JSON object; empty where `raw` is no event of a batch."""
    ip: str = ""
    """What may be kept of the connection's."""
    shard: int = 0
    notification_id: int = 0
    """Of a fact that has no row, its place in the notification log of its shard; else 0."""


class Log(Protocol):
    """Where accepted events wait for their aggregate."""

    async def append(self, events: Sequence[AcceptedEvent]) -> None:
        """Return once all are durable, or raise Overloaded; after Overloaded some may be durable all the same."""
        ...

    def ready(self) -> bool:
        """Say whether an append would be taken now."""
        ...


class DeadLetters(Protocol):
    """Where refused events are kept, bounded by age and by bytes for each store."""

    async def put(self, letters: Sequence[DeadLetter]) -> None:
        """Return once all are durable, or raise Overloaded. A letter put twice is kept once."""
        ...


class Keys(Protocol):
    """Who may send."""

    def lookup(self, key: str) -> Caller | None:
        """Return the caller of a write key or server key that is valid now."""
        ...
