"""Amounts: exact decimals, each with its currency, never added up across currencies.

Which amount counts for what belongs in `orders`, `cart` and `sessions`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from tests.oracle.reading import identifier, number, objects, text


class Money(NamedTuple):
    amount: Decimal
    currency: str


class Line(NamedTuple):
    """One of an order's products."""

    quantity: Decimal
    price: Decimal | None


def currency_of(properties: Mapping[str, Any], store_currency: str) -> str:
    """Return the currency that an event names, else the store's."""
    return text(properties.get("currency")).strip().upper() or store_currency


def lines_of(properties: Mapping[str, Any]) -> list[Line]:
    """Return an order's lines, one of each where no quantity is given."""
    found = []
    for product in objects(properties.get("products")):
        quantity = number(product.get("quantity"))
        found.append(Line(Decimal(1) if quantity is None else quantity, number(product.get("price"))))
    return found


def lines_amount(lines: Iterable[Line]) -> Decimal | None:
    """Return what the priced lines come to, nothing where none has a price."""
    priced = [line.quantity * line.price for line in lines if line.price is not None]
    return sum(priced, Decimal(0)) if priced else None


def by_currency(amounts: Iterable[Money]) -> dict[str, str]:
    """Return the sums as the API writes them. A currency whose sum is zero is not listed."""
    sums: dict[str, Decimal] = {}
    for money in amounts:
        sums[money.currency] = sums.get(money.currency, Decimal(0)) + money.amount
    return {currency: f"{amount:f}" for currency, amount in sorted(sums.items()) if amount}


def product_key(properties: Mapping[str, Any]) -> str | None:
    """Return what names a product: its id, else its article number, else its name."""
    return next(filter(None, (identifier(properties.get(key)) for key in ("product_id", "sku", "name"))), None)
