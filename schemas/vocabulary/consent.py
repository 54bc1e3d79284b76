"""Consent: what a customer allows."""

from __future__ import annotations

from typing_extensions import TypedDict

from schemas.vocabulary.event_type import EventType
from schemas.vocabulary.values import Text, Texts


class Consent(TypedDict, total=False):
    purposes: Texts
    policy_version: Text


CONSENT_GIVEN = EventType(name="Consent Given", fact="ConsentGiven", properties=Consent)
CONSENT_WITHDRAWN = EventType(name="Consent Withdrawn", fact="ConsentWithdrawn", properties=Consent)
