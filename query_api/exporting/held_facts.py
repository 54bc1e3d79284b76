"""The facts of a person as the event store has them, page by page. What the answers leave out is in it too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from query_api.exporting.person import Person
from query_api.links import KINDS
from query_api.pages import place_of
from query_api.ports import Held
from query_api.presentation import time
from query_api.reading import FIRST
from schemas import json
from schemas.clock import to_datetime
from schemas.facts import CustomerEvent

PAGE = 500
"""Facts, or sessions, read at once: bounds the memory of an export."""

COLUMNS = (
    "event_id", "message_id", "name", "stream", "sender", "occurred_at", "received_at", "recorded_at", "ids",
    "properties", "traits", "context",
)  # fmt: skip
"""Of the table; the whole message is in the JSON beside it."""


def facts(person: Person, held: Held) -> Iterator[dict[str, Any]]:
    """Return all facts, in their order, each with its whole message."""
    after = FIRST
    while rows := person.reading.held(person.streams, person.until, after, PAGE):
        places = [(int(row["shard"]), int(row["notification_id"])) for row in rows]
        found = held.facts(places)
        yield from (_shown(found[place]) for place in places if place in found)
        after = place_of(rows[-1])


def flat(fact: dict[str, Any]) -> dict[str, Any]:
    """Return a fact as a row of the table."""
    said = json.decode(bytes(fact["message"]), max_depth=1_000)
    return {**fact, **{part: said.get(part) for part in ("properties", "traits", "context")}}


def _shown(event: CustomerEvent) -> dict[str, Any]:
    return {
        "event_id": event.event_id,
        "message_id": event.message_id,
        "name": event.name,
        "stream": event.stream,
        "sender": f"{event.key_class} key",
        "occurred_at": time(to_datetime(event.occurred_at)),
        "received_at": time(to_datetime(event.received_at)),
        "recorded_at": time(to_datetime(event.recorded_at)),
        "ids": [{"kind": KINDS[stream[0]], "value": value} for stream, value in event.names],
        "message": msgspec.Raw(bytes(event.message)),
    }
