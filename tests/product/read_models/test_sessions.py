"""Sessions (docs/definitions.md) by the real SQL, against answers worked out by hand."""

from __future__ import annotations

import pytest

from tests.product.read_models.shop import MINUTE, Store, at

pytestmark = pytest.mark.product


def test_a_gap_of_exactly_the_timeout_keeps_the_session_and_a_longer_one_ends_it(store: Store) -> None:
    store.say("page", 0, user="ada")
    store.say("page", 30, user="ada")
    store.say("page", 60 + 1 / MINUTE, user="ada")
    assert [session["started_at"] for session in store.sessions("ada")] == [at(0), at(60 + 1 / MINUTE)]
    assert store.user("ada")["sessions"] == 2


def test_back_office_facts_are_in_no_session_and_bridge_none(store: Store) -> None:
    store.say("page", 0, user="ada")
    store.say("Order Shipped", 20, user="ada", order_id="o")
    store.say("page", 40, user="ada")
    assert [(one["bounced"], one["ended_at"]) for one in store.sessions("ada")] == [(True, at(0)), (True, at(40))]
    assert store.user("ada")["events"] == 3


def test_leaving_a_page_does_not_make_a_bounce_a_visit_that_went_on(store: Store) -> None:
    store.say("page", 0, user="ada")
    store.say("Page Left", 1, user="ada", seconds=60, scroll_percent=40)
    store.say("page", 100, user="ada")
    store.say("Page Left", 101, user="ada", seconds=60)
    store.say("Product Viewed", 102, user="ada", product_id="p")
    assert [(one["bounced"], one["ended_at"]) for one in store.sessions("ada")] == [(True, at(1)), (False, at(102))]


def test_a_session_says_where_it_came_from_by_its_first_fact_that_says_so(store: Store) -> None:
    store.say("Product Viewed", 0, user="ada", product_id="p")
    store.say("page", 1, user="ada", url="https://shop.example/?utm_source=news&utm_medium=email&utm_campaign=May")
    store.say("page", 2, user="ada", url="https://shop.example/?gclid=1")
    store.say("Order Completed", 3, user="ada", order_id="o", total="9.90")
    first = store.say("page", 100, user="ada", url="https://shop.example/again", referrer="https://shop.example/")
    earlier, later = store.sessions("ada")
    assert (earlier["channel"], earlier["source"], earlier["medium"], earlier["campaign"]) == (
        "Email", "news", "email", "May",
    )  # fmt: skip
    assert earlier["landing_page"] == "https://shop.example/?utm_source=news&utm_medium=email&utm_campaign=May"
    assert (earlier["converted"], earlier["bounced"], earlier["revenue"]) == (True, False, {"EUR": "9.90"})
    assert (later["session_id"], later["channel"], later["source"]) == (first.event_id, "Direct", None)
    assert (later["converted"], later["bounced"], later["revenue"]) == (False, True, {})
    acquisition = store.user("ada")["acquisition"]
    assert (acquisition["channel"], acquisition["campaign"]) == ("Email", "May")


def test_a_person_without_activity_has_no_session_and_no_acquisition(store: Store) -> None:
    store.say("Order Shipped", 5, user="ada", order_id="o")
    store.say("Ticket Opened", 9, user="ada", ticket_id="t")
    profile = store.user("ada")
    assert (profile["sessions"], profile["acquisition"], profile["first_seen"]) == (0, None, at(5))
    assert profile["preferences"] == {"categories": [], "brands": [], "channel": None}
    assert store.sessions("ada") == []


def test_preferences_are_the_most_frequent_and_then_by_name(store: Store) -> None:
    for minute, category in enumerate(["tea", "cups", "cups", "pots", "ads", "tea"]):
        store.say("Product Viewed", minute, user="ada", product_id="p", category=category, brand="B")
    assert store.user("ada")["preferences"] == {
        "categories": ["cups", "tea", "ads"],
        "brands": ["B"],
        "channel": "Direct",
    }


def test_a_session_was_made_with_and_from_what_its_first_fact_that_says_so_says(store: Store) -> None:
    agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0"
    hints = {"mobile": False, "platform": "macOS", "brands": [{"brand": "Google Chrome"}]}
    berlin = {"country": "DE", "region": "Land Berlin", "city": "Berlin"}
    store.say("Product Viewed", 0, user="ada", product_id="p")
    store.say("page", 1, user="ada", context={"userAgent": agent, "userAgentData": hints, "location": berlin})
    store.say("page", 2, user="ada", context={"userAgent": "Mozilla/5.0 (iPad)", "location": {"city": "Paris"}})
    store.say("page", 100, user="ada", context={"location": {"country": "FR"}})
    first, second = store.sessions("ada")
    asked = ("device", "browser", "os", "country", "region", "city")
    assert [first[key] for key in asked] == ["desktop", "Chrome", "macOS", "DE", "Land Berlin", "Berlin"]
    assert [second[key] for key in asked] == [None, None, None, "FR", None, None]


def test_sessions_of_an_older_version_do_not_say_what_they_did_not_know(store: Store) -> None:
    store.say("page", 0, user="ada", context={"userAgent": "Mozilla/5.0 (iPad)"})
    (session,) = store.sessions("ada")
    store.warehouse.select(
        "INSERT INTO sessions (store, customer_id, version, live, sessions) "
        "SELECT store, customer_id, version + 1, live, sessions FROM sessions FINAL WHERE store = {store:String}",
        {"store": store.name},
    )
    assert store.sessions("ada") == [{**session, "browser": None, "os": None}]
