"""From rows to JSON: shapes only, and money to the digit."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from query_api import presentation


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("12", "12.00"),
        ("12.5", "12.50"),
        ("12.500000000", "12.50"),
        ("0.001000000", "0.001"),
        ("0.000000000", "0.00"),
        ("-3.1", "-3.10"),
        ("1E+3", "1000.00"),
        ("99999999999999999999999999999.999999999", "99999999999999999999999999999.999999999"),
    ],
)
def test_an_amount_has_two_decimals_or_as_many_as_it_needs(value: str, text: str) -> None:
    assert presentation.amount(Decimal(value)) == text


@given(st.decimals(allow_nan=False, allow_infinity=False, places=9, min_value=-(10**18), max_value=10**18))
def test_an_amount_loses_no_digit(value: Decimal) -> None:
    assert Decimal(presentation.amount(value)) == value
    assert len(presentation.amount(value).partition(".")[2]) >= 2


def test_money_is_listed_by_currency() -> None:
    assert list(presentation.money({"USD": Decimal(1), "EUR": Decimal("0.1")}).items()) == [
        ("EUR", "0.10"),
        ("USD", "1.00"),
    ]


def test_a_quantity_is_a_whole_number_where_it_is_one() -> None:
    assert [repr(presentation.number(Decimal(text))) for text in ("2.000000000", "0.5", "0")] == ["2", "0.5", "0"]


def test_a_time_has_microseconds_and_a_z() -> None:
    assert presentation.time(datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)) == "2026-01-02T03:04:05.000006Z"
    assert presentation.time(None) is None


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ({"firstName": '"Ada"', "lastName": '"Winter"'}, "Ada Winter"),
        ({"firstName": '"Ada"'}, "Ada"),
        ({"lastName": '"Winter"'}, "Winter"),
        ({"firstName": '""', "lastName": '"Winter"'}, "Winter"),
        ({"name": '"A. W."', "firstName": '"Ada"'}, "A. W."),
        ({"firstName": '["Ada"]', "lastName": "7"}, None),
        ({}, None),
    ],
)
def test_a_name_is_made_of_its_parts_where_none_was_said(said: dict[str, str], name: str | None) -> None:
    assert presentation.traits({"traits": said}).get("name") == name


def test_traits_are_the_values_that_were_said() -> None:
    said = {"a": "1", "b": '"\\u00e4 \\/"', "c": '{"d":[true,null]}'}
    assert presentation.traits({"traits": said}) == {"a": 1, "b": "ä /", "c": {"d": [True, None]}}


def cart(*lines: tuple[str, str, str | None, str]) -> dict[str, Any]:
    items = [(p, Decimal(q), None if price is None else Decimal(price), c) for p, q, price, c in lines]
    return presentation.cart({"cart": items, "cart_updated_at": None})


def test_the_value_of_a_cart_is_by_currency_and_of_priced_lines_only() -> None:
    found = cart(("a", "2", "1.10", "EUR"), ("b", "1", "5", "USD"), ("c", "0.5", "3", "EUR"), ("d", "4", None, ""))
    assert found["value"] == {"EUR": "3.70", "USD": "5.00"}
    assert found["items"][3] == {"product_id": "d", "quantity": 4, "price": None}


def test_the_value_of_a_cart_is_exact() -> None:
    found = cart(("a", "1.000000001", "123456789012345678.123456789", "EUR"), ("b", "1", "0.000000001", "EUR"))
    assert found["value"] == {"EUR": "123456789135802467.135802468123456789"}


def fact_row(**fields: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "event_id": "e", "message_id": "m", "name": "page", "stream": "u", "occurred_at": None, "received_at": None,
        "recorded_at": None, "properties": "", "context": "", "url": "", "product_ids": [], "order_id": "",
    }  # fmt: skip
    return row | fields


@pytest.mark.parametrize(
    ("fields", "title"),
    [
        ({"context": '{"page":{"title":"Home"}}', "properties": '{"title":"Other"}'}, "Home"),
        ({"properties": '{"title":"Other"}'}, "Other"),
        ({"context": '{"page":"Home"}'}, None),
        ({"properties": '{"title":7}'}, None),
        ({}, None),
    ],
)
def test_the_title_of_a_step_is_its_pages(fields: dict[str, str], title: str | None) -> None:
    assert presentation.step(fact_row(**fields))["title"] == title


def test_a_step_names_a_product_only_where_it_is_about_one() -> None:
    assert presentation.step(fact_row(product_ids=["p"]))["product_id"] == "p"
    several = fact_row(product_ids=["p", "q"], properties='{"products":[{"product_id":"p"},{"product_id":"q"}]}')
    assert presentation.step(several)["product_id"] is None
    assert presentation.step(fact_row())["product_id"] is None


def test_a_session_says_null_where_nothing_was_said() -> None:
    at = datetime(2026, 1, 2, tzinfo=UTC)
    values = ({"EUR": Decimal("1.5")}, "e", at, at, 3, "Direct", "", "", "", "/", "", "", "", 0, 1)
    (said,) = presentation.sessions({"sessions": [values], "visitors": []})
    found = presentation.session(said, [{"event_id": "e"}])
    assert (found["revenue"], found["bounced"], found["converted"]) == ({"EUR": "1.50"}, False, True)
    assert (found["channel"], found["source"], found["landing_page"]) == ("Direct", None, "/")
    assert (found["browser"], found["os"], found["region"], found["city"]) == (None, None, None, None)
    assert found["steps"] == [{"event_id": "e"}]
