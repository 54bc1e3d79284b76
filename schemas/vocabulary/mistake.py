"""Mistakes: a fact taken back."""

from __future__ import annotations

from typing_extensions import TypedDict

from schemas.vocabulary.event_type import EventType
from schemas.vocabulary.values import Text, Texts


class EventRetracted(TypedDict, total=False):
    event_id: Text
    message_id: Text
    reason: Texts


EVENT_RETRACTED = EventType(
    name="Event Retracted",
    fact="EventRetracted",
    properties=EventRetracted,
    needs_one_of=("event_id", "message_id"),
    back_office=True,
)
