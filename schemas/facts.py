"""What travels inside the product: the event that the collector accepted, and the fact that an aggregate recorded.

The two structures are stored (inbox, topics, event store), so their field names are frozen: add fields with defaults,
never rename or remove one.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from schemas.streams import StreamId, StreamRef

Microseconds = int
"""A moment: microseconds since 1970-01-01T00:00:00Z."""


class KeyClass(StrEnum):
    """Class of the key that sent an event. The value is part of the de-duplication key: frozen."""

    WRITE = "write"
    SERVER = "server"


class Reason(StrEnum):
    """Why events are refused and counted. The value is stored: frozen."""

    ERASURE = "erasure"
    """It happened before its stream was erased."""
    CONSENT = "consent"
    """The store records nothing without consent."""


class AcceptedEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One site event after admission: checked, redacted, dated and addressed.

    `message` is the Segment message as it was said (after redaction), as JSON text; numbers keep all their digits.
    """

    store: str
    key_class: KeyClass
    stream: StreamRef
    claims: tuple[StreamRef, ...] = ()
    name: str
    """The fact's name: `Product Viewed`, `page`, ... (docs/definitions.md, Name)."""
    fact: str
    """Stored name and version: `ProductViewed:1` (schemas/vocabulary)."""
    message_id: str
    occurred_at: Microseconds
    received_at: Microseconds
    message: msgspec.Raw
    refused: str = ""
    """A Reason where it is to be counted and not recorded: then it holds nothing of what was said. Else empty."""


class CustomerEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A fact of one stream, as the event store gives it back."""

    store: str
    stream: StreamId
    version: int
    """Position within the stream, from 1, without gaps."""
    event_id: str
    key_class: KeyClass
    name: str
    fact: str
    """Stored name and version, as in `AcceptedEvent`."""
    message_id: str
    occurred_at: Microseconds
    received_at: Microseconds
    recorded_at: Microseconds
    names: tuple[tuple[StreamId, str], ...]
    """Stream and raw id of every id that the event names: its own stream first, then those that it links to it."""
    message: msgspec.Raw


class Notification(msgspec.Struct, frozen=True, gc=False):
    """A fact with its place in the notification log of its shard; ids rise from 1, with holes allowed."""

    shard: int
    id: int
    event: CustomerEvent


class LogSection(msgspec.Struct, frozen=True):
    """Some notifications of one shard in order.

    `exhausted_at` is set when the log ended here: no later commit has a `recorded_at` up to that moment. `last_id` is
    the id of the last notification looked at, 0 where there was none.
    """

    notifications: Sequence[Notification]
    last_id: int
    exhausted_at: Microseconds | None
