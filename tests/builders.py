"""Test data with defaults: a test names only what it is about."""

from __future__ import annotations

from typing import Any

import msgspec

from ingest.ports import Caller
from schemas.clock import parse_time
from schemas.facts import AcceptedEvent, KeyClass, Microseconds
from schemas.streams import StreamKind, StreamRef

NOW: Microseconds = parse_time("2026-11-22T12:00:00Z", "now")
WRITE = Caller("shop", KeyClass.WRITE)
SERVER = Caller("shop", KeyClass.SERVER)


def message(type_: str = "track", **fields: Any) -> dict[str, Any]:
    """A message that is taken: give a field as None to leave it out."""
    built: dict[str, Any] = {"type": type_, "messageId": "m-1", "anonymousId": "a-1"}
    if type_ == "track":
        built["event"] = "Product Viewed"
        built["properties"] = {"product_id": "p-1"}
    built.update(fields)
    return {name: value for name, value in built.items() if value is not None}


def accepted_event(message_id: str = "m-1", **fields: Any) -> AcceptedEvent:
    """An event that was taken."""
    built: dict[str, Any] = {
        "store": "shop",
        "key_class": KeyClass.WRITE,
        "stream": StreamRef(StreamKind.ANONYMOUS, "a-1"),
        "name": "Product Viewed",
        "fact": "ProductViewed:1",
        "message_id": message_id,
        "occurred_at": NOW,
        "received_at": NOW,
        "message": msgspec.Raw(msgspec.json.encode(message(messageId=message_id))),
    }
    return AcceptedEvent(**{**built, **fields})
