"""Customers by HTTP: lists, search, profile, journey and facts, in exactly their shapes and page by page."""

from __future__ import annotations

import pytest

from tests.product.contract.ada import SHOE, SHORT_PROFILE, VISITORS, at
from tests.product.running import Shop

pytestmark = pytest.mark.product


@pytest.mark.parametrize("name", ["last_seen", "first_seen", "events", "orders", "sessions"])
@pytest.mark.parametrize("sign", ["", "-"])
def test_the_list_of_customers_is_the_same_page_by_page(story: Shop, sign: str, name: str) -> None:
    whole = story.get("/customers", limit=1000, order=sign + name)
    assert whole["next_cursor"] is None
    items = whole["items"]
    assert len(items) == VISITORS + 1
    assert all(set(item) == SHORT_PROFILE for item in items)
    assert story.items("/customers", limit=4, order=sign + name) == items
    keys = [item["orders"]["count"] if name == "orders" else item[name] for item in items]
    assert keys == sorted(keys, reverse=bool(sign))


def test_the_newest_customers_come_first_unless_asked_otherwise(story: Shop) -> None:
    assert story.items("/customers", limit=5) == story.items("/customers", order="-last_seen", limit=1000)


@pytest.mark.parametrize("text", ["ada", "LOVELACE", "example.org", "+49 30"])
def test_search_finds_by_id_name_and_address(story: Shop, text: str) -> None:
    assert [one["user_ids"] for one in story.items("/customers", search=text)] == [["ada"]]


def test_search_pages_too_and_finds_nothing_where_nothing_is(story: Shop) -> None:
    assert len(story.items("/customers", search="visitor-1", limit=2)) == 11
    assert story.get("/customers", search="nobody at all") == {"items": [], "next_cursor": None}


def test_every_id_and_address_finds_the_person(story: Shop) -> None:
    ada = story.customer("ada")
    assert story.get(f"/customers/{ada['customer_id']}") == ada
    assert story.get("/customers/by/anonymous_id/visitor") == ada
    for path in ("email/ada@example.org", "email/ADA@example.org ", "phone/+49301234", "phone/+49 30 1234"):
        found = story.get(f"/customers/by/{path}")
        assert set(found) == {"items", "next_cursor"}
        assert [one["customer_id"] for one in found["items"]] == [ada["customer_id"]], path
    assert story.get("/customers/by/email/nobody@example.org")["items"] == []


def test_the_profile_has_exactly_this_shape(story: Shop) -> None:
    ada = story.customer("ada")
    customer_id = ada.pop("customer_id")
    assert isinstance(customer_id, str)
    assert ada == {
        "user_ids": ["ada"],
        "anonymous_ids": ["visitor"],
        "traits": {"email": "Ada@Example.org", "name": "Ada Lovelace", "phone": "+49 30 1234"},
        "first_seen": at("09:00:00"),
        "last_seen": at("15:01:00"),
        "events": 8,
        "sessions": 2,
        "page_views": 1,
        "product_views": 1,
        "orders": {
            "count": 1,
            "revenue": {"EUR": "99.80"},
            "refunded": {"EUR": "10.00"},
            "first_at": at("09:20:00"),
            "last_at": at("09:20:00"),
            "items": 2,
        },
        "cart": {
            "items": [{"product_id": "p-2", "quantity": 1, "price": "5.00"}],
            "value": {"EUR": "5.00"},
            "updated_at": at("15:00:00"),
        },
        "newsletters": ["news"],
        "acquisition": {
            "channel": ada["acquisition"]["channel"],
            "source": "google",
            "medium": "cpc",
            "campaign": "spring",
            "landing_page": ada["acquisition"]["landing_page"],
            "referrer": "https://google.com/",
        },
        "preferences": {"categories": ["shoes"], "brands": ["Northwind"], "channel": ada["preferences"]["channel"]},
        "consent": {},
        "segments": [],
    }
    assert ada["acquisition"]["channel"].startswith("Paid")
    assert ada["acquisition"]["landing_page"].startswith("https://shop.example/")


def test_the_journey_has_exactly_this_shape(story: Shop) -> None:
    ada = story.customer("ada")["customer_id"]
    journey = story.get(f"/customers/{ada}/journey")
    assert set(journey) == {"customer_id", "sessions", "outside_sessions", "next_cursor"}
    assert (journey["customer_id"], journey["next_cursor"]) == (ada, None)
    evening, morning = journey["sessions"]
    steps, beside = morning.pop("steps"), journey["outside_sessions"]
    assert morning == {
        "session_id": steps[0]["event_id"],
        "started_at": at("09:00:00"),
        "ended_at": at("09:20:00"),
        "channel": morning["channel"],
        "source": "google",
        "medium": "cpc",
        "campaign": "spring",
        "landing_page": morning["landing_page"],
        "referrer": "https://google.com/",
        "device": None,
        "country": None,
        **dict.fromkeys(("browser", "os", "region", "city")),
        "bounced": False,
        "converted": True,
        "revenue": {"EUR": "99.80"},
    }
    assert [step["name"] for step in steps] == [
        "page",
        "Product Viewed",
        "identify",
        "Product Added",
        "Order Completed",
    ]
    assert all(
        set(step) == {"event_id", "at", "name", "title", "url", "product_id", "order_id", "details"} for step in steps
    )
    assert (steps[0]["title"], steps[1]["product_id"], steps[4]["order_id"]) == ("Home", "p-1", "o-1")
    assert [step["at"] for step in evening["steps"]] == [at("15:00:00"), at("15:01:00")]
    assert [(step["name"], step["at"], set(step) - set(steps[0])) for step in beside] == [
        ("Order Refunded", at("12:00:00"), {"channel"})
    ]


def test_the_journey_is_the_same_page_by_page(story: Shop) -> None:
    path = f"/customers/{story.customer('ada')['customer_id']}/journey"
    whole = story.get(path)
    pages = [story.get(path, limit=1)]
    while cursor := pages[-1]["next_cursor"]:
        pages.append(story.get(path, limit=1, cursor=cursor))
    assert [len(page["sessions"]) + len(page["outside_sessions"]) for page in pages] == [1, 1, 1]
    for part in ("sessions", "outside_sessions"):
        assert [one for page in pages for one in page[part]] == whole[part]


def test_the_facts_are_the_same_page_by_page_in_both_orders(story: Shop) -> None:
    path = f"/customers/{story.customer('ada')['customer_id']}/events"
    whole = story.get(path)
    assert whole["next_cursor"] is None
    items = whole["items"]
    assert [item["message_id"] for item in items] == [f"ada-{number}" for number in range(1, 9)]
    for limit in (1, 3, 8):
        assert story.items(path, limit=limit) == items
        assert story.items(path, limit=limit, order="-occurred_at") == items[::-1]
    assert all(
        set(item)
        == {
            "event_id",
            "message_id",
            "name",
            "stream",
            "occurred_at",
            "received_at",
            "recorded_at",
            "properties",
            "context",
        }
        for item in items
    )
    assert items[1]["properties"] == SHOE
    between = story.items(path, **{"from": at("09:05:00"), "to": at("09:20:00")})
    assert [item["message_id"] for item in between] == ["ada-2", "ada-3", "ada-4"]
