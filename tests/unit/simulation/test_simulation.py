"""The simulated shop says what a shop would say, the same each time, in messages that the vocabulary takes."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib.resources import files
from typing import Any

import pytest

from footfall.simulation import SimulatedMessage, simulate
from footfall.simulation.bots import CRAWLERS
from footfall.simulation.catalogue import CATALOGUE
from schemas.money import lines as lines_of
from schemas.money import lines_amount, order_amount
from schemas.vocabulary import resolve

END = datetime(2024, 12, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def messages() -> list[SimulatedMessage]:
    return list(simulate(END))


def name(each: SimulatedMessage) -> str:
    return str(each.message.get("event", each.message["type"]))


def occurred_at(each: SimulatedMessage) -> datetime:
    return datetime.fromisoformat(each.message["timestamp"])


def on_the_wire(message: dict[str, Any]) -> dict[str, Any]:
    """Return the message as the product decodes it: exactly."""
    decoded: dict[str, Any] = json.loads(json.dumps(message, allow_nan=False), parse_float=Decimal)
    return decoded


def test_the_same_seed_gives_the_same_messages(messages: list[SimulatedMessage]) -> None:
    assert list(simulate(END)) == messages
    assert list(simulate(END, seed=2)) != messages


def test_a_larger_shop_holds_a_smaller_one() -> None:
    small, large = (Counter(json.dumps(each.message) for each in simulate(END, visitors=n)) for n in (5, 10))
    assert small < large


def test_messages_come_in_the_order_of_arrival_within_the_simulated_days(messages: list[SimulatedMessage]) -> None:
    moments = [each.at for each in messages]
    assert moments == sorted(moments)
    assert END - timedelta(days=90) <= moments[0] < moments[-1] <= END


def test_nothing_happens_after_it_arrives(messages: list[SimulatedMessage]) -> None:
    assert all(occurred_at(each) <= each.at for each in messages)


def test_the_usual_shop_has_about_ten_thousand_messages(messages: list[SimulatedMessage]) -> None:
    assert 8_000 <= len(messages) <= 13_000
    assert len(CATALOGUE) == 120


def test_every_message_passes_the_vocabulary(messages: list[SimulatedMessage]) -> None:
    for each in messages:
        message = on_the_wire(each.message)
        resolve(message["type"], message.get("event")).check(message.get("properties", {}))


def test_no_simulated_event_is_a_custom_one(messages: list[SimulatedMessage]) -> None:
    names = {name(each) for each in messages if each.message["type"] == "track"}
    assert {resolve("track", event).name for event in names} == names
    assert not any(resolve("track", event).fact == "CustomEventTracked" for event in names)


def test_back_office_events_come_by_server_key_only(messages: list[SimulatedMessage]) -> None:
    told = {(each.key_class, name(each)) for each in messages if each.message["type"] == "track"}
    assert not [event for key, event in told if key == "write" and resolve("track", event).back_office]


def test_every_event_about_a_person_names_an_id_or_an_address(messages: list[SimulatedMessage]) -> None:
    for each in messages:
        if each.message["type"] == "track" and resolve("track", name(each)).about_store:
            continue
        ids = {"anonymousId", "userId"} & each.message.keys()
        assert ids or (each.key_class == "server" and "email" in each.message["properties"])


def test_what_networks_and_people_do_is_in_it(messages: list[SimulatedMessage]) -> None:
    happened = {name(each) for each in messages}
    assert happened >= {
        *("page", "identify", "Product Viewed", "Product Added", "Order Completed", "Order Paid", "Order Shipped"),
        *("Order Delivered", "Order Refunded", "Order Cancelled", "Newsletter Subscribed", "Email Opened"),
        *("Ticket Opened", "Feedback Given", "Event Retracted", "Campaign Cost Recorded", "Stock Level Changed"),
    }
    assert {each.message["context"].get("userAgent") for each in messages} >= set(CRAWLERS)


def test_some_messages_come_twice_unchanged_and_some_late(messages: list[SimulatedMessage]) -> None:
    copies: dict[str, list[dict[str, Any]]] = {}
    for each in messages:
        copies.setdefault(each.message["messageId"], []).append(each.message)
    twice = [same for same in copies.values() if len(same) > 1]
    assert len(twice) > 50
    assert all(same[0] == again for same in twice for again in same[1:])
    assert sum(each.at - occurred_at(each) > timedelta(minutes=1) for each in messages) > 50


def test_browser_and_back_office_report_the_same_orders(messages: list[SimulatedMessage]) -> None:
    orders: dict[str, set[str]] = {"write": set(), "server": set()}
    for each in messages:
        if name(each) == "Order Completed":
            orders[each.key_class].add(each.message["properties"]["order_id"])
    both = orders["write"] & orders["server"]
    assert len(both) > 50
    assert len(orders["write"] ^ orders["server"]) <= 5


def test_an_orders_total_is_its_lines_less_discount_plus_shipping(messages: list[SimulatedMessage]) -> None:
    for each in messages:
        if name(each) == "Order Completed":
            said = on_the_wire(each.message)["properties"]
            of_lines = lines_amount(lines_of(said))
            assert of_lines is not None
            assert order_amount(said) == of_lines - said.get("discount", 0) + said["shipping"]


def test_ada_winter_has_a_rich_journey_on_two_devices(messages: list[SimulatedMessage]) -> None:
    hers = [each for each in messages if each.message.get("userId") == "ada-winter"]
    assert len({each.message["anonymousId"] for each in hers if each.key_class == "write"}) == 2
    assert {each.message["properties"]["order_id"] for each in hers if name(each) == "Order Completed"} == {
        "SO-1001",
        "SO-1002",
    }
    assert {name(each) for each in hers} >= {
        *("identify", "Coupon Applied", "Order Refunded", "Ticket Resolved", "Product Reviewed", "Feedback Given"),
        *("Product Added to Wishlist", "Product Removed", "Loyalty Points Earned", "Order Delivered"),
    }


def test_everything_is_invented(messages: list[SimulatedMessage]) -> None:
    said = json.dumps([each.message for each in messages])
    assert {host.lower() for host in re.findall(r"@([\w.-]+)", said)} == {"example.com"}
    assert not re.findall(r'"ip": "(?!192\.0\.2\.|198\.51\.100\.|203\.0\.113\.)', said)


def test_the_otto_visitors_pass_the_vocabulary() -> None:
    packed = files("footfall.simulation").joinpath("data", "otto.segment.jsonl.gz").read_bytes()
    said = [json.loads(each, parse_float=Decimal) for each in gzip.decompress(packed).splitlines()]
    for message in said:
        resolve(message["type"], message["event"]).check(message["properties"])
    assert Counter(message["event"] for message in said) == {
        "Product Viewed": 800,
        "Product Added": 52,
        "Order Completed": 10,
    }
