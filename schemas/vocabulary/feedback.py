"""Feedback: a score, and perhaps a comment."""

from __future__ import annotations

from typing_extensions import TypedDict

from schemas.vocabulary.event_type import EventType
from schemas.vocabulary.values import Amount, Text


class FeedbackGiven(TypedDict, total=False):
    score: Amount
    scale: Amount
    order_id: Text
    comment: Text


FEEDBACK_GIVEN = EventType(name="Feedback Given", fact="FeedbackGiven", properties=FeedbackGiven)
