"""Builders for hand-computed cases: one shop's deliveries, told line by line.

Test data only. A story's clock starts at noon; `minutes` says when something happened.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from tests.oracle import Delivery, Oracle, Person
from tests.oracle.deliveries import KeyClass

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def said(minutes: float) -> str:
    return at(minutes).isoformat()


class Story:
    """Collects deliveries; each is received and recorded a second after the one before."""

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []
        self._orders = count(1)

    def track(self, event: str, minutes: float, properties: dict[str, Any] | None = None, **rest: Any) -> Delivery:
        return self.tell({"type": "track", "event": event, "properties": properties or {}}, minutes, **rest)

    def page(self, minutes: float, **rest: Any) -> Delivery:
        return self.tell({"type": "page", "properties": {}}, minutes, **rest)

    def identify(self, minutes: float, traits: dict[str, Any] | None = None, **rest: Any) -> Delivery:
        return self.tell({"type": "identify", "traits": traits or {}}, minutes, **rest)

    def tell(
        self,
        message: dict[str, Any],
        minutes: float,
        key: KeyClass = "write",
        sent_at: datetime | None = None,
        received_at: datetime | None = None,
        user: Any = None,
        anonymous: Any = None,
        message_id: str | None = None,
        **more: Any,
    ) -> Delivery:
        order = next(self._orders)
        ids = {"userId": user, "anonymousId": anonymous, "messageId": message_id or f"m{order}"}
        received = received_at or at(24 * 60) + timedelta(seconds=order)
        delivery = Delivery(
            store="shop",
            key_class=key,
            message={**message, **ids, "timestamp": said(minutes), **more},
            received_at=received,
            recorded_at=at(24 * 60) + timedelta(seconds=order),
            recorded_order=order,
            sent_at=sent_at,
        )
        self.deliveries.append(delivery)
        return delivery

    @property
    def oracle(self) -> Oracle:
        return Oracle(self.deliveries)

    def person(self, kind: str, value: str, **when: datetime) -> Person:
        found = self.oracle.customer(kind, value, **when)
        assert found is not None, f"no customer {kind} {value}"
        return found

    def profile(self, kind: str, value: str, **when: datetime) -> dict[str, Any]:
        return self.oracle.profile(self.person(kind, value, **when))
