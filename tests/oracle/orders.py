"""Orders: one for each `order_id` of the store, whoever reported it and through whichever stream.

The only module that reads facts across persons. To whom an order counts is decided here, how it is shown elsewhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from tests.oracle.admission import Fact
from tests.oracle.money import Line, Money, currency_of, lines_amount, lines_of
from tests.oracle.reading import identifier, number


@dataclass(frozen=True)
class Order:
    """`deciding` is the fact that says whose the order is and when it was placed."""

    deciding: Fact
    amount: Money | None
    lines: list[Line]
    cancelled: bool
    refunds: list[Money]


@dataclass(frozen=True)
class OrderBook:
    """The store's orders, and the refunds of orders that nobody placed."""

    orders: list[Order]
    stray_refunds: list[tuple[Fact, Money]]


def order_book(facts: Iterable[Fact], store_currency: str) -> OrderBook:
    """Return every order that the facts of a store tell of."""
    by_id: dict[str, list[Fact]] = defaultdict(list)
    orders: list[Order] = []
    refunds: list[Fact] = []
    for fact in sorted(facts, key=lambda one: one.order):
        order_id = identifier(fact.properties.get("order_id"))
        if fact.name.startswith("Order "):
            if order_id:
                by_id[order_id].append(fact)
            elif fact.name == "Order Completed":
                orders.append(_order(fact, [], store_currency))
            elif fact.name == "Order Refunded":
                refunds.append(fact)
    for told in by_id.values():
        completed = [fact for fact in told if fact.name == "Order Completed"]
        if completed:
            deciding = min(completed, key=lambda fact: (fact.key.key_class != "server", fact.order))
            orders.append(_order(deciding, told, store_currency))
        else:
            refunds += [fact for fact in told if fact.name == "Order Refunded"]
    said = [(fact, _refunded(fact, store_currency)) for fact in refunds]
    return OrderBook(orders, [(fact, amount) for fact, amount in said if amount])


def _order(deciding: Fact, told: list[Fact], store_currency: str) -> Order:
    amount, lines = _said(deciding, store_currency), lines_of(deciding.properties)
    for update in told:
        if update.name == "Order Updated":
            amount = _said(update, store_currency) or amount
            lines = lines_of(update.properties) or lines
    refunds = [_refunded(fact, store_currency) or amount for fact in told if fact.name == "Order Refunded"]
    cancelled = any(fact.name == "Order Cancelled" for fact in told)
    return Order(deciding, amount, lines, cancelled, [refund for refund in refunds if refund])


def _said(fact: Fact, store_currency: str) -> Money | None:
    """The amount that an event itself gives: `total`, else `revenue`, else its lines."""
    return _money(fact, ["total", "revenue"], store_currency)


def _refunded(fact: Fact, store_currency: str) -> Money | None:
    return _money(fact, ["total"], store_currency)


def _money(fact: Fact, names: list[str], store_currency: str) -> Money | None:
    said = [*(number(fact.properties.get(name)) for name in names), lines_amount(lines_of(fact.properties))]
    amount = next((one for one in said if one is not None), None)
    return None if amount is None else Money(amount, currency_of(fact.properties, store_currency))
