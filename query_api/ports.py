"""What the query API needs from outside, as ports. No implementation lives here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from schemas.facts import Microseconds


class Reader(NamedTuple):
    """Who asks: a store, by a token that may read it."""

    store: str
    administers: bool = False
    """By its admin token."""


class Tokens(Protocol):
    """Query tokens and admin tokens."""

    def reader(self, token: str) -> Reader | None:
        """Return whom the token lets read, or None."""


class Recorder(Protocol):
    """The way in for what an owner decides: the same as that of all events."""

    async def record(self, store: str, message: Mapping[str, Any], message_id: str | None) -> str:
        """Accept a message as from the store's own servers; return the fact's id once it is durable.

        A second one with the same `message_id` is a copy. Raises InvalidEvent, or Busy.
        """


class Progress(NamedTuple):
    """How far the pipeline is; counts are of events."""

    accepted: int
    recorded: int
    projected: int
    dead_letters: int
    lag_seconds: float
    settled: bool


class Pipeline(Protocol):
    """The state of everything before the answers."""

    def progress(self, store: str) -> Progress:
        """Return counts and whether every accepted event is in the answers."""

    def absorbed(self) -> Mapping[int, tuple[int, Microseconds]]:
        """Return, by shard, the notification id and the moment up to which everything is in the answers."""


class Hashing(Protocol):
    """From a raw id to the stream that it names."""

    def stream(self, store: str, kind: str, raw_id: str) -> str:
        """Return the stream id of a `user`, `anonymous`, `email` or `phone` id."""
