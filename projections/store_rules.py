"""The rules of stores, as their facts in ClickHouse tell them. What a rule means belongs in schemas/rules.py."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from projections import sql
from projections.clickhouse_connection import FOR_EVER, Warehouse, microseconds
from projections.perspective import Perspective
from schemas import json
from schemas.facts import Microseconds
from schemas.rules import Changes, Rules, changed


class RuleChange(NamedTuple):
    """A fact Rules Changed."""

    event_id: str
    occurred_at: Microseconds
    recorded_at: Microseconds
    rules: Changes
    reason: Any


class StoreRules:
    """Reads which rules are in force. They hold for all of history: `as_of` does not choose among them."""

    def __init__(self, warehouse: Warehouse, default: Rules) -> None:
        self._warehouse = warehouse
        self.default = default

    def changes(self, store: str) -> Sequence[RuleChange]:
        """Return all changes, in the order in which they add up."""
        rows = self._warehouse.select(sql.text("projections", "queries", "rule_changes"), {"store": store})
        return [
            RuleChange(event_id, microseconds(at), microseconds(recorded), _said(rules) or {}, _said(reason))
            for event_id, at, recorded, rules, reason in rows
        ]

    def perspective(self, store: str, as_of: Microseconds = FOR_EVER, known_at: Microseconds = FOR_EVER) -> Perspective:
        """Return the perspective of some times, by the rules that were known then.

        A refresh takes it before it reads versions and facts: whoever records something reads all of these after it,
        so that the row of the highest version has seen everything.
        """
        changes = self.changes(store)
        known = [change.rules for change in changes if change.recorded_at <= known_at]
        return Perspective(store, changed(self.default, known), as_of, known_at, len(known), len(changes))

    def what_if(self, perspective: Perspective, changes: Changes) -> Perspective:
        """Return the perspective by rules that were never recorded: those in force, and these changes."""
        in_force = perspective.rules.model_dump()
        return perspective._replace(rules=changed(self.default, [in_force, changes]))


def _said(text: str) -> Any:
    return json.decode(text.encode()) if text else None
