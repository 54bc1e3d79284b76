"""Profile, cart, orders and sessions of the oracle against cases computed by hand."""

from __future__ import annotations

from decimal import Decimal

from tests.oracle.stories import Story, at, said


def test_a_gap_of_exactly_thirty_minutes_keeps_the_session() -> None:
    story = Story()
    for minute in (0, 30, 60.001):
        story.page(minute, user="u")
    sessions = story.oracle.journey(story.person("user", "u"))["sessions"]
    assert [len(session["steps"]) for session in sessions] == [1, 2]
    assert [session["bounced"] for session in sessions] == [True, False]


def test_back_office_facts_lie_outside_sessions() -> None:
    story = Story()
    story.page(0, user="u")
    story.track("Order Shipped", 20, {"order_id": "1"}, user="u", key="server")
    story.page(40, user="u")
    journey = story.oracle.journey(story.person("user", "u"))
    assert len(journey["sessions"]) == 2
    assert [step["name"] for step in journey["outside_sessions"]] == ["Order Shipped"]
    profile = story.profile("user", "u")
    assert (profile["events"], profile["page_views"]) == (3, 2)


def test_a_visit_comes_from_its_first_fact_that_names_a_source() -> None:
    story = Story()
    story.page(0, user="u")
    story.page(1, user="u", context={"campaign": {"source": "google", "medium": "cpc", "name": "spring"}})
    story.page(2, user="u", context={"campaign": {"source": "mail", "medium": "email"}})
    acquisition = story.profile("user", "u")["acquisition"]
    assert acquisition["channel"] == "Paid Search"
    assert acquisition["campaign"] == "spring"


def test_traits_keep_the_last_value_and_forget_null() -> None:
    story = Story()
    story.identify(0, {"first_name": "Ada", "lastName": "King", "city": "x"}, user="u")
    story.page(1, user="u", context={"traits": {"lastName": "Lovelace", "city": None}})
    story.identify(2, {"age": 36}, user="u", context={"traits": {"age": 35}})
    assert story.profile("user", "u")["traits"] == {
        "firstName": "Ada",
        "lastName": "Lovelace",
        "name": "Ada Lovelace",
        "age": 36,
    }


def test_newsletters_and_consent_follow_the_last_word() -> None:
    story = Story()
    story.track("Newsletter Subscribed", 0, {"list": "weekly"}, user="u")
    story.track("Newsletter Subscribed", 1, user="u")
    story.track("Newsletter Unsubscribed", 2, {"list": "weekly"}, user="u")
    story.track("Consent Given", 3, {"purposes": ["ads", "stats"]}, user="u")
    story.page(4, user="u", context={"consent": {"categoryPreferences": {"ads": False}}})
    profile = story.profile("user", "u")
    assert profile["newsletters"] == ["default"]
    assert profile["consent"] == {"ads": False, "stats": True}


def test_a_cart_is_folded_from_what_came_after_the_last_order() -> None:
    story = Story()
    story.track("Product Added", 0, {"product_id": "old"}, user="u")
    story.track("Order Completed", 1, {"order_id": "1"}, user="u")
    story.track("Product Added", 2, {"product_id": "a", "price": "2.50", "quantity": 3}, user="u")
    story.track("Product Added", 3, {"product_id": "a"}, user="u")
    story.track("Product Removed", 4, {"product_id": "a", "quantity": 2}, user="u")
    story.track("Product Added", 5, {"sku": "b", "price": 1, "currency": "USD"}, user="u")
    story.track("Product Removed", 6, {"sku": "b"}, user="u")
    story.track("Product Removed", 7, {"name": "never added"}, user="u")
    cart = story.profile("user", "u")["cart"]
    assert cart["items"] == [{"product_id": "a", "quantity": Decimal(2), "price": "2.50"}]
    assert cart["value"] == {"EUR": "5.00"}
    assert cart["updated_at"] == said(7).replace("+00:00", ".000000Z")


def test_one_order_reported_by_browser_and_back_office_is_one_order_of_the_back_offices_person() -> None:
    story = Story()
    story.track("Order Completed", 0, {"order_id": 7, "total": "10.00"}, anonymous="a")
    story.track("Order Completed", 5, {"order_id": "7", "total": "12.00", "currency": "USD"}, user="u", key="server")
    assert story.profile("user", "u")["orders"]["revenue"] == {"USD": "12.00"}
    assert story.profile("anonymous", "a")["orders"]["count"] == 0
    assert story.profile("anonymous", "a")["acquisition"]["channel"] == "Direct"


def test_amounts_come_from_the_last_update_that_has_one_and_lines_from_the_last_that_has_lines() -> None:
    story = Story()
    lines = [{"price": "1.10", "quantity": 2}, {"price": "0.30"}]
    story.track("Order Completed", 0, {"order_id": "7", "products": lines}, user="u")
    assert story.profile("user", "u")["orders"]["revenue"] == {"EUR": "2.50"}
    story.track("Order Updated", 1, {"order_id": "7", "products": [{"quantity": 5}]}, user="u", key="server")
    story.track("Order Updated", 2, {"order_id": "7", "total": "3"}, user="u", key="server")
    orders = story.profile("user", "u")["orders"]
    assert (orders["revenue"], orders["items"]) == ({"EUR": "3"}, 5)


def test_a_cancelled_order_counts_only_for_its_refunds() -> None:
    story = Story()
    story.track("Order Completed", 0, {"order_id": "7", "total": "3"}, user="u")
    story.track("Order Cancelled", 1, {"order_id": "7"}, user="other", key="server")
    story.track("Order Refunded", 2, {"order_id": "7"}, user="other", key="server")
    story.track("Order Refunded", 3, {"order_id": "unknown", "total": 2}, user="other", key="server")
    orders = story.profile("user", "u")["orders"]
    assert (orders["count"], orders["revenue"], orders["first_at"]) == (0, {}, None)
    assert orders["refunded"] == {"EUR": "3"}
    assert story.profile("user", "other")["orders"]["refunded"] == {"EUR": "2"}


def test_a_session_holds_the_revenue_of_the_orders_decided_in_it() -> None:
    story = Story()
    story.page(0, user="u")
    story.track("Order Completed", 1, {"order_id": "7", "revenue": 4.5}, user="u")
    story.track("Order Completed", 100, {"order_id": "7", "total": 5}, user="u", key="server")
    sessions = story.oracle.journey(story.person("user", "u"))["sessions"]
    assert [session["revenue"] for session in sessions] == [{"EUR": "5"}, {}]
    assert [session["converted"] for session in sessions] == [True, True]


def test_time_travel_gives_the_profile_of_that_moment() -> None:
    story = Story()
    story.page(0, user="u")
    story.page(100, user="u")
    assert story.profile("user", "u", as_of=at(99))["sessions"] == 1
