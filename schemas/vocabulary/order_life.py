"""Order life: what happens to an order between its completion and its end."""

from __future__ import annotations

from typing_extensions import TypedDict

from schemas.vocabulary.event_type import EventType
from schemas.vocabulary.values import Amount, Currency, Products, Text, Texts


class OrderProgress(TypedDict, total=False):
    order_id: Text
    carrier: Text
    tracking_number: Text
    total: Amount
    currency: Currency
    reason: Texts
    products: Products


ORDER_PAID = EventType(
    name="Order Paid",
    fact="OrderPaid",
    older_names=("Paid Order",),
    properties=OrderProgress,
    back_office=True,
)
ORDER_SHIPPED = EventType(
    name="Order Shipped",
    fact="OrderShipped",
    older_names=("Shipped Order",),
    properties=OrderProgress,
    back_office=True,
)
ORDER_DELIVERED = EventType(
    name="Order Delivered",
    fact="OrderDelivered",
    older_names=("Delivered Order",),
    properties=OrderProgress,
    back_office=True,
)
ORDER_RETURNED = EventType(
    name="Order Returned",
    fact="OrderReturned",
    older_names=("Returned Order",),
    properties=OrderProgress,
    back_office=True,
)
