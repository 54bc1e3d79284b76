"""What the query API needs from outside, as ports. No implementation lives here."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from schemas.facts import CustomerEvent, Microseconds


class Reader(NamedTuple):
    """Who asks: a store, by a token that may read it."""

    store: str
    admin: bool = False
    """By an admin token."""


class Editor(NamedTuple):
    """Who may say what customers are: a store, by an admin token or a server key."""

    store: str
    by: str
    """Which of the two it was, in words."""


class Tokens(Protocol):
    """Tokens and keys, as far as they open routes of the query API."""

    def reader(self, token: str) -> Reader | None:
        """Return whom the token lets read, or None."""

    def editor(self, token: str) -> Editor | None:
        """Return whom the admin token or server key lets say what customers are, or None."""


class Recorder(Protocol):
    """The way of a back-office fact into the log of accepted events."""

    async def record(self, store: str, message: dict[str, Any]) -> str:
        """Return the event id of a message, once it is durable; raises InvalidInput, and ApiError for a busy log."""


class Progress(NamedTuple):
    """How far the pipeline is; counts are of events."""

    accepted: int
    recorded: int
    projected: int
    dead_letters: int
    lag_seconds: float
    settled: bool
    refused_for_erasure: int = 0
    """Accepted events that were not recorded: what happened before their person was erased."""
    refused_for_consent: int = 0
    """Events that the collector refused, and kept nothing of: without consent, each message once."""


class Erasures(Protocol):
    """Erasures of persons, as receipts (docs/erasure.md)."""

    def request(self, store: str, customer_id: str) -> Mapping[str, Any]:
        """Ask for the erasure of a person, durably; where one waits already, that one is it."""

    def receipt(self, store: str, erasure_id: str) -> Mapping[str, Any] | None:
        """Return how far an erasure of a store is."""

    def page(self, store: str, limit: int, before: str | None) -> Sequence[Mapping[str, Any]]:
        """Return erasures of a store, newest first."""

    def retention(self, store: str) -> Mapping[str, Any]:
        """Return for how long a store keeps whom, and whose time is over."""


NotificationPlace = tuple[int, int]
"""Shard and notification id of a fact."""


class Held(Protocol):
    """What is held on persons outside of the answers, for an export (docs/export.md)."""

    @property
    def elsewhere(self) -> Sequence[str]:
        """What is held where no export reads it, a sentence each."""

    def facts(self, places: Sequence[NotificationPlace]) -> Mapping[NotificationPlace, CustomerEvent]:
        """Return facts as the event store has them, those that can be read."""

    def letters(self, store: str, streams: Collection[str]) -> Iterator[Mapping[str, Any]]:
        """Return the dead letters that name one of the streams, without what they say of others."""

    def receipts(self, store: str, streams: Collection[str]) -> Iterator[Mapping[str, Any]]:
        """Return the receipts of erasures of one of the streams."""


Absorbed = Mapping[int, tuple[int, Microseconds]]
"""By shard, the notification id and the moment up to which everything is in the answers."""


class Pipeline(Protocol):
    """The state of everything before the answers."""

    def progress(self, store: str) -> Progress:
        """Return counts and whether every accepted event is in the answers."""

    def absorbed(self) -> Absorbed:
        """Return what is in the answers."""


class Hashing(Protocol):
    """From a raw id to the stream that it names."""

    def stream(self, store: str, kind: str, raw_id: str) -> str:
        """Return the stream id of a `user`, `anonymous`, `email` or `phone` id."""
