"""What a customer asked to be told: newsletters, and news about a product."""

from __future__ import annotations

from typing_extensions import TypedDict

from schemas.vocabulary.event_type import EventType
from schemas.vocabulary.values import Text


class Newsletter(TypedDict, total=False):
    email: Text
    list: Text
    method: Text


class ProductSubscription(TypedDict, total=False):
    product_id: Text
    category: Text
    reason: Text
    email: Text


NEWSLETTER_SUBSCRIBED = EventType(
    name="Newsletter Subscribed",
    fact="NewsletterSubscribed",
    properties=Newsletter,
)
NEWSLETTER_UNSUBSCRIBED = EventType(
    name="Newsletter Unsubscribed",
    fact="NewsletterUnsubscribed",
    properties=Newsletter,
)
PRODUCT_SUBSCRIPTION_CREATED = EventType(
    name="Product Subscription Created",
    fact="ProductSubscriptionCreated",
    properties=ProductSubscription,
)
PRODUCT_SUBSCRIPTION_CANCELLED = EventType(
    name="Product Subscription Cancelled",
    fact="ProductSubscriptionCancelled",
    older_names=("Product Subscription Canceled",),
    properties=ProductSubscription,
)
