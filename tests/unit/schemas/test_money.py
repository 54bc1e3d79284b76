"""Amounts, lines and currencies are read exactly, and never by raising."""

from __future__ import annotations

import gzip
import json
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.money import Line, amount, currency, line, lines, order_amount, text

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.decimals() | st.text()
json_like = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)
names = st.sampled_from(["product_id", "sku", "name", "price", "quantity", "total", "revenue", "currency", "products"])
product_like = st.dictionaries(names, json_like) | json_like
properties_like = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("total", "revenue", "currency"), json_like) | {"products": st.lists(product_like)}
)
amounts = st.decimals(min_value=-(10**17), max_value=10**17, places=6)


@given(st.dictionaries(names, json_like) | properties_like)
def test_the_readers_never_raise(properties: dict[str, Any]) -> None:
    said = order_amount(properties)
    assert said is None or said.is_finite()
    assert all(each.quantity >= 0 for each in lines(properties))
    assert len(currency(properties, "EUR")) == 3
    assert isinstance(line(properties), Line)


@given(json_like)
def test_reading_an_amount_or_a_text_never_raises(value: object) -> None:
    read = amount(value)
    assert read is None or abs(read) < 10**18
    assert text(value) != ""


@given(st.lists(st.tuples(amounts, st.integers(0, 1000)), min_size=1))
def test_the_amount_of_lines_is_their_exact_sum(bought: list[tuple[Decimal, int]]) -> None:
    products = [{"price": str(price), "quantity": quantity} for price, quantity in bought]
    millionths = sum(int(price.scaleb(6)) * quantity for price, quantity in bought)
    with localcontext() as context:
        context.prec = 100
        assert order_amount({"products": products}) == Decimal(millionths).scaleb(-6)


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (Decimal("12.90"), Decimal("12.90")),
        (12, Decimal(12)),
        (" 12.99 ", Decimal("12.99")),
        ("-.5", Decimal("-0.5")),
        ("", None),
        (None, None),
        ("12,99", None),
        ("1e3", None),
        ("Infinity", None),
        (True, None),
        ([], None),
        ({}, None),
        (10**18, None),
        (Decimal("NaN"), None),
    ],
)
def test_an_amount_is_a_number_or_a_text_that_holds_one(value: object, read: Decimal | None) -> None:
    assert amount(value) == read


@pytest.mark.parametrize(
    ("properties", "read"),
    [
        ({"total": "30.00", "revenue": 25, "products": [{"price": 1}]}, Decimal(30)),
        ({"total": "", "revenue": 25}, Decimal(25)),
        ({"total": 0, "revenue": 25}, Decimal(0)),
        ({"products": [{"price": 2, "quantity": 3}, {"price": "1.5"}, {"quantity": 9}]}, Decimal("7.5")),
        ({"value": 12}, None),
        ({"products": [{"quantity": 2}]}, None),
        ({"products": []}, None),
        ({}, None),
    ],
)
def test_an_order_amounts_to_total_else_revenue_else_its_lines(
    properties: dict[str, Any], read: Decimal | None
) -> None:
    assert order_amount(properties) == read


def test_a_line_is_named_by_product_id_else_sku_else_name() -> None:
    products = [{"product_id": 7, "sku": "s"}, {"product_id": " ", "sku": "s"}, {"name": "Tea"}, {}, "no product"]
    assert [each.product_id for each in lines({"products": products})] == ["7", "s", "Tea", ""]


def test_a_line_without_a_readable_quantity_is_one_piece() -> None:
    products: list[dict[str, Any]] = [{}, {"quantity": ""}, {"quantity": "two"}, {"quantity": 0}, {"quantity": "0.5"}]
    assert [each.quantity for each in lines({"products": products})] == [1, 1, 1, 0, Decimal("0.5")]


def test_the_orders_of_cdnow_add_up_to_the_published_revenue() -> None:
    packed = Path(__file__).parents[2] / "data" / "cdnow_sample.segment.jsonl.gz"
    orders = [json.loads(each, parse_float=Decimal) for each in gzip.decompress(packed.read_bytes()).splitlines()]
    assert len(orders) == 6919
    assert sum(order_amount(order["properties"]) or 0 for order in orders) == Decimal("244091.94")


def test_the_currency_is_that_of_the_event_in_capitals_else_the_stores() -> None:
    assert [currency({"currency": said}, "CHF") for said in ("eur", " USD ", "", None, "Euro", 978)] == [
        *("EUR", "USD"),
        *["CHF"] * 4,
    ]
