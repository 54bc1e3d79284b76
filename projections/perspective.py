"""From where something is looked at: which store, as of when, known when, by which rules. Values only.

Every query about customers takes its parameters from here, so that none forgets one.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from projections.clickhouse_connection import FOR_EVER, moment
from schemas.facts import Microseconds
from schemas.rules import Rules


class Perspective(NamedTuple):
    """What the views `facts` and `owners`, the read models and the questions are given."""

    store: str
    rules: Rules
    as_of: Microseconds = FOR_EVER
    known_at: Microseconds = FOR_EVER
    rules_version: int = 0
    """How many changes of the rules were known; 0 is the installation's settings."""
    rules_seen: int = 0
    """Rises with every change of the rules: a part of the version of a row (docs/decisions/0004)."""

    @property
    def travelled(self) -> bool:
        """Tell whether the live read models cannot answer."""
        return self.as_of < FOR_EVER or self.known_at < FOR_EVER

    def told(self) -> dict[str, Any]:
        """Return the rules and their version, as answers tell them."""
        return {"version": self.rules_version, **self.rules.model_dump(mode="json")}

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of its queries."""
        times = {"as_of": moment(min(self.as_of, FOR_EVER)), "known_at": moment(min(self.known_at, FOR_EVER))}
        return {"store": self.store, **times, **self.rules.parameters()}
