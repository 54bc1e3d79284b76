"""From a fact to its row: what every column says, and that no fact whatever goes without one."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections import rows
from projections.rows import COLUMNS
from schemas import json as exact_json
from schemas.facts import KeyClass
from schemas.vocabulary.stored import FACT_NAMES
from tests.builders import NOW
from tests.unit.projections.doubles import notification, stream

STORED_EVENTS = json.loads(
    (Path(__file__).parents[1] / "schemas" / "stored_events_v1.json").read_text("utf-8"), parse_float=Decimal
)
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
BRAND_OF_NOBODY = {"brand": "Not;A=Brand", "version": "99"}
BOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


def row(said: dict[str, Any], fact: str = "CustomEventTracked", **fields: Any) -> dict[str, Any]:
    """The row of one message, by column."""
    raw = msgspec.Raw(exact_json.encode(said))
    built = rows.row(notification(1, said={}, fact=f"{fact}:1", message=raw, **fields), lambda store: "EUR")
    return dict(zip(COLUMNS, built, strict=True))


def of(properties: dict[str, Any], fact: str = "CustomEventTracked", **fields: Any) -> dict[str, Any]:
    return row({"type": "track", "properties": properties}, fact, **fields)


@pytest.mark.parametrize("stored", STORED_EVENTS, ids=lambda stored: stored["fact"])
def test_every_fact_ever_stored_has_a_row(stored: dict[str, Any]) -> None:
    found = row(stored["message"], stored["fact"])
    known = FACT_NAMES[stored["fact"]]
    assert found["fact"] == known.fact
    assert found["activity"] is not (known.back_office or known.about_store)


def test_a_row_says_what_the_fact_says() -> None:
    found = row(
        {"type": "track"},
        stream=stream("u1"), names=((stream("u1"), "ada"), (stream("a1"), "a-1")), key_class=KeyClass.SERVER, version=7,
    )  # fmt: skip
    assert (found["stream"], found["version"], found["server"], found["notification_id"]) == (stream("u1"), 7, True, 1)
    assert (found["named_streams"], found["named_ids"]) == ((stream("u1"), stream("a1")), ("ada", "a-1"))
    assert (found["occurred_at"], found["received_at"], found["recorded_at"]) == (NOW, NOW, NOW)
    assert (found["properties"], found["context"], found["traits"], found["consent"]) == ("", "", "", "")


def test_properties_and_context_stay_as_they_were_said() -> None:
    text = '{"properties":{"b":1.50,"a":12345678901234567890123456789012345678},"context":{"x":0.1000}}'
    built = rows.row(notification(message=msgspec.Raw(text.encode())), lambda store: "EUR")
    found = dict(zip(COLUMNS, built, strict=True))
    assert found["properties"] == '{"b":1.50,"a":12345678901234567890123456789012345678}'
    assert found["context"] == '{"x":0.1000}'


@pytest.mark.parametrize(
    ("properties", "amount"),
    [
        ({"total": 12.5, "revenue": 3}, "12.5"),
        ({"total": "12.50"}, "12.50"),
        ({"total": None, "revenue": 3}, "3"),
        ({"products": [{"price": "2.50", "quantity": 2}, {"price": 1}]}, "6.00"),
        ({"products": [{"product_id": "p"}]}, ""),
        ({"total": "a lot"}, ""),
        ({"total": True}, ""),
        ({"total": "1e3"}, ""),
    ],
)
def test_an_order_has_an_exact_amount_or_none(properties: dict[str, Any], amount: str) -> None:
    assert of(properties, "OrderCompleted")["amount"] == amount


def test_an_amount_is_never_written_with_an_exponent() -> None:
    built = rows.row(
        notification(fact="OrderCompleted:1", message=msgspec.Raw(b'{"properties":{"total":1E+3}}')),
        lambda store: "EUR",
    )
    assert dict(zip(COLUMNS, built, strict=True))["amount"] == "1000"


def test_money_without_a_currency_has_the_stores() -> None:
    assert of({"total": 1}, "OrderCompleted")["currency"] == "EUR"
    assert of({"total": 1, "currency": " usd "}, "OrderCompleted")["currency"] == "USD"
    assert of({"price": 1, "currency": ""}, "ProductAdded")["currency"] == "EUR"


def test_a_refund_is_never_what_it_names_as_revenue() -> None:
    assert of({"revenue": 9}, "OrderRefunded")["amount"] == ""
    assert of({"revenue": 9, "total": 2}, "OrderRefunded")["amount"] == "2"
    assert of({"revenue": 9, "products": [{"price": 3}]}, "OrderRefunded")["amount"] == "3"


def test_lines_are_those_of_the_products_else_the_event_itself() -> None:
    products = [{"product_id": "p", "quantity": 2, "price": "1.10"}, "no line", {"sku": "s"}, {"name": "n"}]
    found = of({"product_id": "own", "products": products}, "OrderCompleted")
    assert found["product_ids"] == ("p", "s", "n")
    assert found["quantities"] == ("2", "1", "1")
    assert found["prices"] == ("1.10", "", "")
    added = of({"product_id": 7, "price": 3}, "ProductAdded")
    assert (added["product_ids"], added["quantities"], added["prices"]) == (("7",), ("1",), ("3",))


def test_a_product_named_by_its_name_alone_is_a_line_of_a_cart_event_only() -> None:
    assert of({"name": "Tea"}, "ProductAdded")["product_ids"] == ("Tea",)
    assert of({"name": "Tea"}, "CouponEntered")["product_ids"] == ()


def test_a_removal_without_a_quantity_has_none() -> None:
    assert of({"product_id": "p"}, "ProductRemoved")["quantities"] == ("",)
    assert of({"product_id": "p", "quantity": 2}, "ProductRemoved")["quantities"] == ("2",)


def test_a_retraction_names_what_it_takes_back() -> None:
    said = {"event_id": "e" * 32, "message_id": "m"}
    found = of(said, "EventRetracted")
    assert (found["retracts_event"], found["retracts_message"], found["activity"]) == ("e" * 32, "m", False)
    other = of(said, "CustomEventTracked")
    assert (other["retracts_event"], other["retracts_message"]) == ("", "")


def test_a_bot_is_one_by_write_key_only() -> None:
    said = {"context": {"userAgent": BOT}}
    assert row(said)["bot"] is True
    assert row(said, key_class=KeyClass.SERVER)["bot"] is False


@pytest.mark.parametrize(
    ("context", "device"),
    [
        ({"device": {"type": "iOS"}}, "ios"),
        ({"userAgentData": {"mobile": True}}, "mobile"),
        ({"userAgentData": {"mobile": False}, "userAgent": "Mozilla/5.0 (iPhone) Mobile"}, "desktop"),
        ({"userAgent": "Mozilla/5.0 (iPhone) Mobile"}, "mobile"),
        ({"userAgent": "Mozilla/5.0 (iPad)"}, "tablet"),
        ({"userAgent": "Mozilla/5.0 (X11)"}, "desktop"),
        ({"userAgent": "analytics-node/2"}, ""),
        ({"device": "phone", "userAgentData": []}, ""),
        ({"userAgentData": {"mobile": False, "platform": "Android"}}, "tablet"),
        ({"userAgentData": {"mobile": True, "formFactors": ["Tablet"]}}, "tablet"),
        ({"userAgent": "Mozilla/5.0 (Linux; Android 13; SM-X900)"}, "tablet"),
        ({"userAgentData": {"mobile": 1}}, ""),
    ],
)
def test_the_device_is_what_the_context_hints_at(context: dict[str, Any], device: str) -> None:
    assert row({"context": context})["device"] == device


@pytest.mark.parametrize(
    ("context", "browser", "system"),
    [
        ({"userAgent": CHROME + " Safari/537.36"}, "Chrome", "Windows"),
        ({"userAgent": CHROME + " Safari/537.36 Edg/126.0.0.0"}, "Edge", "Windows"),
        ({"userAgent": IPHONE + " Version/17.5 Mobile/15E148 Safari/604.1"}, "Safari", "iOS"),
        ({"userAgent": IPHONE + " CriOS/126.0 Mobile/15E148 Safari/604.1"}, "Chrome", "iOS"),
        ({"userAgent": "analytics-node/2"}, "", ""),
        ({"userAgent": ["no text"]}, "", ""),
        (
            {
                "userAgent": CHROME + " Safari/537.36",
                "userAgentData": {"brands": [BRAND_OF_NOBODY, {"brand": "Chromium"}, {"brand": "Microsoft Edge"}]},
            },
            "Edge",
            "Windows",
        ),
        (
            {
                "userAgentData": {
                    "brands": [{"brand": "Chromium"}],
                    "fullVersionList": [{"brand": "Chromium"}, {"brand": "Google Chrome"}],
                    "platform": "macOS",
                }
            },
            "Chrome",
            "macOS",
        ),
        (
            {"userAgentData": {"brands": [BRAND_OF_NOBODY, {"brand": "Chromium"}], "platform": "Linux"}},
            "Chromium",
            "Linux",
        ),
        ({"userAgentData": {"brands": [7, {"brand": 7}, {}], "platform": 7, "formFactors": "x"}}, "", ""),
        ({"os": {"name": "iPadOS", "version": "17"}}, "", "iPadOS"),
    ],
)
def test_browser_and_system_are_those_of_the_hints_else_of_the_user_agent(
    context: dict[str, Any], browser: str, system: str
) -> None:
    found = row({"context": context})
    assert (found["browser"], found["os"]) == (browser, system)


def test_a_place_is_the_one_of_the_context() -> None:
    said = {"context": {"location": {"country": "DE", "region": "Berlin", "city": 7}}}
    found = row(said)
    assert (found["country"], found["region"], found["city"]) == ("DE", "Berlin", "7")


def test_a_network_of_machines_marks_a_browser() -> None:
    context = {"userAgent": CHROME, "network": {"automated": True}}
    assert row({"context": context})["bot"] is True
    assert row({"context": {**context, "network": {"automated": "yes"}}})["bot"] is False
    assert row({"context": context}, key_class=KeyClass.SERVER)["bot"] is False


def test_the_category_of_a_source_is_that_of_the_list() -> None:
    assert row({"context": {"campaign": {"source": "Google", "medium": "cpc"}}})["source_category"] == "search"
    assert row({"context": {"campaign": {"source": "m.facebook.com"}}})["source_category"] == "social"
    assert row({"context": {"campaign": {"source": "weekly"}}})["source_category"] == ""


def test_the_page_of_the_context_stands_before_the_properties() -> None:
    said = {
        "properties": {"url": "https://shop.example/b", "referrer": "https://b.example/"},
        "context": {"page": {"url": "https://shop.example/a"}, "referrer": {"url": "https://a.example/"}},
    }
    found = row(said)
    assert (found["url"], found["referrer"]) == ("https://shop.example/a", "https://a.example/")
    assert (found["source"], found["medium"]) == ("a.example", "referral")


def test_traits_count_of_an_identify_and_those_of_the_context_of_any_event() -> None:
    said = {"traits": {"plan": "gold"}, "context": {"traits": {"plan": "silver", "vip": True}}}
    assert json.loads(row(said, "CustomerIdentified")["traits"]) == {"plan": "gold", "vip": True}
    assert json.loads(row(said, "GroupJoined")["traits"]) == {"plan": "silver", "vip": True}


def test_an_events_own_traits_outweigh_its_contexts_in_any_spelling() -> None:
    said = {"traits": {"first_name": "Ada"}, "context": {"traits": {"firstName": "Eve"}}}
    assert json.loads(row(said, "CustomerIdentified")["traits"]) == {"firstName": "Ada"}


def test_consent_is_what_the_event_is_about_and_then_its_context() -> None:
    context = {"consent": {"categoryPreferences": {"ads": True, "stats": False, "odd": "yes"}}}
    said = {"properties": {"purposes": ["ads", 7, ""]}, "context": context}
    assert json.loads(row(said)["consent"]) == {"ads": True, "stats": False}
    assert json.loads(row(said, "ConsentWithdrawn")["consent"]) == {"ads": False, "stats": False, "7": False}
    assert json.loads(row(said, "ConsentGiven")["consent"]) == {"ads": True, "stats": False, "7": True}
    assert row({"properties": {"purposes": "ads"}}, "ConsentGiven")["consent"] == ""


NUMBERS = st.integers(-(10**38) + 1, 10**38 - 1) | st.decimals(
    allow_nan=False, allow_infinity=False, min_value=-(10**18), max_value=10**18, places=9
)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
READ = (
    "url", "referrer", "products", "product_id", "sku", "name", "price", "quantity", "total", "revenue", "currency",
    "order_id", "category", "brand", "purposes", "event_id", "message_id", "first_name", "page", "campaign", "traits",
    "consent", "categoryPreferences", "device", "userAgentData", "userAgent", "location", "network", "os", "brands",
)  # fmt: skip
LINES = st.fixed_dictionaries({}, optional=dict.fromkeys(("product_id", "sku", "name", "price", "quantity"), JSON))
HOSTILE = st.dictionaries(st.sampled_from(READ) | st.text(max_size=8), JSON | st.lists(LINES, max_size=3), max_size=8)


@given(st.sampled_from(sorted(FACT_NAMES)), HOSTILE | JSON, HOSTILE | JSON, HOSTILE | JSON)
def test_whatever_was_said_there_is_a_row(fact: str, properties: Any, context: Any, traits: Any) -> None:
    found = row({"properties": properties, "context": context, "traits": traits}, fact)
    texts = [value for value in found.values() if isinstance(value, str)]
    texts += [text for value in found.values() if isinstance(value, tuple) for text in value]
    assert all(text.encode() is not None for text in texts)
    assert len(found["product_ids"]) == len(found["quantities"]) == len(found["prices"])
    for column in ("traits", "consent", "properties", "context"):
        assert json.loads(found[column] or "{}") is not None
