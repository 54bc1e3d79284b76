"""OTTO's visitors through the product: visitors, sessions, durations and funnels as published (tests/data/README.md).

ClickHouse's `strict_order` figures are not among them: it means something else than our `strict`.
"""

from __future__ import annotations

import json
from statistics import mean, median_high
from typing import Any

import pytest

from tests.product.running import Json, Product, Shop
from tests.published.files import DATA, imported, moment

pytestmark = pytest.mark.product

EXPECTED: dict[str, Any] = json.loads((DATA / "expected_otto.json").read_text(encoding="utf-8"))
FUNNELS: dict[str, Any] = EXPECTED["funnel_view_cart_purchase"]
STEPS = [{"event": name} for name in ("Product Viewed", "Product Added", "Order Completed")]


@pytest.fixture(scope="module")
def otto(product: Product) -> Shop:
    return imported(product, DATA / "otto.segment.jsonl.gz", EXPECTED["events"])


@pytest.fixture(scope="module")
def sessions(otto: Shop) -> list[Json]:
    """All sessions of all visitors, by their journeys, page by page."""
    found: list[Json] = []
    for visitor in otto.items("/customers"):
        cursor: Json = {}
        while True:
            page = otto.get(f"/customers/{visitor['customer_id']}/journey", limit=7, **cursor)
            assert page["outside_sessions"] == []
            found += page["sessions"]
            if page["next_cursor"] is None:
                break
            cursor = {"cursor": page["next_cursor"]}
    return found


def test_the_visitors_and_their_events_are_all_there(otto: Shop) -> None:
    visitors = otto.items("/customers")
    assert len(visitors) == EXPECTED["visitors"]
    assert sum(visitor["events"] for visitor in visitors) == EXPECTED["events"]
    assert sum(visitor["sessions"] for visitor in visitors) == EXPECTED["sessions_30min"]
    buyers = [visitor for visitor in visitors if visitor["orders"]["count"]]
    assert len(buyers) == EXPECTED["visitors_with_purchase"]
    assert sum(visitor["orders"]["count"] for visitor in buyers) == EXPECTED["purchases"]


def test_the_sessions_are_the_published_ones(sessions: list[Json]) -> None:
    assert len(sessions) == EXPECTED["sessions_30min"]
    assert sum(session["bounced"] for session in sessions) == EXPECTED["single_event_sessions"]
    assert sum(session["converted"] for session in sessions) == EXPECTED["sessions_with_purchase"]
    lengths = [len(session["steps"]) for session in sessions]
    assert max(lengths) == EXPECTED["max_events_in_session"]
    assert mean(lengths) == pytest.approx(EXPECTED["events_per_session_mean"], abs=1e-6)
    names = [{step["name"] for step in session["steps"]} for session in sessions]
    assert (
        sum("Product Added" in one and "Order Completed" not in one for one in names)
        == (EXPECTED["cart_abandon_sessions"])
    )


def test_the_durations_are_the_published_ones(sessions: list[Json]) -> None:
    """The published quantiles are elements of the sorted list: the upper median, and the one at 90 % of its length."""
    seconds = sorted((moment(one["ended_at"]) - moment(one["started_at"])).total_seconds() for one in sessions)
    found = {
        "median": median_high(seconds),
        "p90": seconds[len(seconds) * 9 // 10],
        "mean": mean(seconds),
        "max": seconds[-1],
    }
    assert found == pytest.approx(EXPECTED["session_duration_s"], abs=0.001)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param({"scope": "session", "order": "any"}, FUNNELS["sessions_any_order"], id="sessions, any order"),
        pytest.param({"scope": "session"}, FUNNELS["sessions_ordered"], id="sessions, ordered"),
        pytest.param(
            {"scope": "session", "same": "product_id"}, FUNNELS["sessions_ordered_same_product"], id="sessions, same"
        ),
        pytest.param(
            {"window": "PT30M"},
            FUNNELS["users_within_30min_of_first_step"]["ties_by_step_number"],
            id="persons, 30 minutes",
        ),
        pytest.param(
            {"window": "P1D"}, FUNNELS["users_within_24h_of_first_step"]["ties_by_step_number"], id="persons, one day"
        ),
        pytest.param({}, FUNNELS["users_ordered_whole_history"], id="persons, ever"),
        pytest.param({"same": "product_id"}, FUNNELS["users_ordered_same_product"], id="persons, same product"),
        pytest.param({"order": "any"}, EXPECTED["clickhouse"]["retention(view,cart,purchase)_users"], id="any order"),
    ],
)
def test_the_funnels_are_the_published_ones(otto: Shop, body: Json, expected: list[int]) -> None:
    said = otto.question("funnel", {"steps": STEPS, **body})
    assert said.status_code == 200, said.text
    steps = said.json()["steps"]
    assert [step["count"] for step in steps] == expected
    assert [step["event"] for step in steps] == [step["event"] for step in STEPS]
    assert [step["of_first"] for step in steps] == pytest.approx([count / expected[0] for count in expected])
