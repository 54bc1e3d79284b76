"""CDNOW's customers through the product: recency, frequency and T from order facts, and the revenue to the cent.

A purchase is at noon of its day plus milliseconds, so that a customer's sessions are the distinct days with purchases.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import NamedTuple

import pytest

from tests.product.running import Json, Product, Shop
from tests.published.files import DATA, imported, lines_of, moment, written

pytestmark = pytest.mark.product

CUSTOMERS, PURCHASES, REVENUE = 2357, 6919, Decimal("244091.94")
REPEATING, REPEATS = 946, 2457
END_OF_CALIBRATION = date(1997, 9, 30)
CALIBRATION = "1997-09-30T23:59:59.999999Z"
SAMPLE = slice(None, None, 197)
"""Customers whose facts are read one by one."""


class Summary(NamedTuple):
    """Recency, frequency and T in days (Fader, Hardie and Lee 2005)."""

    frequency: int
    recency: int
    age: int


def summary(first: date, last: date, days: int) -> Summary:
    return Summary(days - 1, (last - first).days, (END_OF_CALIBRATION - first).days)


def day(at: datetime | str) -> date:
    return (moment(at) if isinstance(at, str) else at).astimezone(UTC).date()


@pytest.fixture(scope="module")
def messages() -> list[Json]:
    return lines_of("cdnow_sample")


@pytest.fixture(scope="module")
def expected(messages: list[Json]) -> dict[str, Summary]:
    """The summary of each customer, from the file in plain Python."""
    days: defaultdict[str, set[date]] = defaultdict(set)
    for message in messages:
        if (on := day(message["timestamp"])) <= END_OF_CALIBRATION:
            days[message["userId"]].add(on)
    return {user: summary(min(one), max(one), len(one)) for user, one in days.items()}


@pytest.fixture(scope="module")
def cdnow(product: Product) -> Shop:
    return imported(product, DATA / "cdnow_sample.segment.jsonl.gz", PURCHASES)


@pytest.fixture(scope="module")
def calibration(product: Product, messages: list[Json], tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A store that holds the calibration period only."""
    within = [message for message in messages if day(message["timestamp"]) <= END_OF_CALIBRATION]
    return imported(product, written(tmp_path_factory.mktemp("cdnow") / "calibration.jsonl", within), len(within))


def test_all_customers_purchases_and_revenue_are_there_to_the_cent(cdnow: Shop) -> None:
    orders = [customer["orders"] for customer in cdnow.items("/customers", limit=1000)]
    assert len(orders) == CUSTOMERS
    assert sum(one["count"] for one in orders) == PURCHASES
    assert {currency for one in orders for currency in one["revenue"]} <= {"USD"}
    assert sum(Decimal(one["revenue"].get("USD", "0")) for one in orders) == REVENUE
    assert sum(one["count"] > 1 for one in orders) / len(orders) == pytest.approx(0.488757, abs=1e-6)


def test_every_customer_has_the_published_recency_frequency_and_age(
    calibration: Shop, expected: dict[str, Summary]
) -> None:
    found = {
        customer["user_ids"][0]: summary(day(customer["first_seen"]), day(customer["last_seen"]), customer["sessions"])
        for customer in calibration.items("/customers", limit=1000)
    }
    assert len(found) == CUSTOMERS
    assert found == expected
    frequencies = [one.frequency for one in found.values()]
    assert (sum(frequency > 0 for frequency in frequencies), sum(frequencies)) == (REPEATING, REPEATS)


def test_time_travel_to_the_end_of_the_calibration_period_gives_the_same(
    cdnow: Shop, expected: dict[str, Summary]
) -> None:
    for user in sorted(expected)[SAMPLE]:
        profile = cdnow.customer(user, as_of=CALIBRATION)
        events = cdnow.items(f"/customers/{profile['customer_id']}/events", as_of=CALIBRATION, limit=7)
        days = [day(event["occurred_at"]) for event in events if event["name"] == "Order Completed"]
        assert summary(days[0], days[-1], len(set(days))) == expected[user]
        orders = profile["orders"]
        assert (day(orders["first_at"]), day(orders["last_at"]), orders["count"]) == (days[0], days[-1], len(days))
        total = sum(Decimal(str(event["properties"]["total"])) for event in events)
        assert Decimal(orders["revenue"].get("USD", "0")) == total
