"""What each field of a profile and of a journey is made of: the one list, and a pure function over facts for each.

Folding the facts that are given here, and those that link the person's streams, gives the field: always complete, and
no more than that where it is easy. Where facts come from, and how they are told, does not belong here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

Fact = Mapping[str, Any]
"""A row of `why_facts.sql`."""

COMPLETED, CANCELLED, UPDATED, REFUNDED = "OrderCompleted", "OrderCancelled", "OrderUpdated", "OrderRefunded"


class Behind(NamedTuple):
    """What there is to choose from."""

    facts: Sequence[Fact]
    """Of the person, in their order, those that are in the answers."""
    said: Sequence[Fact]
    """Those and what is withheld for want of consent, which tells of consent and of ids all the same."""
    streams: frozenset[str]
    """Of the person."""
    first_session: Sequence[Fact]
    """Empty without sessions."""
    orders: Sequence[Fact]
    """The facts of all orders that the person's facts name, whoever reported them."""


ORDER_FACTS = frozenset((COMPLETED, CANCELLED, UPDATED, REFUNDED))
"""What an order's answers are made of."""

Basis = Callable[[Behind, str], Iterable[Fact]]
"""From what there is, and what follows in the path (`email` of `traits.email`), to the facts behind a field."""

CART = frozenset(("ProductAdded", "ProductRemoved"))


def everything(behind: Behind, _: str) -> Iterable[Fact]:
    return [*behind.facts, *behind.orders]


def all_facts(behind: Behind, _: str) -> Iterable[Fact]:
    return behind.facts


def nothing(_: Behind, __: str) -> Iterable[Fact]:
    return ()


def activity(behind: Behind, _: str) -> Iterable[Fact]:
    return [fact for fact in behind.facts if fact["activity"]]


def first(behind: Behind, _: str) -> Iterable[Fact]:
    return ([fact for fact in behind.facts if fact["activity"]] or behind.facts)[:1]


def last(behind: Behind, _: str) -> Iterable[Fact]:
    return ([fact for fact in behind.facts if fact["activity"]] or behind.facts)[-1:]


def first_session(behind: Behind, _: str) -> Iterable[Fact]:
    return behind.first_session


def first_naming_each_stream(behind: Behind, _: str) -> Iterable[Fact]:
    """Of a stream without facts of its own, the claim that names it."""
    named: dict[str, Fact] = {}
    for fact in behind.said:
        for stream in fact["named_streams"]:
            if stream in behind.streams:
                named.setdefault(stream, fact)
    return named.values()


def firsts_of_users(behind: Behind) -> Iterable[Fact]:
    """Of a person of several users, the first fact of each: a merge holds as long as both have facts, and the customer
    is who began first.
    """
    first: dict[str, Fact] = {}
    for fact in behind.said:
        if fact["named_streams"][0].startswith("u"):
            first.setdefault(fact["named_streams"][0], fact)
    return first.values() if len(first) > 1 else ()


def of(*names: str) -> Basis:
    """Return the basis of a count: all facts of some names."""
    return lambda behind, _: [fact for fact in behind.facts if fact["fact"] in names]


def views_with(column: str) -> Basis:
    """Return the product views that name a category or a brand."""
    return lambda behind, _: [fact for fact in behind.facts if fact["fact"] == "ProductViewed" and fact[column]]


def of_orders(*names: str) -> Basis:
    """Return some facts of the orders, and the person's own that name no order."""
    return lambda behind, _: [
        fact
        for fact in [*behind.orders, *(own for own in behind.facts if not own["order_id"])]
        if fact["fact"] in names
    ]


def last_said(column: str) -> Basis:
    """Return for each key of a column the last fact that says it; `rest` of the path chooses one."""
    return lambda behind, rest: _last_said(behind.facts, column, rest)


def last_said_of_consent(behind: Behind, rest: str) -> Iterable[Fact]:
    return _last_said(behind.said, "purposes", rest)


def _last_said(facts: Iterable[Fact], column: str, rest: str) -> Iterable[Fact]:
    said: dict[str, Fact] = {}
    for fact in facts:
        said |= dict.fromkeys(fact[column], fact)
    return [fact for key, fact in said.items() if not rest or key in _asked(rest)]


def _asked(rest: str) -> frozenset[str]:
    """A name falls back to two other traits; a path may lead into a value, and a key may hold a dot."""
    own = {rest, rest.partition(".")[0]}
    return frozenset(own | {"firstName", "lastName"} if "name" in own else own)


def last_of_each_list(behind: Behind, rest: str) -> Iterable[Fact]:
    said = {fact["list"]: fact for fact in of("NewsletterSubscribed", "NewsletterUnsubscribed")(behind, "")}
    return [fact for name, fact in said.items() if rest in ("", name)]


def cart(behind: Behind, _: str) -> Iterable[Fact]:
    """The last order, which empties the cart, and what followed."""
    changes = [fact for fact in behind.facts if fact["fact"] in CART or fact["fact"] == COMPLETED]
    orders = [place for place, fact in enumerate(changes) if fact["fact"] == COMPLETED]
    return changes[orders[-1] if orders else 0 :]


def preferences(behind: Behind, _: str) -> Iterable[Fact]:
    return [*activity(behind, ""), *of("ProductViewed")(behind, "")]


counted = of_orders(COMPLETED, CANCELLED)
amounts = of_orders(COMPLETED, CANCELLED, UPDATED)

PROFILE: Mapping[str, Basis] = {
    "customer_id": first_naming_each_stream,
    "user_ids": first_naming_each_stream,
    "anonymous_ids": first_naming_each_stream,
    "traits": last_said("trait_keys"),
    "first_seen": first,
    "last_seen": last,
    "events": all_facts,
    "sessions": activity,
    "page_views": of("PageViewed"),
    "product_views": of("ProductViewed"),
    "orders": of_orders(*ORDER_FACTS),
    "orders.count": counted,
    "orders.revenue": amounts,
    "orders.refunded": of_orders(COMPLETED, UPDATED, REFUNDED),
    "orders.first_at": counted,
    "orders.last_at": counted,
    "orders.items": amounts,
    "cart": cart,
    "cart.items": cart,
    "cart.value": cart,
    "cart.updated_at": cart,
    "newsletters": last_of_each_list,
    "acquisition": first_session,
    "acquisition.channel": first_session,
    "acquisition.source": first_session,
    "acquisition.medium": first_session,
    "acquisition.campaign": first_session,
    "acquisition.landing_page": first_session,
    "acquisition.referrer": first_session,
    "preferences": preferences,
    "preferences.categories": views_with("category"),
    "preferences.brands": views_with("brand"),
    "preferences.channel": activity,
    "consent": last_said_of_consent,
    "segments": nothing,
}
"""Every field of a profile. What follows a field that is a mapping or a list (`traits.email`) narrows it."""

OPEN = frozenset(("traits", "orders.revenue", "orders.refunded", "cart.value", "newsletters", "consent"))
"""Fields whose keys are the shop's."""

SESSION = (
    "session_id", "started_at", "ended_at", "channel", "source", "medium", "campaign", "landing_page", "referrer",
    "device", "country", "browser", "os", "region", "city", "bounced", "converted", "revenue", "steps",
)  # fmt: skip
"""Every field of a session of a journey: behind all of them are the session's facts."""


def known(path: str) -> tuple[str, str] | None:
    """Return the field that a path names, and what follows it; None where there is no such field."""
    if path in PROFILE:
        return path, ""
    return next(((name, path.removeprefix(f"{name}.")) for name in OPEN if path.startswith(f"{name}.")), None)
