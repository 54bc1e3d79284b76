"""A store of a few persons to whom everything happens, in every disorder: drawn by a seed, so that it comes again."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.product.read_models.shop import GOOGLEBOT, Store

USERS, VISITORS = ["ada", "eve", "bob"], ["a-1", "a-2", "a-3", "a-4"]
EMAILS, ORDERS, PRODUCTS = ["ada@shop.test", "Eve@shop.test"], ["o-1", "o-2", "o-3"], ["p-1", "p-2", "p-3"]
MINUTES = [0, 1, 2, 15, 30, 60, 61, 120, 121, 150, 300, 700]
CAMPAIGNS = [None, {"source": "google", "medium": "cpc", "name": "spring"}, {"source": "weekly", "medium": "email"}]

Said = dict[str, Any]


def fill(store: Store, seed: int, facts: int) -> None:
    """Say so many facts; each happened within twelve hours, and was recorded somewhere within the next sixteen."""
    random = Random(seed)
    for _ in range(facts):
        recorded = random.randrange(0, 1_000)
        _say(store, random, random.choice(MINUTES) + random.choice([0, 0, 0.5]), recorded)


def _say(store: Store, random: Random, at: float, recorded: float) -> None:
    who = _who(random)
    event, properties = _what(random)
    context: Said = {"campaign": random.choice(CAMPAIGNS), "page": {"url": f"https://shop.test/{random.randrange(3)}"}}
    if random.random() < 0.1:
        context["userAgent"] = GOOGLEBOT
    if random.random() < 0.2:
        context["traits"] = {"plan": random.choice(["gold", "blue"])}
    if random.random() < 0.1:
        purpose = random.choice(["ads", "analytics"])
        context["consent"] = {"categoryPreferences": {purpose: random.random() < 0.5}}
    if event == "Event Retracted":
        if not store.recorded:
            return
        properties = {"event_id": random.choice(store.recorded).event.event_id}
    if event == "identify":
        traits = {"email": random.choice([*EMAILS, None]), "first_name": "Ada", "age": random.randrange(30, 33)}
        store.say(event, at, **who, recorded=recorded, traits=traits, context=context)
    elif event == "Rules Changed":
        store.say(event, at, recorded=recorded, rules={"session_timeout_seconds": random.choice([60, 3600, None])})
    elif event.startswith("Customers "):
        user, other = random.sample(USERS, 2)
        store.say(event, at, user=user, recorded=recorded, more={"user_id": other})
    else:
        server = random.random() < 0.3
        store.say(event, at, **who, server=server, recorded=recorded, context=context, more=properties)


def _who(random: Random) -> Said:
    user, visitor = random.choice([None, *USERS]), random.choice([None, *VISITORS])
    return {"user": user, "anonymous": visitor or (None if user else "a-1")}


def _what(random: Random) -> tuple[str, Said]:
    product: Said = {"product_id": random.choice(PRODUCTS), "price": random.choice(["9.90", 20, "0.1"])}
    order: Said = {"order_id": random.choice(ORDERS), "total": random.choice(["19.90", 5]), "products": [product]}
    if random.random() < 0.3:
        order["currency"] = product["currency"] = "USD"
    options: list[tuple[str, Said]] = [
        ("page", {}),
        ("page", {}),
        ("identify", {}),
        ("Product Viewed", {**product, "category": random.choice(["tea", "cups"]), "brand": random.choice(["x", "y"])}),
        ("Product Added", {**product, "quantity": random.randrange(1, 3)}),
        ("Product Removed", {"product_id": product["product_id"], "quantity": 1}),
        ("Order Completed", order),
        ("Order Completed", order),
        ("Order Updated", order),
        ("Order Cancelled", {"order_id": order["order_id"]}),
        ("Order Refunded", {"order_id": order["order_id"], "total": "1.00"}),
        ("Order Shipped", {"order_id": order["order_id"]}),
        ("Newsletter Subscribed", random.choice([{}, {"list": "weekly"}])),
        ("Newsletter Unsubscribed", random.choice([{}, {"list": "weekly"}])),
        ("Consent Given", {"purposes": ["ads", "analytics"]}),
        ("Consent Withdrawn", {"purposes": ["analytics"]}),
        ("Event Retracted", {}),
        ("Rules Changed", {}),
        ("Customers Merged", {}),
        ("Customers Split", {}),
    ]
    return random.choice(options)
