"""What the collector asks of the world: a durable log, a place for dead letters, the keys. No implementations here.

Faults that come through these ports:

    FootfallError
    └── Overloaded      full, slow or broken storage: nothing was acknowledged, the sender may try again (503)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

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


class DeadLetter(NamedTuple):
    """What could not be processed, with the bytes as they came (without the caller's key)."""

    store: str
    stage: str
    code: str
    field: str
    message: str
    raw: bytes
    received_at: Microseconds


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
