"""From where something is looked at: which store, as of when, known when, by which rules. Values only.

Every query about customers takes its parameters from here, so that none forgets one.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from projections.clickhouse_connection import FOR_EVER, moment
from schemas.facts import Microseconds
from schemas.rules import Rules

RULES_FIRST = 2**40
"""More than the facts of a component can be."""


class Perspective(NamedTuple):
    """What the views `facts` and `owners`, the read models and the questions are given."""

    store: str
    rules: Rules
    as_of: Microseconds = FOR_EVER
    known_at: Microseconds = FOR_EVER
    rules_version: int = 0
    """How many changes of the rules were known; 0 is the installation's settings."""
    rules_seen: int = 0
    """How many changes of the rules are there at all."""
    turn: int = 0
    """Of the refresh that looks, taken before it reads anything: of two rows that saw as much the later one stands."""

    @property
    def travelled(self) -> bool:
        """Tell whether the live read models cannot answer."""
        return self.as_of < FOR_EVER or self.known_at < FOR_EVER

    @property
    def version(self) -> int:
        """The first part of the version of a row: whoever saw more changes of the rules saw more, since other rules may
        make its component, and so the second part, smaller (docs/decisions/0004).
        """
        return self.rules_seen * RULES_FIRST

    def times(self) -> dict[str, Any]:
        """Return the parameters of the view `facts`."""
        times = {"as_of": moment(min(self.as_of, FOR_EVER)), "known_at": moment(min(self.known_at, FOR_EVER))}
        return {"store": self.store, **times}

    def told(self) -> dict[str, Any]:
        """Return the rules and their version, as answers tell them: without lists."""
        rules = self.rules.model_dump(mode="json")
        return {
            "version": self.rules_version,
            **{name: one for name, one in rules.items() if not isinstance(one, list)},
        }

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of queries that read facts; those of the view `owners` come from `links.py`."""
        return {**self.times(), **self.rules.parameters(), "turn": self.turn}
