"""The funnel of the oracle against cases computed by hand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.oracle.stories import Story, at

LETTERS = {"V": "Product Viewed", "A": "Product Added", "O": "Order Completed", "p": "page"}


def counts(path: str, steps: str, **body: Any) -> list[int]:
    """Return the counts of a funnel over one person's path, written as `V0:1 A5:1`: letter, minute, product."""
    story = Story()
    for word in path.split():
        when, _, product = word[1:].partition(":")
        properties = {"product_id": product} if product else {}
        if word[0] == "p":
            story.page(float(when), user="u")
        else:
            story.track(LETTERS[word[0]], float(when), properties, user="u")
    asked = {"steps": [{"event": LETTERS[step]} for step in steps], **body}
    return [row["count"] for row in story.oracle.funnel(asked)]


@pytest.mark.parametrize(
    ("path", "steps", "body", "expected"),
    [
        ("V0 p1 A2 O3", "VAO", {}, [1, 1, 1]),
        ("A0 V1 O2", "VAO", {}, [1, 0, 0]),
        ("V0 A10", "VA", {"window": "PT10M"}, [1, 1]),
        ("V0 A10.001", "VA", {"window": "PT10M"}, [1, 0]),
        ("V0 V9 A10.001", "VA", {"window": "PT10M"}, [1, 1]),
        ("V0 A5 O11", "VAO", {"window": "PT10M"}, [1, 1, 0]),
        ("A0 V0", "VA", {}, [1, 1]),
        ("V0", "VV", {}, [1, 0]),
        ("V0 V0", "VV", {}, [1, 1]),
        ("V0 p1 A2", "VA", {"order": "strict"}, [1, 0]),
        ("V0 p1 V2 A3", "VA", {"order": "strict"}, [1, 1]),
        ("V0 p0 A1", "VA", {"order": "strict"}, [1, 0]),
        ("V0 p1 A1", "VA", {"order": "strict"}, [1, 1]),
        ("A0 V5 O9", "VAO", {"order": "any"}, [1, 1, 1]),
        ("A0 V5", "VA", {"order": "any", "window": "PT4M"}, [1, 0]),
        ("A0 O5", "VAO", {"order": "any"}, [0, 0, 0]),
        ("V0:1 A1:2", "VA", {"same": "product_id"}, [1, 0]),
        ("V0:1 V1:2 A2:2", "VA", {"same": "product_id"}, [1, 1]),
        ("V0 A1", "VA", {"same": "product_id"}, [0, 0]),
        ("V0 A60", "VA", {"scope": "session"}, [1, 0]),
        ("V0 A1 V60", "VA", {"scope": "session"}, [2, 1]),
    ],
)
def test_counts_follow_the_definition(path: str, steps: str, body: dict[str, Any], expected: list[int]) -> None:
    assert counts(path, steps, **body) == expected


def test_from_is_inclusive_and_to_exclusive() -> None:
    body = {"from": at(0).isoformat(), "to": at(5).isoformat()}
    assert counts("V0 A5", "VA", **body) == [1, 0]
    assert counts("V0 A4", "VA", **body) == [1, 1]


def test_same_matches_the_products_of_an_order() -> None:
    story = Story()
    story.track("Product Viewed", 0, {"product_id": 1}, user="u")
    story.track("Order Completed", 1, {"products": [{"product_id": "2"}, {"product_id": "1"}]}, user="u")
    body = {"steps": [{"event": "Product Viewed"}, {"event": "Order Completed"}], "same": "product_id"}
    assert [row["count"] for row in story.oracle.funnel(body)] == [1, 1]


def test_shares_and_the_median_come_from_each_subjects_first_longest_chain() -> None:
    story = Story()
    for user, viewed, added in (("u", (-1, 0), 3), ("v", (0,), 10), ("w", (0,), None)):
        for minute in viewed:
            story.track("Product Viewed", minute, user=user)
        if added:
            story.track("Product Added", added, user=user)
    first, second = story.oracle.funnel({"steps": [{"event": "Product Viewed"}, {"event": "Product Added"}]})
    assert (first["count"], first["of_first"], first["median_seconds"]) == (3, 1, None)
    assert (second["count"], second["of_previous"], second["median_seconds"]) == (2, 2 / 3, (180 + 600) / 2)


@pytest.mark.parametrize(
    ("field", "op", "value", "expected"),
    [
        ("price", "=", "10.0", 1),
        ("price", "!=", 10, 0),
        ("missing", "!=", 10, 1),
        ("price", ">", 9.99, 1),
        ("price", "<=", 9, 0),
        ("category", ">", 1, 0),
        ("category", "in", ["hats", "shoes"], 1),
        ("category", "contains", "sho", 1),
        ("tags", "contains", "new", 1),
        ("category", "exists", None, 1),
        ("missing", "exists", None, 0),
        ("context.locale", "=", "de", 1),
        ("customer.orders.count", "=", 0, 1),
    ],
)
def test_conditions(field: str, op: str, value: Any, expected: int) -> None:
    story = Story()
    properties = {"price": "10", "category": "shoes", "tags": ["new", "red"], "nothing": None}
    story.track("Product Viewed", 0, properties, user="u", context={"locale": "de"})
    step = {"event": "Product Viewed", "where": [{"field": field, "op": op, "value": value}]}
    assert story.oracle.funnel({"steps": [step]})[0]["count"] == expected


def test_by_channel_gives_a_table_for_each_channel() -> None:
    story = Story()
    story.page(0, user="u")
    story.page(0, user="v", context={"campaign": {"source": "weekly", "medium": "email"}})
    groups = story.oracle.funnel_by_channel({"steps": [{"event": "page"}], "by": "channel"})
    assert [(one["channel"], one["steps"][0]["count"]) for one in groups] == [("Direct", 1), ("Email", 1)]
