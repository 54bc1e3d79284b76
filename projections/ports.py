"""What the read side needs from outside, as ports. No implementation lives here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple, Protocol

from schemas.facts import LogSection, Microseconds, Notification


class NotificationLog(Protocol):
    """The total order of one shard's facts."""

    shard: int

    def read(self, after: int, limit: int) -> LogSection:
        """Return up to `limit` notifications with an id above `after`."""

    def read_ids(self, ids: Collection[int]) -> Sequence[Notification]:
        """Return the notifications with these ids, as far as there are any."""

    def last_id(self) -> int:
        """Return the id of the last notification, 0 when there is none."""


class Poisoned(NamedTuple):
    """A fact that has no row."""

    place: int | None
    """Among the facts that this projector has taken since it began, from 0; the same when a batch comes again. None
    where it was absorbed before, without a row or into a table that is filled anew."""
    notification: Notification
    error: Exception


Poison = Callable[[Sequence[Poisoned]], None]
"""Takes the poison of a batch, in order, and keeps it durably; or raises, and then the batch is not absorbed."""


class TrackingPosition(NamedTuple):
    """What a projection has absorbed of one shard."""

    notification_id: int
    absorbed_at: Microseconds


class Absorbed(Protocol):
    """What has been absorbed of each shard."""

    def position(self, shard: int) -> TrackingPosition:
        """Return the position, zeros when nothing was absorbed."""


class Tracking(Absorbed, Protocol):
    """Durable tracking positions, one a shard."""

    def advance(self, shard: int, position: TrackingPosition) -> None:
        """Move the position; it never goes back."""


class StoreCurrencies(Protocol):
    """The currency of money that names none."""

    def currency(self, store: str) -> str:
        """Return the store's currency, three letters."""


class Hashing(Protocol):
    """From a raw id to the stream that it names."""

    def stream(self, store: str, kind: str, raw_id: str) -> str:
        """Return the stream id of a `user`, `anonymous`, `email` or `phone` id."""
