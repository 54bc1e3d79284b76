"""What a name on the wire means, and what each kind of event lets through."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from schemas import vocabulary
from schemas.errors import InvalidEvent
from schemas.money import amount
from schemas.vocabulary import EVENT_TYPES, EventType, resolve
from schemas.vocabulary.values import Amount, Count

BACK_OFFICE = """
Order Paid, Order Shipped, Order Delivered, Order Updated, Order Cancelled, Order Returned, Order Refunded,
Loyalty Points Earned, Loyalty Points Redeemed, Loyalty Points Adjusted,
Ticket Opened, Ticket Replied, Ticket Resolved, Ticket Reopened, Call Logged, Visit Logged, Message Logged,
Email Delivered, Email Opened, Email Link Clicked, Email Bounced, Email Marked as Spam, Unsubscribed, Campaign Sent,
Lead Qualified, Lead Lost, Stock Level Changed, Product Updated, Product Deleted, Campaign Cost Recorded,
Event Retracted, Customers Merged, Customers Split, Rules Changed
"""
"""The list of contract.md (Keys), written down again on purpose."""

ABOUT_STORE = {
    "Stock Level Changed", "Product Updated", "Product Deleted", "Campaign Cost Recorded", "Rules Changed",
}  # fmt: skip


def order(**properties: Any) -> dict[str, Any]:
    line = {"product_id": "p-1", "price": Decimal("12.99"), "quantity": 2}
    return {"order_id": "o-1", "total": Decimal("25.98"), "currency": "EUR", "products": [line], **properties}


def refusal(name: str, properties: dict[str, Any]) -> InvalidEvent:
    with pytest.raises(InvalidEvent) as caught:
        resolve("track", name).check(properties)
    return caught.value


def test_every_name_belongs_to_one_event_type() -> None:
    names = Counter(name.casefold() for known in EVENT_TYPES for name in (known.name, *known.older_names))
    assert [name for name, times in names.items() if times > 1] == []


def test_every_stored_name_belongs_to_one_event_type() -> None:
    assert len({known.fact for known in EVENT_TYPES}) == len(EVENT_TYPES)


def test_the_back_office_events_are_those_of_the_contract() -> None:
    assert {known.name for known in EVENT_TYPES if known.back_office} == {
        name.strip() for name in BACK_OFFICE.split(",")
    }


def test_facts_about_the_store_are_back_office() -> None:
    about_store = [known for known in EVENT_TYPES if known.about_store]
    assert {known.name for known in about_store} == ABOUT_STORE
    assert all(known.back_office for known in about_store)


@pytest.mark.parametrize("name", ["Product Shared", "Cart Shared", "My Own Event"])
def test_an_address_in_what_is_shared_or_custom_may_be_somebody_elses(name: str) -> None:
    assert resolve("track", name).names_others
    assert [known.name for known in EVENT_TYPES if known.names_others] == ["Product Shared", "Cart Shared"]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Product Viewed", "Product Viewed"),
        ("Viewed Product", "Product Viewed"),
        ("viewed product", "Product Viewed"),
        (" PRODUCT viewed ", "Product Viewed"),
        ("Completed Order", "Order Completed"),
        ("Order Canceled", "Order Cancelled"),
        ("Viewed Product Category", "Product List Viewed"),
        ("Email Unsubscribed", "Unsubscribed"),
    ],
)
def test_older_and_differently_spelled_names_are_the_same_event(said: str, meant: str) -> None:
    assert resolve("track", said).name == meant


def test_an_older_name_of_a_back_office_event_stays_back_office() -> None:
    assert resolve("track", "refunded order").back_office


@pytest.mark.parametrize("message_type", ["page", "screen", "identify", "group", "alias"])
def test_other_messages_are_event_types_of_their_own(message_type: str) -> None:
    assert resolve(message_type, None).name == message_type
    assert resolve(message_type, "Order Refunded").name == message_type


def test_an_unknown_track_event_is_a_custom_event_under_its_own_name() -> None:
    custom = resolve("track", "Gift Wrapped")
    assert (custom.name, custom.fact, custom.back_office) == ("Gift Wrapped", "CustomEventTracked", False)
    custom.check({"price": {"any": ["thing"]}})


@pytest.mark.parametrize("message_type", ["page", " screen", "identify", "group", "alias"])
def test_a_track_event_cannot_pose_as_a_message_of_another_type(message_type: str) -> None:
    with pytest.raises(InvalidEvent) as caught:
        resolve("track", message_type)
    assert (caught.value.code, caught.value.field) == ("reserved_name", "event")


def test_custom_names_do_not_fill_the_memory() -> None:
    for number in range(5_000):
        resolve("track", f"Custom {number}")
    cache = vocabulary._folded.cache_info()
    assert cache.currsize <= (cache.maxsize or 0) < 5_000


@pytest.mark.parametrize(("message_type", "event"), [("track", None), ("track", " "), ("tracked", "x"), ("", None)])
def test_a_message_without_a_meaning_is_refused(message_type: str, event: str | None) -> None:
    with pytest.raises(InvalidEvent):
        resolve(message_type, event)


@pytest.mark.parametrize(
    "properties",
    [
        order(),
        order(order_id=4711, total="25.98", revenue=None, tax=""),
        order(products=None),
        order(currency="eur", coupon=["A", "B"], gift={"wrapped": True}),
        order(products=[{"product_id": 7, "price": "12.99", "quantity": "0.5", "extra": [1]}]),
        order(total=Decimal("30.300000000000004"), discount=Decimal("5.551115123125783E-17")),
        {},
    ],
)
def test_an_order_as_shops_really_send_it_passes_and_is_not_changed(properties: dict[str, Any]) -> None:
    before = json.dumps(properties, default=str)
    resolve("track", "Order Completed").check(properties)
    assert json.dumps(properties, default=str) == before


@pytest.mark.parametrize(
    ("spoilt", "field"),
    [
        ({"products": [{"price": "12,99"}]}, "properties.products[0].price"),
        ({"products": [{}, {"quantity": -1}]}, "properties.products[1].quantity"),
        ({"products": [{}, "p-2"]}, "properties.products[1]"),
        ({"products": {"product_id": "p-1"}}, "properties.products"),
        ({"products": "p-1"}, "properties.products"),
        ({"order_id": {"id": 1}}, "properties.order_id"),
        ({"order_id": ["o-1"]}, "properties.order_id"),
        ({"total": True}, "properties.total"),
        ({"total": "12.99 EUR"}, "properties.total"),
        ({"total": "NaN"}, "properties.total"),
        ({"total": {"amount": 1}}, "properties.total"),
        ({"total": 10**18}, "properties.total"),
        ({"revenue": Decimal("1e9999")}, "properties.revenue"),
        ({"tax": Decimal("1e-9999")}, "properties.tax"),
        ({"currency": "Euro"}, "properties.currency"),
        ({"currency": 978}, "properties.currency"),
    ],
)
def test_what_would_spoil_an_order_is_refused_and_named(spoilt: dict[str, Any], field: str) -> None:
    error = refusal("Order Completed", order(**spoilt))
    assert (error.code, error.field) == ("invalid_property", field)
    assert error.message.startswith("must be")


def test_a_retraction_that_names_no_event_is_refused() -> None:
    assert refusal("Event Retracted", {"reason": "test order"}).field == "properties.event_id"
    resolve("track", "Event Retracted").check({"message_id": "m-1"})


def test_a_campaign_cost_of_no_day_is_refused() -> None:
    assert refusal("Campaign Cost Recorded", {"day": "31.12.2024"}).field == "properties.day"
    resolve("track", "Campaign Cost Recorded").check({"day": "2024-12-31", "cost": "12.5", "clicks": 3})


@pytest.mark.parametrize("known", EVENT_TYPES, ids=lambda known: known.fact)
def test_every_event_type_has_a_json_schema(known: EventType) -> None:
    if known.properties is not None:
        assert TypeAdapter(known.properties).json_schema()["type"] == "object"


scalars = st.none() | st.booleans() | st.integers() | st.decimals() | st.text() | st.sampled_from(["1.5", " -3 ", "٣"])


@given(scalars)
def test_a_value_that_passes_as_an_amount_is_read_as_one(value: object) -> None:
    adapter = TypeAdapter[Any](Amount)
    try:
        adapter.validate_python(value)
    except ValueError:
        return
    absent = value is None or (isinstance(value, str) and not value.strip())
    assert (amount(value) is None) == absent


@given(st.integers(max_value=-1) | st.decimals(max_value=Decimal("-0.01"), allow_nan=False))
def test_a_count_is_never_negative(value: object) -> None:
    with pytest.raises(ValueError, match="must be a number from 0 up"):
        TypeAdapter[Any](Count).validate_python(value)
