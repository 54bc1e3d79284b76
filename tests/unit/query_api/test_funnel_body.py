"""The body of a funnel: what it may say, and what the SQL is given."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from query_api.errors import BadRequest
from query_api.questions.funnel import MOST_STEPS, QUESTION, Condition, Funnel, duration
from schemas.rules import Rules

VIEWED = {"event": "Product Viewed"}


def body(**fields: Any) -> Funnel:
    return Funnel.model_validate({"steps": [VIEWED], **fields})


def parameters(**fields: Any) -> dict[str, Any]:
    return dict(QUESTION.parameters(body(**fields), Rules()))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("PT30M", 1_800),
        ("P1D", 86_400),
        ("P2W", 1_209_600),
        ("P1DT2H3M4.5S", 93_784.5),
        ("PT0.000001S", 1e-6),
        ("PT0S", 0),
    ],
)
def test_a_duration_is_read_to_the_microsecond(text: str, seconds: float) -> None:
    assert duration(text) == round(seconds * 1_000_000)


@pytest.mark.parametrize(
    "text",
    ["", "P", "PT", "P1DT", "30M", "PT-1M", "-PT1M", "P1M", "P1Y", "PT1.5H", "pt1h", "PT1H ", "PT1H\n", "PT0.0000001S"],
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        duration(text)
    with pytest.raises(ValidationError):
        body(window=text)


@pytest.mark.parametrize(
    "wrong",
    [
        {"steps": []},
        {"steps": [VIEWED] * (MOST_STEPS + 1)},
        {"steps": [{"event": ""}]},
        {"steps": [{**VIEWED, "with": []}]},
        {"steps": "Product Viewed"},
        {"scope": "store"},
        {"order": "random"},
        {"by": "country"},
        {"same": "x" * 201},
        {"widow": "PT1M"},
    ],
)
def test_a_body_that_means_nothing_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        body(**wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"field": "", "value": 1},
        {"field": "price"},
        {"field": "price", "op": "~", "value": 1},
        {"field": "price", "op": "in", "value": 1},
        {"field": "price", "op": "=", "value": [1]},
        {"field": "price", "op": ">", "value": "cheap"},
        {"field": "price", "op": "<=", "value": True},
        {"field": "price", "value": {"at": 1}},
        {"field": "customer.plan", "value": "gold"},
        {"field": "price", "value": 1, "not": True},
    ],
)
def test_a_condition_that_means_nothing_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Condition.model_validate(wrong)


@pytest.mark.parametrize(
    ("said", "parameter"),
    [
        ({"field": "category", "value": "tea"}, ("properties", ["category"], "=", ["tea"])),
        ({"field": "a.b", "op": "!=", "value": True}, ("properties", ["a", "b"], "!=", ["true"])),
        (
            {"field": "context.page.url", "op": "contains", "value": "x"},
            ("context", ["page", "url"], "contains", ["x"]),
        ),
        ({"field": "traits.plan", "value": "gold"}, ("traits", ["plan"], "=", ["gold"])),
        ({"field": "customer.traits.plan", "value": 7}, ("customer", ["traits", "plan"], "=", ["7"])),
        ({"field": "customer.orders.count", "op": ">", "value": 2}, ("customer", ["orders", "count"], ">", ["2"])),
        ({"field": "context", "value": "x"}, ("properties", ["context"], "=", ["x"])),
        ({"field": "n", "op": "in", "value": [1, "a", False]}, ("properties", ["n"], "in", ["1", "a", "false"])),
        ({"field": "n", "op": "exists"}, ("properties", ["n"], "exists", ["true"])),
        ({"field": "n", "op": "exists", "value": False}, ("properties", ["n"], "exists", ["false"])),
    ],
)
def test_a_condition_names_its_document_and_its_values_as_text(said: dict[str, Any], parameter: Any) -> None:
    assert Condition.model_validate(said).parameter() == parameter


def test_the_defaults_are_persons_in_order_without_a_window() -> None:
    given = parameters()
    assert (given["sessions"], given["order"], given["window"], given["same"]) == (0, "ordered", -1, "")
    assert given["names"] == ["Product Viewed"]


def test_every_fact_is_read_only_where_it_matters() -> None:
    assert parameters()["every_fact"] == 0
    for asked in ({"scope": "session"}, {"order": "strict"}, {"by": "channel"}):
        assert parameters(**asked)["every_fact"] == 1


def test_a_period_ends_after_it_begins() -> None:
    with pytest.raises(BadRequest) as caught:
        parameters(**{"from": "2026-01-02", "to": "2026-01-01"})
    assert caught.value.field == "from"
    with pytest.raises(BadRequest) as caught:
        parameters(to="never")
    assert caught.value.field == "to"
    assert parameters(**{"from": "2026-01-01", "to": "2026-01-01"})["from"].startswith("2026-01-01")


def answer(*counts: int, medians: tuple[float, ...] = (), **fields: Any) -> list[dict[str, Any]]:
    asked = body(steps=[{"event": str(number)} for number in range(len(counts) or 2)], **fields)
    rows = [{"total": 1, "channel": "", "counts": list(counts), "medians": list(medians)}] if counts else []
    steps: list[dict[str, Any]] = QUESTION.answer(asked, rows)["steps"]
    return steps


def test_shares_are_of_the_first_and_of_the_step_before() -> None:
    steps = answer(4, 2, 1, medians=(10.0, 20.0))
    assert [step["of_first"] for step in steps] == [1.0, 0.5, 0.25]
    assert [step["of_previous"] for step in steps] == [1.0, 0.5, 0.5]
    assert [step["median_seconds"] for step in steps] == [None, 10.0, 20.0]


def test_nobody_is_a_share_of_nothing() -> None:
    for steps in (answer(0, 0), answer()):
        assert [(step["count"], step["of_first"], step["of_previous"]) for step in steps] == [(0, 0.0, 0.0)] * 2
    assert [step["of_previous"] for step in answer(3, 0, 0)] == [1.0, 0.0, 0.0]


def test_in_any_order_there_is_no_time_between_steps() -> None:
    assert [step["median_seconds"] for step in answer(2, 1, order="any")] == [None, None]


def test_the_example_is_a_body_that_is_taken() -> None:
    assert Funnel.model_validate(QUESTION.example).steps
