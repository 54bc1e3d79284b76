"""What one fact says of consent, purpose by purpose. What follows from it belongs elsewhere."""

from __future__ import annotations

from tests.oracle.admission import Fact
from tests.oracle.reading import mapping, text


def consent_said(fact: Fact) -> dict[str, bool]:
    """Return what a fact says of each purpose; what an event is about outweighs its context."""
    said = mapping(mapping(fact.context.get("consent")).get("categoryPreferences"))
    held = {purpose: value for purpose, value in said.items() if isinstance(value, bool)}
    if fact.name in ("Consent Given", "Consent Withdrawn"):
        purposes = fact.properties.get("purposes")
        for purpose in purposes if isinstance(purposes, list) else []:
            held[text(purpose)] = fact.name == "Consent Given"
    return held
