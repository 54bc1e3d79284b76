"""The vocabulary: the one list of what can happen in a shop, and how a name on the wire finds its event type.

To add an event type, declare it in the file of its family (or a new one) and add its line to `EVENT_TYPES`.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from schemas.errors import InvalidEvent
from schemas.vocabulary import (
    browsing,
    campaign,
    cart_and_checkout,
    catalogue_and_stock,
    consent,
    contact,
    coupons,
    email,
    feedback,
    identity,
    lead,
    loyalty,
    message_types,
    mistake,
    newsletter_and_subscriptions,
    order_life,
    orders,
    reviews,
    service,
    sharing,
    store_rules,
    wishlists,
)
from schemas.vocabulary.event_type import EventType

__all__ = ["CUSTOM_EVENT", "EVENT_TYPES", "EventType", "resolve"]

EVENT_TYPES: tuple[EventType, ...] = (
    message_types.PAGE,
    message_types.SCREEN,
    message_types.IDENTIFY,
    message_types.GROUP,
    message_types.ALIAS,
    browsing.PAGE_LEFT,
    browsing.PRODUCTS_SEARCHED,
    browsing.PRODUCT_LIST_VIEWED,
    browsing.PRODUCT_LIST_FILTERED,
    browsing.PROMOTION_VIEWED,
    browsing.PROMOTION_CLICKED,
    browsing.PRODUCT_CLICKED,
    browsing.PRODUCT_VIEWED,
    cart_and_checkout.PRODUCT_ADDED,
    cart_and_checkout.PRODUCT_REMOVED,
    cart_and_checkout.CART_VIEWED,
    cart_and_checkout.CHECKOUT_STARTED,
    cart_and_checkout.CHECKOUT_STEP_VIEWED,
    cart_and_checkout.CHECKOUT_STEP_COMPLETED,
    cart_and_checkout.PAYMENT_INFO_ENTERED,
    orders.ORDER_COMPLETED,
    orders.ORDER_UPDATED,
    orders.ORDER_CANCELLED,
    orders.ORDER_REFUNDED,
    order_life.ORDER_PAID,
    order_life.ORDER_SHIPPED,
    order_life.ORDER_DELIVERED,
    order_life.ORDER_RETURNED,
    coupons.COUPON_ENTERED,
    coupons.COUPON_APPLIED,
    coupons.COUPON_DENIED,
    coupons.COUPON_REMOVED,
    wishlists.PRODUCT_ADDED_TO_WISHLIST,
    wishlists.PRODUCT_REMOVED_FROM_WISHLIST,
    wishlists.WISHLIST_PRODUCT_ADDED_TO_CART,
    sharing.PRODUCT_SHARED,
    sharing.CART_SHARED,
    reviews.PRODUCT_REVIEWED,
    newsletter_and_subscriptions.NEWSLETTER_SUBSCRIBED,
    newsletter_and_subscriptions.NEWSLETTER_UNSUBSCRIBED,
    newsletter_and_subscriptions.PRODUCT_SUBSCRIPTION_CREATED,
    newsletter_and_subscriptions.PRODUCT_SUBSCRIPTION_CANCELLED,
    email.EMAIL_DELIVERED,
    email.EMAIL_OPENED,
    email.EMAIL_LINK_CLICKED,
    email.EMAIL_BOUNCED,
    email.EMAIL_MARKED_AS_SPAM,
    email.UNSUBSCRIBED,
    loyalty.LOYALTY_POINTS_EARNED,
    loyalty.LOYALTY_POINTS_REDEEMED,
    loyalty.LOYALTY_POINTS_ADJUSTED,
    service.TICKET_OPENED,
    service.TICKET_REPLIED,
    service.TICKET_RESOLVED,
    service.TICKET_REOPENED,
    contact.CALL_LOGGED,
    contact.VISIT_LOGGED,
    contact.MESSAGE_LOGGED,
    lead.LEAD_CAPTURED,
    lead.LEAD_QUALIFIED,
    lead.LEAD_LOST,
    feedback.FEEDBACK_GIVEN,
    campaign.CAMPAIGN_SENT,
    campaign.CAMPAIGN_COST_RECORDED,
    consent.CONSENT_GIVEN,
    consent.CONSENT_WITHDRAWN,
    catalogue_and_stock.PRODUCT_UPDATED,
    catalogue_and_stock.PRODUCT_DELETED,
    catalogue_and_stock.STOCK_LEVEL_CHANGED,
    mistake.EVENT_RETRACTED,
    identity.CUSTOMERS_MERGED,
    identity.CUSTOMERS_SPLIT,
    store_rules.RULES_CHANGED,
)

CUSTOM_EVENT = EventType(name="", fact="CustomEventTracked", names_others=True)
"""What a track event is that the list does not know. The name stays what the shop said."""

LONGEST_CACHED_NAME = 200
"""Names come from outside: neither their number nor their length may fill the memory."""

_MESSAGE_TYPES = {known.name: known for known in EVENT_TYPES if known.fact in message_types.FACTS}
_TRACKED = [known for known in EVENT_TYPES if known.name not in _MESSAGE_TYPES]
_BY_NAME = {name: known for known in _TRACKED for name in (known.name, *known.older_names)}
_BY_FOLDED_NAME = {name.casefold(): known for name, known in _BY_NAME.items()}


def resolve(message_type: str, event: str | None) -> EventType:
    """Return what a message is, by its type and, for `track`, the name of its event (any case, older names too)."""
    if message_type != "track":
        return _message_type(message_type)
    if not event or event.isspace():
        raise InvalidEvent("missing_event", "event", "a track message needs the name of its event")
    return _BY_NAME.get(event) or _other_spelling(event)


def _message_type(name: str) -> EventType:
    known = _MESSAGE_TYPES.get(name)
    if known is None:
        raise InvalidEvent("unknown_type", "type", "must be track, page, screen, identify, group or alias")
    return known


def _other_spelling(event: str) -> EventType:
    return _folded(event) if len(event) <= LONGEST_CACHED_NAME else _custom(event)


@lru_cache(maxsize=2048)
def _folded(event: str) -> EventType:
    return _BY_FOLDED_NAME.get(event.strip().casefold()) or _custom(event)


def _custom(event: str) -> EventType:
    name = event.strip()
    if name in _MESSAGE_TYPES:
        # In the answers it could not be told from the message type: a track event `page` would count as a page view.
        raise InvalidEvent("reserved_name", "event", f"{name} is the name of a message type, not of a track event")
    return replace(CUSTOM_EVENT, name=name)
