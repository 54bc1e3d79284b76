"""Law L4: every answer as of a time is that of another store which was given only the facts of then, and no others.

Rules hold for all of history, so `as_of` leaves out none of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from schemas.facts import Notification
from tests.builders import NOW
from tests.product.read_models.random_shop import EMAILS, USERS, VISITORS, fill
from tests.product.read_models.shop import MINUTE, Analyst, Json, Store, at

pytestmark = pytest.mark.product

POINTS: dict[int, list[tuple[int | None, int | None]]] = {1: [(35, None)], 2: [(None, 300)], 5: [(60, 500)]}
"""`as_of` and `known_at` by seed, in minutes."""
CONDITIONS: list[Json] = [
    {"field": "customer.orders.count", "op": ">", "value": 0},
    {"field": "customer.traits.plan", "value": "gold"},
    {"field": "customer.acquisition.channel", "value": "Email"},
]
FUNNELS: list[Json] = [
    {"steps": [{"event": "page"}, {"event": "Order Completed"}], "by": "channel"},
    {"steps": [{"event": "page"}, {"event": "Product Viewed"}], "scope": "session", "window": "PT30M"},
    *({"steps": [{"event": "page", "where": [condition]}]} for condition in CONDITIONS),
]
WHY = ["orders.revenue"]


def existed(fact: Notification, as_of: int | None, known_at: int | None) -> bool:
    event = fact.event
    happened = as_of is None or event.occurred_at <= NOW + as_of * MINUTE or event.fact.startswith("RulesChanged")
    return happened and (known_at is None or event.recorded_at <= NOW + known_at * MINUTE)


def answers(analyst: Analyst, **when: Any) -> Iterator[tuple[str, Any]]:
    """Everything that can be asked, and what is answered."""

    def get(path: str, **parameters: Any) -> Any:
        response = analyst.ask("GET", path, params={**parameters, **when})
        assert response.status_code in (200, 404), f"{path}: {response.text}"
        return response.json() if response.status_code == 200 else None

    lists: list[Json] = [{}, {"order": "-orders", "limit": 2}, {"search": "ada"}]
    for asked in lists:
        page = get("/customers", **asked)
        yield f"customers {asked}", page
        if page["next_cursor"]:
            yield f"customers {asked}, next", get("/customers", **asked, cursor=page["next_cursor"])
    for kind, value in [*(("user_id", one) for one in USERS), *(("anonymous_id", one) for one in VISITORS)]:
        yield f"{kind} {value}", get(f"/customers/by/{kind}/{value}")
    for email in EMAILS:
        yield f"email {email}", get(f"/customers/by/email/{email}")
    for customer in [one["customer_id"] for one in get("/customers")["items"]]:
        for path in ("", "/journey", "/events"):
            yield f"{customer}{path}", get(f"/customers/{customer}{path}")
        for field in WHY:
            yield f"{customer} why {field}", get(f"/customers/{customer}/why", field=field)
    for body in FUNNELS:
        response = analyst.ask("POST", "/questions/funnel", json={**body, **when})
        assert response.status_code == 200, response.text
        yield f"funnel {body}", response.json()


@pytest.mark.parametrize("seed", POINTS)
def test_answers_as_of_then_are_those_of_a_store_that_holds_only_those_facts(store: Store, seed: int) -> None:
    fill(store, seed, 35)
    store.settle()
    asked = 0
    for as_of, known_at in POINTS[seed]:
        then = store.copied(
            f"{store.name} {as_of} {known_at}", [f for f in store.recorded if existed(f, as_of, known_at)]
        )
        said = {"as_of": None if as_of is None else at(as_of), "known_at": None if known_at is None else at(known_at)}
        when = {name: moment for name, moment in said.items() if moment}
        travelled = dict(answers(Analyst(store), **when))
        assert travelled == dict(answers(Analyst(then))), f"{when}"
        asked += len(travelled)
    assert asked > 10
