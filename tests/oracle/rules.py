"""The rules of a store as its facts tell them: those that were known, each replacing what it names.

Nothing here asks what a rule does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.oracle.admission import Fact
from tests.oracle.reading import mapping

BLOCKED = ("test@test.com", "guest", "unknown", "none", "n/a", "NaN", "[object Object]")


@dataclass(frozen=True)
class Rules:
    """What answers depend on besides facts, with the defaults."""

    session_timeout_seconds: float = 1800
    most_anonymous_ids: int = 10_000
    most_users_of_an_address: int = 5
    blocked_ids: tuple[str, ...] = BLOCKED
    channels: tuple[Mapping[str, Any], ...] = ()
    bot_activities_in_minute: int = 200
    bot_activities_in_hour: int = 2_000

    @property
    def session_timeout(self) -> timedelta:
        return timedelta(seconds=float(self.session_timeout_seconds))


def rules_of(facts: Iterable[Fact], default: Rules, known_at: datetime | None) -> Rules:
    """Return the rules in force. What had happened by a time does not matter: they hold for all of history."""
    values: dict[str, Any] = dict(vars(default))
    for fact in sorted(facts, key=lambda one: one.order):
        if fact.name == "Rules Changed" and (known_at is None or fact.recorded_at <= known_at):
            for name, value in mapping(fact.properties.get("rules")).items():
                values[name] = getattr(default, name) if value is None else value
    lists = {name: tuple(values[name]) for name in ("blocked_ids", "channels")}
    return Rules(**{**values, **lists})
