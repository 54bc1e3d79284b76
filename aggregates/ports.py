"""What the write side needs from outside, as ports. No implementation lives here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from schemas.facts import AcceptedEvent, CustomerEvent
from schemas.streams import StreamId

Received = tuple[int, Sequence[AcceptedEvent]]
"""Sequence number of a record of the log, and the events in it."""


class AcceptedLog(Protocol):
    """The log of what the collector accepted. At-least-once: a record may come again until it is forgotten."""

    def read(self, after: int, max_events: int) -> Sequence[Received]:
        """Return records in order, at least one where there is one."""

    def forget(self, up_to: int) -> None:
        """Give up the room of records that are recorded."""


class Poisoned(NamedTuple):
    """An accepted event that no Customer can record."""

    place: int
    """Among the events that this aggregator has taken since it began, from 0; the same when a batch comes again."""
    event: AcceptedEvent
    error: Exception


Poison = Callable[[Sequence[Poisoned]], None]
"""Takes the poison of a batch, in order, and keeps it durably; or raises, and then the batch is not recorded."""


class StreamKeys(Protocol):
    """The keys of the streams, in a store of their own; destroying one erases a stream from an immutable log."""

    def ensure(self, streams: Collection[StreamId]) -> Mapping[StreamId, bytes]:
        """Return the key of each stream, made and durable where there was none."""

    def find(self, streams: Collection[StreamId]) -> Mapping[StreamId, bytes]:
        """Return the keys that there are."""


class EventStore(Protocol):
    """Facts of one shard."""

    def taken(self, reservations: Collection[tuple[StreamId, str]]) -> set[tuple[StreamId, str]]:
        """Return which (stream, event id) are recorded."""

    def versions(self, streams: Iterable[StreamId]) -> dict[StreamId, int]:
        """Return the version of each stream, 0 for a new one."""

    def append(self, events: Sequence[CustomerEvent], position: int) -> None:
        """Record events, their reservations and the position of the log they came from, in one transaction.

        Raises RecordConflict, and StorageUnavailable.
        """

    def position(self) -> int:
        """Return the position of the log up to which everything is recorded."""

    def tick(self) -> None:
        """Move the clock of the log to the present, so that an idle log can be absorbed up to now."""
