"""Cart and checkout: from the first product in the cart to the payment details."""

from __future__ import annotations

from typing_extensions import TypedDict

from schemas.vocabulary.event_type import EventType
from schemas.vocabulary.values import Amount, Currency, Product, Products, Text, Texts


class CartChanged(Product, total=False):
    cart_id: Text
    currency: Currency
    value: Amount


class CartViewed(TypedDict, total=False):
    cart_id: Text
    currency: Currency
    value: Amount
    products: Products


class CheckoutStarted(TypedDict, total=False):
    order_id: Text
    checkout_id: Text
    affiliation: Text
    value: Amount
    total: Amount
    revenue: Amount
    shipping: Amount
    tax: Amount
    discount: Amount
    coupon: Texts
    currency: Currency
    products: Products


class CheckoutStep(TypedDict, total=False):
    checkout_id: Text
    order_id: Text
    step: Text
    shipping_method: Text
    payment_method: Text


PRODUCT_ADDED = EventType(
    name="Product Added",
    fact="ProductAdded",
    older_names=("Added Product",),
    properties=CartChanged,
)
PRODUCT_REMOVED = EventType(
    name="Product Removed",
    fact="ProductRemoved",
    older_names=("Removed Product",),
    properties=CartChanged,
)
CART_VIEWED = EventType(name="Cart Viewed", fact="CartViewed", older_names=("Viewed Cart",), properties=CartViewed)
CHECKOUT_STARTED = EventType(
    name="Checkout Started",
    fact="CheckoutStarted",
    older_names=("Started Order", "Started Checkout"),
    properties=CheckoutStarted,
)
CHECKOUT_STEP_VIEWED = EventType(
    name="Checkout Step Viewed",
    fact="CheckoutStepViewed",
    older_names=("Viewed Checkout Step",),
    properties=CheckoutStep,
)
CHECKOUT_STEP_COMPLETED = EventType(
    name="Checkout Step Completed",
    fact="CheckoutStepCompleted",
    older_names=("Completed Checkout Step",),
    properties=CheckoutStep,
)
PAYMENT_INFO_ENTERED = EventType(
    name="Payment Info Entered",
    fact="PaymentInfoEntered",
    older_names=("Entered Payment Info",),
    properties=CheckoutStep,
)
