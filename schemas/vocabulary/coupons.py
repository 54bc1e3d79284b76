"""Coupons: entered, then applied, denied or removed."""

from __future__ import annotations

from typing_extensions import TypedDict

from schemas.vocabulary.event_type import EventType
from schemas.vocabulary.values import Amount, Text, Texts


class Coupon(TypedDict, total=False):
    order_id: Text
    cart_id: Text
    coupon_id: Text
    coupon_name: Text
    discount: Amount
    reason: Texts


COUPON_ENTERED = EventType(
    name="Coupon Entered",
    fact="CouponEntered",
    older_names=("Entered Coupon",),
    properties=Coupon,
)
COUPON_APPLIED = EventType(
    name="Coupon Applied",
    fact="CouponApplied",
    older_names=("Applied Coupon",),
    properties=Coupon,
)
COUPON_DENIED = EventType(name="Coupon Denied", fact="CouponDenied", older_names=("Denied Coupon",), properties=Coupon)
COUPON_REMOVED = EventType(
    name="Coupon Removed",
    fact="CouponRemoved",
    older_names=("Removed Coupon",),
    properties=Coupon,
)
