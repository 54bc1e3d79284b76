"""The rules of a store as its facts tell them: those that were known, each replacing what it names.

Nothing here asks what a rule does.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from tests.oracle.admission import Fact
from tests.oracle.reading import mapping, number


def session_timeout(facts: Iterable[Fact], default: timedelta, known_at: datetime | None) -> timedelta:
    """Return after which pause a session ends. What had happened by a time does not matter: one version holds for all
    of history."""
    found = default
    for fact in sorted(facts, key=lambda one: one.order):
        if fact.name == "Rules Changed" and (known_at is None or fact.recorded_at <= known_at):
            said: dict[str, Any] = dict(mapping(fact.properties.get("rules")))
            if "session_timeout_seconds" in said:
                seconds = number(said["session_timeout_seconds"])
                found = default if seconds is None else timedelta(seconds=float(seconds))
    return found
