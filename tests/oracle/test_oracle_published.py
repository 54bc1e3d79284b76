"""The oracle against published data: OTTO's visitors and CDNOW's customers."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from statistics import mean, median_high
from typing import Any

import pytest

from tests.oracle import Delivery, Oracle
from tests.oracle.reading import moment

DATA = Path(__file__).parents[1] / "data"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def imported(name: str) -> Iterator[Delivery]:
    with gzip.open(DATA / name, "rt", encoding="utf-8") as lines:
        for order, line in enumerate(lines):
            yield Delivery("shop", "server", json.loads(line), NOW, NOW, order, imported=True)


@cache
def otto() -> Oracle:
    return Oracle(imported("otto.segment.jsonl.gz"))


@cache
def otto_expected() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / "expected_otto.json").read_text())
    return found


@cache
def cdnow() -> Oracle:
    return Oracle(imported("cdnow_sample.segment.jsonl.gz"))


def test_otto_has_its_visitors_and_sessions() -> None:
    oracle, expected = otto(), otto_expected()
    profiles = [oracle.profile(person) for person in oracle.customers().values()]
    assert len(profiles) == expected["visitors"]
    assert sum(profile["events"] for profile in profiles) == expected["events"]
    assert sum(profile["product_views"] for profile in profiles) == expected["by_type"]["view"]
    sessions = [one for person in oracle.customers().values() for one in oracle.journey(person)["sessions"]]
    assert len(sessions) == expected["sessions_30min"]
    assert sum(one["bounced"] for one in sessions) == expected["single_event_sessions"]
    assert sum(one["converted"] for one in sessions) == expected["sessions_with_purchase"]
    assert max(len(one["steps"]) for one in sessions) == expected["max_events_in_session"]


def test_otto_has_its_session_durations() -> None:
    """The published quantiles are elements of the sorted list: the upper median, and the one at 90 % of its length."""
    sessions = [one for person in otto().customers().values() for one in otto().journey(person)["sessions"]]
    lengths = sorted(_seconds(one["started_at"], one["ended_at"]) for one in sessions)
    found = {
        "median": median_high(lengths),
        "p90": lengths[len(lengths) * 9 // 10],
        "mean": mean(lengths),
        "max": lengths[-1],
    }
    assert found == pytest.approx(otto_expected()["session_duration_s"], abs=0.001)


def _seconds(started: str, ended: str) -> float:
    first, last = moment(started), moment(ended)
    assert first is not None
    assert last is not None
    return (last - first).total_seconds()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"scope": "session", "order": "any"}, [144, 21, 4]),
        ({"scope": "session"}, [144, 19, 3]),
        ({"scope": "session", "same": "product_id"}, [144, 17, 2]),
        ({"window": "PT30M"}, [20, 7, 2]),
        ({"window": "P1D"}, [20, 7, 2]),
        ({}, [20, 7, 2]),
        ({"same": "product_id"}, [20, 6, 2]),
    ],
)
def test_otto_gives_the_published_funnels(body: dict[str, Any], expected: list[int]) -> None:
    steps = [{"event": name} for name in ("Product Viewed", "Product Added", "Order Completed")]
    assert [row["count"] for row in otto().funnel({"steps": steps, **body})] == expected


def test_cdnow_has_its_customers_and_revenue() -> None:
    orders = [cdnow().profile(person)["orders"] for person in cdnow().customers().values()]
    assert len(orders) == 2357
    assert sum(one["count"] for one in orders) == 6919
    assert sum(Decimal(one["revenue"].get("USD", "0")) for one in orders) == Decimal("244091.94")
    assert sum(one["count"] > 1 for one in orders) / len(orders) == pytest.approx(0.488757, abs=1e-6)


def test_cdnow_gives_the_published_frequencies_of_the_calibration_period() -> None:
    purchase_days: Counter[str] = Counter()
    for person in cdnow().customers().values():
        days = {fact.occurred_at.date() for fact in person.facts}
        purchase_days[person.ids("user")[0]] = sum(day <= date(1997, 9, 30) for day in days)
    frequencies = [days - 1 for days in purchase_days.values()]
    assert (sum(frequency > 0 for frequency in frequencies), sum(frequencies)) == (946, 2457)
