"""Sorts the events of a batch into accepted and refused ones, for the collector and for a replay of its dead letters.

Pure. Whether one event is taken is decided in `ingest/admission.py`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ingest.admission import Arrival, Rules, admit
from ingest.batches import Batch, raw_bytes
from schemas.errors import InvalidEvent, InvalidInput
from schemas.facts import AcceptedEvent

MAX_ADMITTED_BYTES = 8 * 1024 * 1024
"""What a body may grow to when its envelope's context is merged into each of its events."""


class Refused(NamedTuple):
    """An event of a batch that was refused: its place in the body, its bytes, and why."""

    place: int
    item: Any
    raw: bytes
    fault: InvalidInput


class Sorted(NamedTuple):
    """What became of the events of a request; `envelope` is what goes with each refused one."""

    accepted: list[AcceptedEvent]
    refused: list[Refused]
    envelope: bytes


def sort(batch: Batch, arrival: Arrival, rules: Rules) -> Sorted:
    """Admit each event of a batch; one that is refused never fails its neighbours."""
    accepted: list[AcceptedEvent] = []
    refused: list[Refused] = []
    merged, envelope, size = batch.merged, b"", 0
    for index, item in enumerate(batch.items):
        try:
            event = admit(merged(item), None, arrival, rules)
            accepted.append(event)
            size += len(memoryview(event.message))
        except InvalidInput as fault:
            envelope = envelope or batch.envelope()
            refused.append(Refused(batch.place(index), item, raw_bytes(item), fault))
            size += len(envelope)
        if size > MAX_ADMITTED_BYTES:
            raise InvalidEvent("body_too_large", "context", "too large to be merged into each event")
    return Sorted(accepted, refused, envelope)
