"""Consent governs answers: what was done after its person's no is in none, whatever arrived first."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import pytest

from ingest.consent import NEED_NONE
from query_api.exporting.person import person
from schemas.clock import DAY
from schemas.vocabulary import resolve
from tests.builders import NOW
from tests.product.read_models.shop import Analyst, Json, Store, at

pytestmark = pytest.mark.product


def said(*, given: bool) -> Json:
    return {"consent": {"categoryPreferences": {"analytics": given}}}


def views(store: Store, user: str = "ada", as_of: float | None = None, known_at: float | None = None) -> int:
    return int(store.user(user, as_of, known_at)["page_views"])


@pytest.mark.parametrize("order", [*permutations(range(3))])
def test_what_happened_between_a_no_and_a_yes_is_withheld_in_any_order(store: Store, order: tuple[int, ...]) -> None:
    told: list[Callable[[], object]] = [
        lambda: store.say("Consent Withdrawn", 2, user="ada", purposes=["analytics"]),
        lambda: [store.say("page", minute, user="ada") for minute in (1, 3, 5)],
        lambda: store.say("Consent Given", 4, user="ada", purposes=["analytics"]),
    ]
    for place in order:
        told[place]()
        store.settle()
    profile = store.user("ada")
    assert (profile["page_views"], profile["events"]) == (2, 4)
    assert profile["consent"] == {"analytics": True}
    assert views(store, as_of=3) == 1
    assert views(store, as_of=5) == 2


def test_what_itself_says_no_is_withheld_and_its_word_stands(store: Store, analyst: Analyst) -> None:
    store.refreshing = True
    store.say("page", 1, user="ada", context=said(given=True))
    no = store.say("Product Viewed", 2, user="ada", context=said(given=False), product_id="x")
    store.say("page", 3, user="ada", context=said(given=True))
    profile = store.user("ada")
    assert (profile["page_views"], profile["product_views"], profile["events"]) == (2, 0, 2)
    assert store.user("ada", as_of=2)["consent"] == {"analytics": False}
    history = analyst.ask("GET", f"/customers/{no.stream}/consent").json()["items"]
    assert [(one["given"], one["event_id"] == no.event_id) for one in history] == [
        (True, False),
        (False, True),
        (True, False),
    ]
    why = analyst.ask("GET", f"/customers/{no.stream}/why", params={"field": "consent", "as_of": at(2) or ""}).json()
    assert why["events"] == [no.event_id]
    why = analyst.ask("GET", f"/customers/{no.stream}/why", params={"field": "events"}).json()
    assert no.event_id not in why["events"]


def test_a_no_is_a_persons_and_a_split_gives_it_back(store: Store, analyst: Analyst) -> None:
    store.refreshing = True
    store.say("Consent Withdrawn", 1, anonymous="phone", purposes=["analytics"])
    store.say("page", 5, anonymous="laptop")
    laptop = store.visitor("laptop")
    assert laptop is not None
    assert laptop["page_views"] == 1
    store.say("Order Completed", 2, user="ada", anonymous="phone", order_id="1", total=5)
    store.say("Order Completed", 3, user="ada", anonymous="laptop", order_id="2", total=5)
    ada = store.user("ada")
    assert (ada["page_views"], ada["orders"]["count"], ada["anonymous_ids"]) == (0, 2, ["laptop", "phone"])
    assert analyst.counts("page") == [0]
    assert analyst.counts("Order Completed") == [1]
    store.say("Customers Split", 9, user="ada", more={"anonymous_id": "phone"})
    assert views(store) == 1
    assert analyst.counts("page") == [1]


def test_who_did_nothing_else_is_in_no_answer_until_what_was_said_is_taken_back(store: Store, analyst: Analyst) -> None:
    store.refreshing = True
    no = store.say("page", 1, user="ada", context=said(given=False))
    store.say("page", 2, user="ada")
    assert store.profile(no.stream) is None
    assert store.live_rows() == set()
    assert analyst.ask("GET", f"/customers/{no.stream}").status_code == 404
    assert person(store.sources, store.name, no.stream, NOW + DAY) is not None, "for an export or an erasure"
    store.take_back(no.message_id, 3)
    assert views(store) == 1
    assert analyst.counts("page") == [1]


def test_journeys_and_lists_of_events_leave_it_out(store: Store, analyst: Analyst) -> None:
    store.refreshing = True
    first = store.say("page", 1, user="ada")
    store.say("Consent Withdrawn", 2, user="ada", purposes=["analytics", "ads"])
    store.say("page", 3, user="ada")
    store.say("page", 4, user="ada", context=said(given=True))
    answer = analyst.ask("GET", f"/customers/{first.stream}/journey").json()
    steps = [step["at"] for session in answer["sessions"] for step in session["steps"]]
    assert sorted(steps) == [at(1), at(2), at(4)]
    events = analyst.ask("GET", f"/customers/{first.stream}/events").json()["items"]
    assert len(events) == 3
    assert store.sessions("ada")[0]["ended_at"] == at(4)


def test_what_is_known_later_is_withheld_later(store: Store) -> None:
    store.refreshing = True
    store.say("page", 3, user="ada", recorded=10)
    store.say("Consent Withdrawn", 2, user="ada", purposes=["analytics"], recorded=20)
    assert views(store, known_at=15) == 1
    assert views(store, known_at=20) == views(store) == 0


def test_nothing_is_withheld_of_orders_and_of_what_was_asked_for(store: Store) -> None:
    store.refreshing = True
    store.say("Consent Withdrawn", 1, user="ada", purposes=["analytics"])
    store.say("Order Completed", 2, user="ada", order_id="1", total=5, context=said(given=False))
    store.say("Newsletter Subscribed", 3, user="ada")
    store.say("Order Shipped", 4, user="ada", order_id="1")
    ada = store.user("ada")
    assert (ada["events"], ada["orders"]["count"], ada["newsletters"]) == (4, 1, ["default"])


def test_what_needs_consent_is_the_same_here_as_where_it_is_recorded(store: Store) -> None:
    store.refreshing = False
    for minute, name in enumerate(sorted(NEED_NONE)):
        store.say(name, minute, user="ada", order_id="1", purposes=[])
    store.settle()
    needs = store.warehouse.select(
        "SELECT name FROM events WHERE store = {store:String} AND browsing", {"store": store.name}
    )
    assert needs == []
    (migration,) = store.warehouse.select(
        "SELECT default_expression FROM system.columns WHERE table = 'events' AND name = 'browsing'"
    )
    assert all(f"'{resolve('track', name).fact}'" in migration[0] for name in NEED_NONE)
