"""The routes of the query API, where only a warehouse can tell whether a request is refused as one should be."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest

from query_api.cursors import to_cursor
from tests.builders import NOW
from tests.product.read_models.shop import Analyst, Json, Store, at

pytestmark = pytest.mark.product


@pytest.mark.parametrize("route", ["/customers/{}", "/customers/{}/journey", "/customers/{}/events"])
@pytest.mark.parametrize("as_of", ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "1899-12-31T00:00:00Z"])
def test_before_all_times_there_is_nobody(store: Store, analyst: Analyst, route: str, as_of: str) -> None:
    fact = store.say("page", 1, user="ada")
    assert analyst.ask("GET", route.format(fact.stream), params={"as_of": as_of}).status_code == 404


def test_a_time_in_a_far_future_is_the_present(store: Store, analyst: Analyst) -> None:
    fact = store.say("page", 1, user="ada")
    response = analyst.ask("GET", f"/customers/{fact.stream}", params={"as_of": "9999-12-31T23:59:59Z"})
    assert response.status_code == 200


def pages(analyst: Analyst, path: str, limit: int) -> Iterator[Json]:
    """Every page of a list, by its cursors."""
    asked: Json = {"limit": limit}
    while True:
        answer: Json = analyst.ask("GET", path, params=asked).json()
        yield answer
        if answer["next_cursor"] is None:
            return
        asked["cursor"] = answer["next_cursor"]


def test_a_journey_and_the_facts_go_on_page_by_page(store: Store, analyst: Analyst) -> None:
    store.refreshing = True
    said = []
    for number in range(5):
        said.append(store.say("page", number * 40, user="ada"))
        said.append(store.say("Order Shipped", number * 40 + 20, user="ada", order_id=str(number)))
    customer = f"/customers/{said[0].stream}"
    journey = list(pages(analyst, f"{customer}/journey", 4))
    sessions = [session["session_id"] for page in journey for session in page["sessions"]]
    outside = [step["event_id"] for page in journey for step in page["outside_sessions"]]
    assert [len(page["sessions"]) + len(page["outside_sessions"]) for page in journey] == [4, 4, 2]
    assert sessions == [fact.event_id for fact in said[-2::-2]]
    assert outside == [fact.event_id for fact in said[::-2]]
    assert all(len(session["steps"]) == 1 for page in journey for session in page["sessions"])
    facts = list(pages(analyst, f"{customer}/events", 4))
    assert [len(page["items"]) for page in facts] == [4, 4, 2]
    assert [fact["event_id"] for page in facts for fact in page["items"]] == [fact.event_id for fact in said]


@pytest.mark.parametrize(
    "cursor",
    [
        to_cursor([10**30, "e"]),
        to_cursor([-(10**30), "e"]),
        to_cursor([NOW, "\ud800"]),
        "W" * 2000,
        base64.urlsafe_b64encode(b"[" * 5_000).decode(),
    ],
    ids=["far future", "far past", "surrogate", "long", "deep"],
)
def test_a_forged_cursor_is_refused_or_finds_nothing(store: Store, analyst: Analyst, cursor: str) -> None:
    store.refreshing = True
    fact = store.say("page", 1, user="ada")
    for path in ("/customers", f"/customers/{fact.stream}/journey", f"/customers/{fact.stream}/events"):
        assert analyst.ask("GET", path, params={"cursor": cursor}).status_code in (200, 400), path


def test_before_all_times_no_page_begins_and_after_them_none_ends(store: Store, analyst: Analyst) -> None:
    store.refreshing = True
    fact = store.say("page", 1, user="ada")
    for path in (f"/customers/{fact.stream}/journey", f"/customers/{fact.stream}/events"):
        for bounds in ({"from": "0001-01-01T00:00:00Z"}, {"to": "9999-12-31T00:00:00Z"}, {"from": at(0) or ""}):
            answer = analyst.ask("GET", path, params=bounds).json()
            assert len(answer.get("items") or answer["sessions"]) == 1, (path, bounds)
        answer = analyst.ask("GET", path, params={"to": "0001-01-01T00:00:00Z"}).json()
        assert (answer.get("items") or answer.get("sessions") or []) == []
