"""The event store: facts sealed and handed to a recorder, with the reservations by which copies of a message are one.

What a recorder is built on does not belong here.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence

from eventsourcing.persistence import IntegrityError, PersistenceError

from aggregates.errors import RecordConflict, StorageUnavailable
from aggregates.mapping import FactMapper
from aggregates.ports import NONE_REFUSED, Refused, Reservation, StreamKeys
from aggregates.recorder import Recorder
from schemas.facts import CustomerEvent, Microseconds
from schemas.streams import StreamId

RESERVATION_LOCALITY = 8
"""Bytes of the stream's hash before the event id: a customer's reservations lie together, so few pages change."""

VERSIONS_KEPT = 50_000


class RecordedEventStore:
    """`aggregates.ports.EventStore` on any recorder."""

    def __init__(self, recorder: Recorder, keys: StreamKeys) -> None:
        self._recorder = recorder
        self._keys = keys
        self._mapper = FactMapper()
        self._versions: OrderedDict[StreamId, int] = OrderedDict()

    def taken(self, reservations: Collection[Reservation]) -> set[Reservation]:
        by_key = {reservation_key(*reservation): reservation for reservation in reservations}
        return {by_key[key] for key in self._recorder.taken(list(by_key))}

    def versions(self, streams: Iterable[StreamId]) -> dict[StreamId, int]:
        wanted = set(streams)
        known = {stream: self._versions[stream] for stream in wanted if stream in self._versions}
        found = self._recorder.max_version(wanted - known.keys())
        return known | {StreamId(stream): version for stream, version in found.items()}

    def erased_until(self, streams: Iterable[StreamId]) -> Mapping[StreamId, Microseconds]:
        return self._keys.erased_until(set(streams))

    def append(self, events: Sequence[CustomerEvent], position: int, refused: Refused = NONE_REFUSED) -> None:
        keys = self._keys.ensure({event.stream for event in events})
        stored = [self._mapper.to_stored_event(event, keys[event.stream].key) for event in events]
        taken = [(event.stream, event.event_id) for event in events]
        taken += (one for some in refused.values() for one in some)
        counts = {reason: len(some) for reason, some in refused.items()}
        reservations = sorted(reservation_key(*one) for one in taken)
        try:
            self._recorder.insert_events(stored, reservations=reservations, position=position, refused=counts)
        except IntegrityError as error:
            self._versions.clear()
            raise RecordConflict(str(error)) from error
        except PersistenceError as error:
            self._versions.clear()
            raise StorageUnavailable(str(error)) from error
        self._remember(events)

    def position(self) -> int:
        return self._recorder.state_of_log()[0]

    def tick(self) -> None:
        self._recorder.tick()

    def _remember(self, events: Sequence[CustomerEvent]) -> None:
        for event in events:
            self._versions[event.stream] = event.version
            self._versions.move_to_end(event.stream)
        while len(self._versions) > VERSIONS_KEPT:
            self._versions.popitem(last=False)


def reservation_key(stream: StreamId, event_id: str) -> bytes:
    """Return by what copies of a message are found; it is stored: frozen."""
    return bytes.fromhex(stream[1 : 1 + 2 * RESERVATION_LOCALITY] + event_id)
