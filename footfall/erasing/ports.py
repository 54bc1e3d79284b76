"""What an erasure needs of a run mode, as ports. No implementation lives here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

from footfall.erasing.erasure import Erasure, LastFact, Removed
from schemas.errors import FootfallError
from schemas.facts import AcceptedEvent, Microseconds
from schemas.streams import StreamId


class NotYet(FootfallError):
    """Something has to come first, such as a batch of the projector: try again in a moment."""


class Ledger(Protocol):
    """All erasures, outside of what a backup restores. No personal data is in it."""

    def add(self, erasure: Erasure) -> None:
        """Keep a new erasure, durably."""
        ...

    def save(self, erasure: Erasure) -> None:
        """Keep how far an erasure is, durably."""
        ...

    def get(self, id_: str) -> Erasure | None:
        """Return an erasure."""
        ...

    def unfinished(self) -> Sequence[Erasure]:
        """Return those that are not done, in the order in which they were asked for. Cheap: asked again and again."""
        ...

    def page(self, store: str, limit: int, before: str | None = None) -> Sequence[Erasure]:
        """Return erasures of a store, newest first, older than the one with the id `before`."""
        ...


class Persons(NamedTuple):
    """The persons asked for with their streams, and the streams of those with whom they shared an order or a link."""

    own: Mapping[StreamId, tuple[StreamId, ...]]
    others: frozenset[StreamId]

    @property
    def streams(self) -> frozenset[StreamId]:
        """Return all streams of the persons asked for."""
        return frozenset(stream for streams in self.own.values() for stream in streams)


class Facts(Protocol):
    """The event store and the keys, with the answers as far as they tell whose a stream is."""

    def still(self) -> AbstractContextManager[None]:
        """Nothing is recorded while this is held, and all that was recorded is in the answers; or raise NotYet."""

    def persons(self, store: str, streams: Iterable[StreamId]) -> Persons:
        """Return whose these streams are."""

    def inactive(self, store: str, before: LastFact, limit: int) -> Sequence[StreamId]:
        """Return customers whose last fact lies before, those first who are longest away."""

    def latest(self, store: str, streams: Collection[StreamId]) -> Microseconds:
        """Return when the last fact of these streams occurred."""

    def versions(self, streams: Collection[StreamId]) -> Mapping[StreamId, int]:
        """Return the highest version of each stream, 0 where it has no facts."""

    def sales(self, store: str, streams: Collection[StreamId]) -> Sequence[AcceptedEvent]:
        """Return the order facts that the store keeps without a name; none where it keeps none."""

    def record(self, events: Sequence[AcceptedEvent]) -> None:
        """Record events, each once, also where this is repeated."""

    def marks(self) -> Mapping[str, int]:
        """Return where the logs end that hold what was said until now."""

    def destroy(self, generations: Mapping[StreamId, int], until: Microseconds) -> None:
        """Destroy the keys of what lies below these versions; refuse what happened up to then."""


class Place(Protocol):
    """Somewhere copies of what was said lie."""

    name: str

    def remove(self, erasure: Erasure) -> Removed:
        """Remove them, also where this was begun before; or raise NotYet."""
