"""Orders: completed by the customer, then updated, cancelled or refunded by the shop."""

from __future__ import annotations

from typing_extensions import TypedDict

from schemas.vocabulary.event_type import EventType
from schemas.vocabulary.values import Amount, Currency, Products, Text, Texts


class Order(TypedDict, total=False):
    checkout_id: Text
    order_id: Text
    affiliation: Text
    subtotal: Amount
    value: Amount
    total: Amount
    revenue: Amount
    shipping: Amount
    tax: Amount
    discount: Amount
    coupon: Texts
    currency: Currency
    reason: Texts
    products: Products


ORDER_COMPLETED = EventType(
    name="Order Completed",
    fact="OrderCompleted",
    older_names=("Completed Order",),
    properties=Order,
)
ORDER_UPDATED = EventType(
    name="Order Updated",
    fact="OrderUpdated",
    older_names=("Updated Order",),
    properties=Order,
    back_office=True,
)
ORDER_CANCELLED = EventType(
    name="Order Cancelled",
    fact="OrderCancelled",
    older_names=("Cancelled Order", "Order Canceled", "Canceled Order"),
    properties=Order,
    back_office=True,
)
ORDER_REFUNDED = EventType(
    name="Order Refunded",
    fact="OrderRefunded",
    older_names=("Refunded Order",),
    properties=Order,
    back_office=True,
)
