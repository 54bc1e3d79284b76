"""What the event store and the notification log ask of a database, as a port: one shard's stored events.

Adapters extend the recorders of the `eventsourcing` library; their faults are that library's, IntegrityError and
PersistenceError among them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from eventsourcing.persistence import StoredEvent

from aggregates.mapping import StoredFact
from schemas.facts import Microseconds


class Recorder(Protocol):
    """Stored events of one shard, and in the same transactions their reservations, a position and the log's clock."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        """Record all or none; further arguments: `reservations` (16 to 32 bytes each), `position`, and
        counts of what was `refused`, by reason.

        Raises IntegrityError where a reservation or a version is taken.
        """

    def taken(self, keys: Sequence[bytes]) -> set[bytes]:
        """Return which of the reservations are there."""

    def max_version(self, streams: Iterable[str]) -> dict[str, int]:
        """Return the highest version of each stream, 0 for a new one."""

    def refused(self) -> Mapping[str, int]:
        """Return how many events were ever refused, by the reasons of which there are any."""

    def tick(self) -> None:
        """Move the clock alone."""

    def state_of_log(self) -> tuple[int, Microseconds]:
        """Return position and clock."""

    def select_after(self, after: int, limit: int) -> list[StoredFact]:
        """Return up to `limit` facts of the log above the id `after`, in order."""

    def select_by_ids(self, ids: Sequence[int]) -> list[StoredFact]:
        """Return the facts of the log with these ids, in order."""

    def max_notification_id(self) -> int | None:
        """Return the id of the last notification, None where there is none."""
