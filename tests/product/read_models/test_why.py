"""Why: the events behind a field, folded by themselves, give the field."""

from __future__ import annotations

from functools import cache
from random import Random
from typing import Any

import pytest

from query_api import behind, presentation
from query_api.behind import PROFILE, SESSION
from query_api.why import _at
from tests.product.read_models.random_shop import fill
from tests.product.read_models.shop import Analyst, Json, Store, at

pytestmark = pytest.mark.product


def why(analyst: Analyst, customer: str, field: str, **when: Any) -> Json:
    response = analyst.ask("GET", f"/customers/{customer}/why", params={"field": field, **when})
    assert response.status_code == 200, response.text
    answer: Json = response.json()
    return answer


def fields_of(profile: Json, journey: Json) -> list[str]:
    """Every field of a customer, those whose names are the shop's among them."""
    own = [f"{name}.{key}" for name in ("traits", "consent") for key in profile[name]]
    own += [f"newsletters.{name}" for name in profile["newsletters"]]
    own += [f"orders.revenue.{currency}" for currency in profile["orders"]["revenue"]]
    sessions = [one["session_id"] for one in journey["sessions"]]
    return [*PROFILE, *own, *(f"journey.{one}.{name}" for one in sessions for name in SESSION)]


NOTHING: tuple[Any, ...] = (None, 0, {}, [], False)


def shown(analyst: Analyst, customer: str, field: str) -> Any:
    """What the answers say of a field; nothing where there is no such customer."""
    if field.startswith("journey."):
        _, session, name = field.split(".", 2)
        sessions = analyst.ask("GET", f"/customers/{customer}/journey").json()["sessions"]
        return next(one for one in sessions if one["session_id"] == session)[name]
    response = analyst.ask("GET", f"/customers/{customer}")
    return _at(response.json(), *(behind.known(field) or ("", ""))) if response.status_code == 200 else None


@pytest.mark.parametrize("seed", [3, 4])
def test_the_events_behind_any_field_give_the_field_when_only_they_are_folded(store: Store, seed: int) -> None:
    fill(store, seed, 60)
    store.settle()
    analyst, random = Analyst(store), Random(seed)
    rules = [one for one in store.recorded if one.event.fact.startswith("RulesChanged")]

    @cache
    def folded(facts: frozenset[str]) -> Analyst:
        kept = [one for one in store.recorded if one.event.event_id in facts]
        return Analyst(store.copied(f"{store.name} {len(facts)} {hash(facts)}", [*kept, *rules]))

    asked = 0
    for customer in [one["customer_id"] for one in analyst.ask("GET", "/customers").json()["items"]]:
        profile, journey = (analyst.ask("GET", f"/customers/{customer}{path}").json() for path in ("", "/journey"))
        fields = fields_of(profile, journey)
        for field in random.sample(fields, min(len(fields), 7)):
            answer = why(analyst, customer, field)
            value = shown(analyst, customer, field)
            assert field.endswith("steps") or answer["value"] == value, field
            again = shown(folded(frozenset([*answer["events"], *answer["links"]])), customer, field)
            assert again == value or (again in NOTHING and value in NOTHING), field
            asked += 1
    assert asked >= 7


def test_every_field_of_the_answers_can_be_asked_why(store: Store, analyst: Analyst) -> None:
    store.refreshing = True
    fact = store.say("page", 1, user="ada")
    profile = analyst.ask("GET", f"/customers/{fact.stream}").json()
    named = {name.partition(".")[0] for name in PROFILE}
    assert named == set(profile)
    parts = {f"{name}.{key}" for name in ("orders", "cart", "acquisition", "preferences") for key in profile[name]}
    assert parts <= set(PROFILE)
    (session,) = analyst.ask("GET", f"/customers/{fact.stream}/journey").json()["sessions"]
    assert set(session) == set(SESSION)


def test_a_trait_is_there_because_of_the_last_event_that_said_it(store: Store) -> None:
    store.say("identify", 1, user="ada", traits={"plan": "blue", "age": 30}, anonymous="a-1")
    last = store.say("identify", 2, user="ada", traits={"plan": "gold"})
    store.say("page", 3, user="ada")
    analyst = Analyst(store)
    answer = why(analyst, last.stream, "traits.plan")
    assert (answer["value"], answer["events"]) == ("gold", [last.event_id])
    assert (answer["rules"]["version"], answer["rules"]["session_timeout_seconds"]) == (0, 1800.0)


def test_why_is_told_as_of_then(store: Store) -> None:
    first = store.say("identify", 1, user="ada", traits={"plan": "blue"}, recorded=10)
    store.say("identify", 2, user="ada", traits={"plan": "gold"}, recorded=5)
    store.say("Rules Changed", 3, rules={"session_timeout_seconds": 60}, recorded=20)
    analyst = Analyst(store)
    assert why(analyst, first.stream, "traits.plan", as_of=at(1))["events"] == [first.event_id]
    assert why(analyst, first.stream, "traits.plan", known_at=at(5))["value"] == "gold"
    assert why(analyst, first.stream, "sessions", known_at=at(19))["rules"]["version"] == 0
    assert why(analyst, first.stream, "sessions")["rules"]["session_timeout_seconds"] == 60.0


def test_an_order_is_explained_by_whoever_reported_it(store: Store) -> None:
    mine = store.say("Order Completed", 1, user="ada", order_id="o", total="9.00")
    theirs = store.say("Order Completed", 2, user="eve", order_id="o", total="5.00", server=True)
    answer = why(Analyst(store), mine.stream, "orders.revenue")
    assert (answer["value"], set(answer["events"])) == ({}, {mine.event_id, theirs.event_id})


@pytest.mark.parametrize("field", ["", "revenue", "orders.profit", "journey.x.colour", "customer_id.x"])
def test_an_unknown_field_is_refused_by_name(store: Store, field: str) -> None:
    fact = store.say("page", 1, user="ada")
    response = Analyst(store).ask("GET", f"/customers/{fact.stream}/why", params={"field": field})
    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, "field")


def test_a_session_that_there_is_not_is_not_found(store: Store) -> None:
    fact = store.say("page", 1, user="ada")
    response = Analyst(store).ask("GET", f"/customers/{fact.stream}/why", params={"field": f"journey.{'0' * 32}"})
    assert response.status_code == 404


def test_a_fact_outside_of_sessions_is_behind_itself(store: Store) -> None:
    fact = store.say("Order Shipped", 1, user="ada", order_id="o")
    assert why(Analyst(store), fact.stream, f"journey.{fact.event_id}")["events"] == [fact.event_id]
    assert presentation.SESSION[1] == "session_id"
