"""The funnel (docs/definitions.md) by the real SQL, against answers worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.product.read_models.shop import GOOGLEBOT, MINUTE, Analyst, Store, at

pytestmark = pytest.mark.product


STEPS = ("Product Viewed", "Product Added", "Order Completed")


def buy(store: Store, user: str, *minutes: float, product: str = "p") -> None:
    """Let a user take as many steps as there are minutes."""
    for event, minute in zip(STEPS, minutes, strict=False):
        store.say(event, minute, user=user, product_id=product)


def test_a_funnel_counts_who_gets_how_far_in_order(store: Store, analyst: Analyst) -> None:
    buy(store, "all", 0, 1, 3)
    buy(store, "two", 0, 3)
    buy(store, "one", 0)
    buy(store, "backwards", 2, 1, 0)
    store.say("Order Completed", 0, user="never looked", order_id="o")
    steps = analyst.funnel(*STEPS)["steps"]
    assert [step["count"] for step in steps] == [4, 2, 1]
    assert [step["of_first"] for step in steps] == [1.0, 0.5, 0.25]
    assert [step["of_previous"] for step in steps] == [1.0, 0.5, 0.5]
    assert [step["median_seconds"] for step in steps] == [None, 120.0, 120.0]


def test_a_funnel_of_nobody_is_all_zeros(store: Store, analyst: Analyst) -> None:
    steps = analyst.funnel(*STEPS)["steps"]
    assert [(step["count"], step["of_first"], step["of_previous"]) for step in steps] == [(0, 0.0, 0.0)] * 3


def test_the_window_of_a_funnel_is_inclusive_and_every_restart_counts(store: Store, analyst: Analyst) -> None:
    buy(store, "exactly", 0, 10)
    buy(store, "too late", 0, 10 + 1 / MINUTE)
    buy(store, "again", -20, 10)
    store.say("Product Viewed", 1, user="again", product_id="p")
    assert analyst.counts(*STEPS[:2], window="PT10M") == [3, 2]
    assert analyst.counts(*STEPS[:2], window=None) == [3, 3]


def test_steps_of_equal_time_are_taken_in_their_order_and_one_fact_fills_one_step(
    store: Store, analyst: Analyst
) -> None:
    buy(store, "ada", 0, 0, 0)
    assert analyst.counts(*STEPS) == [1, 1, 1]
    assert analyst.counts("Product Viewed", "Product Viewed") == [1, 0]
    store.say("Product Viewed", 0, user="ada", product_id="p")
    assert analyst.counts("Product Viewed", "Product Viewed") == [1, 1]


def test_a_strict_funnel_bears_no_other_activity_between(store: Store, analyst: Analyst) -> None:
    buy(store, "strict", 0, 2)
    store.say("Order Shipped", 1, user="strict", order_id="o")
    buy(store, "distracted", 0, 2)
    store.say("page", 1, user="distracted")
    assert analyst.counts(*STEPS[:2], order="strict") == [2, 1]
    assert analyst.counts(*STEPS[:2], order="ordered") == [2, 2]


def test_any_order_counts_steps_wherever_they_are(store: Store, analyst: Analyst) -> None:
    buy(store, "backwards", 3, 2, 1)
    buy(store, "far apart", 0, 100)
    store.say("Order Completed", 0, user="never looked", order_id="o")
    assert analyst.counts(*STEPS, order="any") == [2, 2, 1]
    assert analyst.counts(*STEPS, order="any", window="PT5M") == [2, 1, 1]
    assert analyst.counts("Product Viewed", "Product Viewed", order="any") == [2, 0]


def test_all_steps_of_a_chain_may_have_to_share_a_product(store: Store, analyst: Analyst) -> None:
    buy(store, "same", 0, 1, product="p")
    store.say("Order Completed", 2, user="same", products=[{"product_id": "x"}, {"product_id": "p"}])
    buy(store, "other", 0, product="p")
    store.say("Product Added", 1, user="other", product_id="q")
    assert analyst.counts(*STEPS) == [2, 2, 1]
    assert analyst.counts(*STEPS, same="product_id") == [2, 1, 1]


def test_a_funnel_of_sessions_ends_with_the_session(store: Store, analyst: Analyst) -> None:
    buy(store, "ada", 0, 31)
    buy(store, "eve", 0, 30)
    assert analyst.counts(*STEPS[:2], scope="session") == [2, 1]
    assert analyst.counts(*STEPS[:2], scope="customer") == [2, 2]


def test_only_facts_within_from_and_to_fill_steps(store: Store, analyst: Analyst) -> None:
    buy(store, "ada", 0, 10)
    assert analyst.counts(*STEPS[:2], **{"from": at(0), "to": at(10)}) == [1, 0]
    assert analyst.counts(*STEPS[:2], **{"from": at(0), "to": at(10 + 1 / MINUTE)}) == [1, 1]
    assert analyst.counts(*STEPS[:2], **{"from": at(1 / MINUTE)}) == [0, 0]


def test_a_funnel_follows_a_person_through_its_streams_and_skips_retracted_facts_and_bots(
    store: Store, analyst: Analyst
) -> None:
    store.say("Product Viewed", 0, anonymous="a-1", product_id="p")
    claim = store.say("identify", 1, user="ada", anonymous="a-1")
    store.say("Product Added", 2, user="ada", product_id="p")
    store.say("Product Viewed", 2, anonymous="bot", product_id="p", context={"userAgent": GOOGLEBOT})
    assert analyst.counts(*STEPS[:2]) == [1, 1]
    store.say("Event Retracted", 3, user="ada", event_id=claim.event_id)
    assert analyst.counts(*STEPS[:2]) == [1, 0]
    assert analyst.counts(*STEPS[:2], as_of=at(2)) == [1, 1]


@pytest.mark.parametrize(
    ("op", "value", "users"),
    [
        ("=", 10, 2),
        ("=", "10.0", 2),
        ("!=", 10, 3),
        (">", 9, 3),
        (">=", "9.5", 3),
        ("<", 10, 1),
        ("<=", 10, 3),
        ("in", [10, "tea"], 3),
        ("contains", "ea", 1),
        ("exists", True, 4),
        ("exists", False, 1),
    ],
)
def test_conditions_compare_numbers_as_numbers_and_texts_as_texts(
    store: Store, analyst: Analyst, op: str, value: Any, users: int
) -> None:
    for number, price in enumerate([10, "10.00", 9.5, "tea"]):
        store.say("Product Clicked", 0, user=f"u-{number}", rank=price)
    store.say("Product Clicked", 0, user="u-none")
    step = {"event": "Product Clicked", "where": [{"field": "rank", "op": op, "value": value}]}
    assert analyst.counts(step) == [users]


def test_groups_by_channel_add_up_to_the_whole(store: Store, analyst: Analyst) -> None:
    store.say("page", -1, user="ada", url="https://shop.example/?utm_source=news&utm_medium=email")
    buy(store, "ada", 0, 1)
    buy(store, "eve", 0)
    answer = analyst.funnel(*STEPS[:2], by="channel")
    groups = {group["channel"]: [step["count"] for step in group["steps"]] for group in answer["groups"]}
    assert groups == {"Email": [1, 1], "Direct": [1, 0]}
    assert [step["count"] for step in answer["steps"]] == [2, 1]
