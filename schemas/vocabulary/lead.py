"""Leads: somebody left an address; the shop finds out what it is worth."""

from __future__ import annotations

from typing_extensions import TypedDict

from schemas.vocabulary.event_type import EventType
from schemas.vocabulary.values import Text, Texts


class Lead(TypedDict, total=False):
    form: Text
    email: Text
    phone: Text
    source: Text
    reason: Texts


LEAD_CAPTURED = EventType(name="Lead Captured", fact="LeadCaptured", properties=Lead)
LEAD_QUALIFIED = EventType(
    name="Lead Qualified",
    fact="LeadQualified",
    properties=Lead,
    back_office=True,
)
LEAD_LOST = EventType(name="Lead Lost", fact="LeadLost", properties=Lead, back_office=True)
