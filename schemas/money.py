"""Reading money, quantities and order lines out of properties (docs/definitions.md, Orders).

Pure readers for what has been admitted, whatever it looks like: they never raise on JSON-like input, since a fact of
long ago was checked by the rules of its day. What may be admitted is said in `schemas/vocabulary/values.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Context, Decimal
from typing import Any, NamedTuple

from schemas.vocabulary.values import AMOUNT_DIGITS, AMOUNT_PATTERN, CURRENCY_PATTERN, within_limits

EXACT = Context(prec=300, traps=[])
"""Wide enough for sums and products of amounts within the limits: nothing is rounded. Never the thread's context."""

ONE = Decimal(1)
LONGEST_NUMBER_BITS = 4096
"""Python refuses to write larger integers as text."""

_AMOUNT = re.compile(AMOUNT_PATTERN, re.ASCII)
_CURRENCY = re.compile(CURRENCY_PATTERN, re.ASCII)


class Line(NamedTuple):
    """One line of an order, a cart or a list. `product_id` is empty where the shop names no product."""

    product_id: str
    quantity: Decimal
    price: Decimal | None


def amount(value: object) -> Decimal | None:
    """Return a JSON value as an exact amount, or None where it is none."""
    number = _decimal(value)
    return number if number is not None and within_limits(number) else None


def text(value: object) -> str | None:
    """Return a JSON value as text: trimmed texts, numbers and truth values as JSON writes them; None where empty."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if value.bit_length() <= LONGEST_NUMBER_BITS else None
    return str(value) if isinstance(value, (Decimal, float)) else None


def currency(properties: Mapping[str, Any], default: str) -> str:
    """Return the currency that the properties name, in capitals, else the default (the store's)."""
    named = properties.get("currency")
    if isinstance(named, str) and _CURRENCY.match(named):
        return named.strip().upper() or default
    return default


def product_id(properties: Mapping[str, Any]) -> str:
    """Return what names a product: `product_id`, else `sku`, else `name`, else nothing."""
    return text(properties.get("product_id")) or text(properties.get("sku")) or text(properties.get("name")) or ""


def line(product: Mapping[str, Any]) -> Line:
    """Return one product as a line; a quantity that is missing or unreadable is 1."""
    quantity = amount(product.get("quantity"))
    return Line(
        product_id(product), ONE if quantity is None or quantity < 0 else quantity, amount(product.get("price"))
    )


def lines(properties: Mapping[str, Any]) -> list[Line]:
    """Return the lines of `products`, in their order."""
    products = properties.get("products")
    return [line(each) for each in products if isinstance(each, Mapping)] if isinstance(products, list) else []


def lines_amount(of: list[Line]) -> Decimal | None:
    """Return the sum of price times quantity; None where no line has a price."""
    priced = [EXACT.multiply(each.quantity, each.price) for each in of if each.price is not None]
    total = Decimal(0)
    for each in priced:
        total = EXACT.add(total, each)
    return total if priced else None


def order_amount(properties: Mapping[str, Any]) -> Decimal | None:
    """Return the amount of an order: `total`, else `revenue`, else that of its lines."""
    for key in ("total", "revenue"):
        said = amount(properties.get(key))
        if said is not None:
            return said
    return lines_amount(lines(properties))


def _decimal(value: object) -> Decimal | None:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return Decimal(value) if abs(value) < 10**AMOUNT_DIGITS else None
    if isinstance(value, str):
        return Decimal(value.strip()) if _AMOUNT.match(value) and value.strip() else None
    # The product decodes numbers exactly. A float comes from elsewhere; its shortest text is what the sender wrote.
    return Decimal(repr(value)) if isinstance(value, float) else None
