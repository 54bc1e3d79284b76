"""How the property tests reach a product: one store of it, by what its shop, analyst and operator can do.

The port only. Adapters: `http_driver` for the real product, `oracle_driver` for one made of the oracle itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from tests.oracle.deliveries import Choice, KeyClass

Json = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What a shop is told about a request."""

    status: int
    body: Json

    @property
    def refused(self) -> dict[int, str]:
        """Code by index of each refused event of a batch; a single event has index 0."""
        if self.status == 400:
            return {0: str(self.body.get("code"))}
        return {int(one["index"]): str(one["code"]) for one in self.body.get("refused", [])}


class Driver(Protocol):
    """One store of a running product. Times in `when` are `as_of` and `known_at`, RFC 3339."""

    def open(self, choice: Choice) -> None:
        """Open the store, before anything else; `choice` is what it does with events of those who did not consent."""

    def refused_for_consent(self) -> int:
        """Return how many messages of the store were counted as refused for want of consent."""

    def send(self, key_class: KeyClass, path: str, body: Mapping[str, Any]) -> Answer:
        """Send one request as a shop."""

    def settle(self) -> None:
        """Return when everything accepted is in the answers."""

    def customers(self, **when: str) -> list[Json]:
        """Return the short profile of every customer."""

    def rules(self, **when: str) -> Json:
        """Return the rules in force and all their versions."""

    def profile_by(self, kind: str, value: str, **when: str) -> Json | None:
        """Return the profile found by a user or anonymous id."""

    def found_by(self, kind: str, value: str, **when: str) -> list[Json]:
        """Return the short profiles found by an e-mail address or phone number."""

    def profile(self, customer_id: str, **when: str) -> Json | None:
        """Return a profile by customer id."""

    def journey(self, customer_id: str, limit: int, **when: str) -> Json:
        """Return a whole journey, read page by page."""

    def events(self, customer_id: str, **when: str) -> list[Json]:
        """Return all facts of a customer."""

    def funnel(self, body: Mapping[str, Any], **when: str) -> Json:
        """Return the answer to a funnel: `steps`, and with `by` also `groups`."""

    def erase(self, customer_id: str) -> str:
        """Erase a customer, to the end; return up to when (RFC 3339)."""

    def restart(self) -> None:
        """End the product cleanly and start it again."""

    def crash(self) -> None:
        """Kill the product and start it again."""

    def rebuild(self) -> None:
        """Build the read models anew."""

    def verify(self) -> None:
        """Fail where rebuilt read models differ from the live ones."""


class NotInTime(AssertionError):
    """What was waited for did not come before the deadline."""


def wait_until(happened: Callable[[], bool], seconds: float, what: str) -> None:
    """Poll until something happened; fail with what was awaited when the time is over."""
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            raise NotInTime(f"{what} did not come within {seconds} s")
        time.sleep(0.02)
