"""The cart: what was added and removed since the person's last order.

Knows Product Added, Product Removed and Order Completed; an order's own lines are no business of it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.oracle.admission import Fact
from tests.oracle.money import Money, by_currency, currency_of, product_key
from tests.oracle.reading import number, rfc3339


def cart_of(facts: list[Fact], store_currency: str) -> dict[str, Any]:
    """Return the cart after a person's facts, in their order."""
    quantities: dict[str, Decimal] = {}
    prices: dict[str, Money] = {}
    updated_at = None
    for fact in facts:
        key = product_key(fact.properties)
        if fact.name == "Order Completed":
            quantities, prices, updated_at = {}, {}, fact.occurred_at
        elif fact.name in ("Product Added", "Product Removed") and key:
            said, held = number(fact.properties.get("quantity")), quantities.get(key, Decimal(0))
            if fact.name == "Product Added":
                held += Decimal(1) if said is None else said
                price = number(fact.properties.get("price"))
                if price is not None:
                    prices[key] = Money(price, currency_of(fact.properties, store_currency))
            else:
                held -= held if said is None else said
            quantities[key], updated_at = max(held, Decimal(0)), fact.occurred_at
    lines = [(key, quantity, prices.get(key)) for key, quantity in sorted(quantities.items()) if quantity]
    return {
        "items": [
            {"product_id": key, "quantity": quantity, "price": f"{price.amount:f}" if price else None}
            for key, quantity, price in lines
        ],
        "value": by_currency(Money(quantity * price.amount, price.currency) for _, quantity, price in lines if price),
        "updated_at": rfc3339(updated_at),
    }
