"""The profile: one person's facts in short, in the shape of contract.md.

Each field is a small fold of its own. Nothing here asks who the person is or which facts exist.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from tests.oracle.admission import Fact
from tests.oracle.cart import cart_of
from tests.oracle.consent import consent_said
from tests.oracle.money import by_currency
from tests.oracle.persons import Person
from tests.oracle.reading import mapping, rfc3339, text
from tests.oracle.rules import Rules
from tests.oracle.sessions import Session, sessions_of

CAMEL_CASE = {
    "first_name": "firstName",
    "last_name": "lastName",
    "created_at": "createdAt",
}


def profile_of(person: Person, store_currency: str, rules: Rules) -> dict[str, Any]:
    """Return the profile of a person that has facts."""
    sessions = sessions_of(person.facts, rules)
    seen = [fact.occurred_at for fact in person.facts if fact.is_activity] or [
        fact.occurred_at for fact in person.facts
    ]
    return {
        "user_ids": person.ids("user"),
        "anonymous_ids": person.ids("anonymous"),
        "traits": traits_of(person.facts),
        "first_seen": rfc3339(min(seen)),
        "last_seen": rfc3339(max(seen)),
        "events": len(person.facts),
        "sessions": len(sessions),
        "page_views": _named(person.facts, "page"),
        "product_views": _named(person.facts, "Product Viewed"),
        "orders": orders_of(person),
        "cart": cart_of(person.facts, store_currency),
        "newsletters": newsletters_of(person.facts),
        "acquisition": acquisition_of(sessions),
        "preferences": preferences_of(person.facts, sessions),
        "consent": consent_of(person.said),
        "segments": [],
    }


def traits_of(facts: Iterable[Fact]) -> dict[str, Any]:
    """Return each trait's last value; an event's own traits outweigh those of its context."""
    held: dict[str, Any] = {}
    for fact in facts:
        for said in (mapping(fact.context.get("traits")), fact.traits):
            held |= {CAMEL_CASE.get(key, key): value for key, value in said.items() if key in CAMEL_CASE}
            held |= {key: value for key, value in said.items() if key not in CAMEL_CASE}
    found = {key: value for key, value in held.items() if value is not None}
    name = " ".join(filter(None, (text(found.get("firstName")), text(found.get("lastName")))))
    return {"name": name, **found} if name else found


def orders_of(person: Person) -> dict[str, Any]:
    """Return the totals of the orders that are the person's; cancelled ones count only for their refunds."""
    counted = [order for order in person.orders if not order.cancelled]
    placed = sorted(order.deciding.occurred_at for order in counted)
    refunds = [refund for order in person.orders for refund in order.refunds] + person.stray_refunds
    return {
        "count": len(counted),
        "revenue": by_currency(order.amount for order in counted if order.amount),
        "refunded": by_currency(refunds),
        "first_at": rfc3339(placed[0] if placed else None),
        "last_at": rfc3339(placed[-1] if placed else None),
        "items": sum((line.quantity for order in counted for line in order.lines), Decimal(0)),
    }


def newsletters_of(facts: Iterable[Fact]) -> list[str]:
    """Return the lists whose last word was a subscription."""
    subscribed: dict[str, bool] = {}
    for fact in facts:
        if fact.name in ("Newsletter Subscribed", "Newsletter Unsubscribed"):
            subscribed[text(fact.properties.get("list")) or "default"] = fact.name == "Newsletter Subscribed"
    return sorted(name for name, still in subscribed.items() if still)


def consent_of(facts: Iterable[Fact]) -> dict[str, bool]:
    """Return the last word on each purpose."""
    held: dict[str, bool] = {}
    for fact in facts:
        held |= consent_said(fact)
    return held


def acquisition_of(sessions: list[Session]) -> dict[str, Any] | None:
    """Return where the person came from at first."""
    if not sessions:
        return None
    first = sessions[0]
    return {**first.traffic._asdict(), "landing_page": first.landing_page, "referrer": first.referrer}


def preferences_of(facts: Iterable[Fact], sessions: list[Session]) -> dict[str, Any]:
    """Return what the person looks at most, and comes by most."""
    viewed = [fact.properties for fact in facts if fact.name == "Product Viewed"]
    return {
        "categories": _most_frequent(text(product.get("category")) for product in viewed)[:3],
        "brands": _most_frequent(text(product.get("brand")) for product in viewed)[:3],
        "channel": next(iter(_most_frequent(session.traffic.channel for session in sessions)), None),
    }


def _most_frequent(names: Iterable[str]) -> list[str]:
    counts = Counter(name for name in names if name)
    return sorted(counts, key=lambda name: (-counts[name], name))


def _named(facts: Iterable[Fact], name: str) -> int:
    return sum(fact.name == name for fact in facts)
