"""The comparison: what it tells apart, and what it must not."""

from __future__ import annotations

import pytest

from tests.oracle import differences


@pytest.mark.parametrize(
    ("product", "oracle"),
    [
        ({"revenue": {"EUR": "5.00"}}, {"revenue": {"EUR": "5"}}),
        ({"at": "2026-03-01T12:00:00Z"}, {"at": "2026-03-01T12:00:00.000000Z"}),
        ({"known": 1, "customer_id": "c"}, {"known": 1}),
        ({"of_first": 0.3333333}, {"of_first": 1 / 3}),
    ],
)
def test_what_is_equal_in_meaning_is_no_difference(product: object, oracle: object) -> None:
    assert differences(product, oracle) == []


@pytest.mark.parametrize(
    ("product", "oracle", "line"),
    [
        ({"a": {"b": 1}}, {"a": {"b": 2}}, "a.b: product 1, oracle 2"),
        (
            {"revenue": {"EUR": "5", "USD": "1"}},
            {"revenue": {"EUR": "5"}},
            "revenue.USD: product '1', oracle '(missing)'",
        ),
        ({}, {"events": 1}, "events: product '(missing)', oracle 1"),
        ({"steps": [1]}, {"steps": [1, 2]}, "steps: the product has 1, the oracle 2"),
        ({"at": "2026-03-01T12:00:00Z"}, {"at": "2026-03-01T12:00:01Z"}, "at: product"),
        ({"bounced": 1}, {"bounced": False}, "bounced: product 1, oracle False"),
        ({"first_at": ""}, {"first_at": None}, "first_at: product '', oracle None"),
    ],
)
def test_a_difference_is_one_line_with_its_place(product: object, oracle: object, line: str) -> None:
    assert differences(product, oracle)[0].startswith(line)
