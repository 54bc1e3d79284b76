"""Rules: what the answers of a store depend on besides its customers' facts (schemas/rules.py)."""

from __future__ import annotations

from typing_extensions import TypedDict

from schemas.rules import RuleChanges
from schemas.vocabulary.event_type import EventType
from schemas.vocabulary.values import Texts


class RulesChanged(TypedDict, total=False):
    rules: RuleChanges
    reason: Texts


RULES_CHANGED = EventType(
    name="Rules Changed",
    fact="RulesChanged",
    properties=RulesChanged,
    needs_one_of=("rules",),
    back_office=True,
    about_store=True,
)
