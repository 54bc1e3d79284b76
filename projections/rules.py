"""The rules that the answers depend on (docs/definitions.md), as one value. Where they come from is not known here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from schemas.facts import Microseconds

BLOCKED_IDS = ("test@test.com", "guest", "unknown", "none", "n/a", "NaN", "[object Object]")
"""What programs and testers write where an id should be, and whole shops would be one person by."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules."""

    session_timeout: Microseconds = 30 * 60 * 1_000_000
    most_anonymous_ids: int = 10_000
    """Of one user; those that it claimed first."""
    most_users_of_an_address: int = 5
    """An e-mail address or a telephone that more users name links none of them."""
    blocked_ids: tuple[str, ...] = BLOCKED_IDS
    """Users, visitors and addresses that are linked to nobody."""

    def parameters(self) -> dict[str, Any]:
        """Return those that queries take as parameters."""
        return {"session_timeout": self.session_timeout}
