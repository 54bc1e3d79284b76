"""What the write side needs from outside, as ports. No implementation lives here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple, Protocol

from schemas.facts import AcceptedEvent, CustomerEvent, Microseconds, Reason
from schemas.streams import StreamId

Received = tuple[int, Sequence[AcceptedEvent]]
"""Sequence number of a record of the log, and the events in it."""


class AcceptedLog(Protocol):
    """The log of what the collector accepted. At-least-once: a record may come again until it is forgotten."""

    def read(self, after: int, max_events: int) -> Sequence[Received]:
        """Return records in order, at least one where there is one."""

    def forget(self, up_to: int) -> None:
        """Give up the room of records that are recorded."""


Reservation = tuple[StreamId, str]
"""Stream and event id: the unique key by which copies of one message are one."""


Refused = Mapping[Reason, Sequence[Reservation]]
"""Events that are counted and not recorded."""

NONE_REFUSED: Refused = MappingProxyType({})


class Poisoned(NamedTuple):
    """An accepted event that no Customer can record."""

    place: int
    """Among the events that this aggregator has taken since it began, from 0; the same when a batch comes again."""
    event: AcceptedEvent
    error: Exception


Poison = Callable[[Sequence[Poisoned]], None]
"""Takes the poison of a batch, in order, and keeps it durably; or raises, and then the batch is not recorded."""


class StreamKey(NamedTuple):
    """The key of a stream's present generation, and what an erasure said of the ones before."""

    key: bytes
    """Empty where it was destroyed, and nothing was recorded since."""
    from_version: int = 1
    """The first fact that it seals; those below were erased."""
    erased_until: Microseconds | None = None
    """What happened up to then is refused, however late it comes; None where nothing was ever erased."""

    def opens(self, version: int) -> bool:
        """Tell whether a fact of the stream can be read."""
        return bool(self.key) and version >= self.from_version


class StreamKeys(Protocol):
    """The keys of the streams, in a store of their own; destroying one erases a stream from an immutable log.

    What is destroyed is known to every process at its next call, whatever it keeps in memory.
    """

    def ensure(self, streams: Collection[StreamId]) -> Mapping[StreamId, StreamKey]:
        """Return the key of each stream, made and durable where there was none: of a new generation, after erasure."""

    def find(self, streams: Collection[StreamId]) -> Mapping[StreamId, StreamKey]:
        """Return what is known of the streams; a key may be destroyed."""

    def erased_until(self, streams: Collection[StreamId]) -> Mapping[StreamId, Microseconds]:
        """Return up to when what happened is erased, of those streams of which something is."""


class EventStore(Protocol):
    """Facts of one shard."""

    def taken(self, reservations: Collection[Reservation]) -> set[Reservation]:
        """Return which (stream, event id) are recorded."""

    def versions(self, streams: Iterable[StreamId]) -> dict[StreamId, int]:
        """Return the version of each stream, 0 for a new one."""

    def erased_until(self, streams: Iterable[StreamId]) -> Mapping[StreamId, Microseconds]:
        """Return up to when what happened is erased, of those streams of which something is."""

    def append(self, events: Sequence[CustomerEvent], position: int, refused: Refused = NONE_REFUSED) -> None:
        """Record events, their reservations and the position of the log they came from, in one transaction.

        Those of refused events are taken too, and counted: each message once, however often it comes.

        Raises RecordConflict, and StorageUnavailable.
        """

    def position(self) -> int:
        """Return the position of the log up to which everything is recorded."""

    def tick(self) -> None:
        """Move the clock of the log to the present, so that an idle log can be absorbed up to now."""
