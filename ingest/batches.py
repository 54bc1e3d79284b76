"""What a body says: one message, or an envelope with many, whose context and integrations belong to each.

Bodies that are no good JSON go through `ingest/salvage.py`. Nothing is admitted here.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ingest.salvage import Item, explained, salvage
from schemas import json
from schemas.clock import parse_time
from schemas.errors import InvalidEvent, InvalidJson
from schemas.facts import Microseconds

MAX_EVENTS = 2500

_ENVELOPE_LEVELS = 2  # the envelope and its array


class Batch(NamedTuple):
    """The events of a body with what they share."""

    items: list[Any]
    """Decoded messages, or, where a body had to be taken apart, `salvage.Item`s."""
    sent_at: Microseconds | None
    sent_at_said: str | None
    context: dict[str, Any] | None
    integrations: dict[str, Any] | None
    places: list[int] | None = None
    """Of each message, which event of the body it is; None where a body holds messages."""

    def place(self, index: int) -> int:
        """Return which event of the body a message is."""
        return index if self.places is None else self.places[index]

    def envelope(self) -> bytes:
        """Return what is said of all events, as JSON: `read_batch` reads it again, beside a batch."""
        said = {"sentAt": self.sent_at_said, "context": self.context, "integrations": self.integrations}
        return json.encode({field: value for field, value in said.items() if value is not None})

    def merged(self, item: Any) -> Any:
        """Return a message with what the envelope says of it; its own word stands first. The message stays as it is."""
        if item.__class__ is Item:
            if item.fault is not None:
                raise item.fault
            item = item.value
        if item.__class__ is not dict:
            return item
        if not self.context and not self.integrations:
            return item
        message = dict(item)
        if self.context:
            _merge(message, "context", self.context)
        if self.integrations:
            _merge(message, "integrations", self.integrations)
        return message


def _merge(message: dict[str, Any], field: str, shared: dict[str, Any]) -> None:
    own = message.get(field)
    if own is None:
        message[field] = dict(shared)
    elif isinstance(own, dict):
        message[field] = {**shared, **own}


def decode_body(body: bytes, is_batch: bool) -> Any:
    """Return the decoded body, its batch possibly as `salvage.Item`s, or raise InvalidJson."""
    try:
        return json.decode(body, json.MAX_DEPTH + _ENVELOPE_LEVELS if is_batch else json.MAX_DEPTH)
    except InvalidJson as fault:
        salvaged = salvage(body) if is_batch else None
        if salvaged is None:
            raise explained(body, fault) from None
        return {**salvaged.envelope, "batch": salvaged.items}


def read_batch(value: Any) -> Batch:
    """Return the batch of a decoded body, or raise InvalidEvent where its envelope is wrong."""
    if value.__class__ is not dict:
        raise InvalidEvent("wrong_type", "", "a body must be an object")
    items = value.get("batch")
    if items.__class__ is not list:
        raise InvalidEvent("missing_field" if items is None else "wrong_type", "batch", "must be an array of events")
    if len(items) > MAX_EVENTS:
        raise InvalidEvent("too_many_events", "batch", f"a batch has up to {MAX_EVENTS} events")
    said = value.get("sentAt") or None
    return Batch(
        items,
        None if said is None else parse_time(said, "sentAt"),
        said,
        _object(value, "context"),
        _object(value, "integrations"),
    )


def _object(value: dict[str, Any], field: str) -> dict[str, Any] | None:
    found = value.get(field)
    if found is None or isinstance(found, dict):
        return found
    raise InvalidEvent("wrong_type", field, "must be an object")


def raw_bytes(item: Any) -> bytes:
    """Return the bytes of one event of a batch, for a dead letter."""
    return item.raw if isinstance(item, Item) else json.encode(item)
