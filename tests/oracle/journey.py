"""The journey: one person's sessions and back-office facts, newest first, whole and without pages.

Shapes only; what a session is belongs in `sessions`.
"""

from __future__ import annotations

from typing import Any

from tests.oracle.admission import Fact
from tests.oracle.money import by_currency
from tests.oracle.persons import Person
from tests.oracle.reading import identifier, rfc3339
from tests.oracle.rules import Rules
from tests.oracle.sessions import Session, sessions_of, url_of


def journey_of(person: Person, rules: Rules) -> dict[str, Any]:
    """Return all sessions and all facts outside of them."""
    newest_first = reversed(sessions_of(person.facts, rules))
    outside = [fact for fact in reversed(person.facts) if not fact.is_activity]
    return {
        "sessions": [_session(session, person) for session in newest_first],
        "outside_sessions": [_step(fact) for fact in outside],
        "next_cursor": None,
    }


def events_of(person: Person) -> list[dict[str, Any]]:
    """Return the person's facts, oldest first."""
    return [
        {
            "event_id": fact.event_id,
            "message_id": fact.key.message_id,
            "name": fact.name,
            "occurred_at": rfc3339(fact.occurred_at),
            "properties": dict(fact.properties),
        }
        for fact in person.facts
    ]


def _session(session: Session, person: Person) -> dict[str, Any]:
    inside = {fact.key for fact in session.facts}
    counted = [order for order in person.orders if not order.cancelled and order.deciding.key in inside]
    return {
        "session_id": session.facts[0].event_id,
        "started_at": rfc3339(session.facts[0].occurred_at),
        "ended_at": rfc3339(session.facts[-1].occurred_at),
        **session.traffic._asdict(),
        "landing_page": session.landing_page,
        "referrer": session.referrer,
        "bounced": session.bounced,
        "converted": session.converted,
        "revenue": by_currency(order.amount for order in counted if order.amount),
        "steps": [_step(fact) for fact in session.facts],
    }


def _step(fact: Fact) -> dict[str, Any]:
    return {
        "event_id": fact.event_id,
        "at": rfc3339(fact.occurred_at),
        "name": fact.name,
        "url": url_of(fact),
        "product_id": identifier(fact.properties.get("product_id")),
        "order_id": identifier(fact.properties.get("order_id")),
    }
