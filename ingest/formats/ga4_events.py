"""One event of Google Analytics 4 in Segment's words: names, parameters and items (docs/wire-formats.md, GA4).

Pure, and the same mapping as the browser snippet's: tests/data/ga4.json holds the cases of both. What the sender says
of all its events is read in `ingest/formats/ga4.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from schemas.errors import InvalidEvent

MAX_ITEMS = 2500
"""As many items as one event of 32 KB cannot hold."""

Items = Literal["kept", "products", "one each"]


class Meaning(NamedTuple):
    """What a GA4 event is: its message type and name, the parameters that have another name, and its items."""

    event: str = ""
    type: str = "track"
    renamed: Mapping[str, str] = {}
    items: Items = "kept"


_LIST = {"item_list_id": "list_id", "item_list_name": "list_name"}
_PROMOTION = {"creative_name": "creative", "creative_slot": "position", "promotion_name": "name"}
_SEARCH = Meaning("Products Searched", renamed={"search_term": "query"})

MEANINGS: Mapping[str, Meaning] = {
    "page_view": Meaning(type="page"),
    "screen_view": Meaning(type="screen"),
    "search": _SEARCH,
    "view_search_results": _SEARCH,
    "view_item_list": Meaning("Product List Viewed", renamed=_LIST, items="products"),
    "select_item": Meaning("Product Clicked", renamed=_LIST, items="one each"),
    "view_item": Meaning("Product Viewed", items="one each"),
    "add_to_cart": Meaning("Product Added", items="one each"),
    "remove_from_cart": Meaning("Product Removed", items="one each"),
    "add_to_wishlist": Meaning("Product Added to Wishlist", items="one each"),
    "view_cart": Meaning("Cart Viewed", items="products"),
    "begin_checkout": Meaning("Checkout Started", items="products"),
    "add_shipping_info": Meaning(
        "Checkout Step Completed", renamed={"shipping_tier": "shipping_method"}, items="products"
    ),
    "add_payment_info": Meaning("Payment Info Entered", renamed={"payment_type": "payment_method"}, items="products"),
    "purchase": Meaning(
        "Order Completed", renamed={"transaction_id": "order_id", "value": "revenue"}, items="products"
    ),
    "refund": Meaning("Order Refunded", renamed={"transaction_id": "order_id", "value": "total"}, items="products"),
    "view_promotion": Meaning("Promotion Viewed", renamed=_PROMOTION, items="products"),
    "select_promotion": Meaning("Promotion Clicked", renamed=_PROMOTION, items="products"),
    "generate_lead": Meaning("Lead Captured", renamed={"lead_source": "source", "form_name": "form"}),
    "sign_up": Meaning("Signed Up"),
    "login": Meaning("Signed In"),
}
"""By GA4's name; any other is a custom event of that name."""

PAGE = {"page_location": "url", "page_title": "title", "page_referrer": "referrer"}
"""Parameters of any event that say where it happened; they belong to its context."""

_ITEM = {
    "item_id": "product_id",
    "item_name": "name",
    "item_brand": "brand",
    "item_category": "category",
    "item_variant": "variant",
    "index": "position",
    **_LIST,
}


def messages(event: Any) -> list[dict[str, Any]]:
    """Return the messages that an event is, without ids or times; raises InvalidEvent."""
    if event.__class__ is not dict:
        raise InvalidEvent("wrong_type", "", "an event must be an object")
    name = event.get("name")
    if name.__class__ is not str:
        raise InvalidEvent("missing_event" if name is None else "wrong_type", "name", "an event needs its name")
    params = event.get("params")
    if params is None:
        params = {}
    elif params.__class__ is not dict:
        raise InvalidEvent("wrong_type", "params", "must be an object")
    meaning = MEANINGS.get(name) or Meaning(name)
    page, properties = {}, {}
    renamed = meaning.renamed
    for key, value in params.items():
        if key in PAGE:
            page[PAGE[key]] = value
        else:
            properties[renamed.get(key, key)] = value
    found = _tracked(meaning, properties) if meaning.type == "track" else [_viewed(meaning, page | properties)]
    if page:
        for message in found:
            message["context"] = {"page": page}
    return found


def _viewed(meaning: Meaning, properties: dict[str, Any]) -> dict[str, Any]:
    named = {"name": properties["screen_name"]} if meaning.type == "screen" and "screen_name" in properties else {}
    return {"type": meaning.type, "properties": properties, **named}


def _tracked(meaning: Meaning, properties: dict[str, Any]) -> list[dict[str, Any]]:
    name = meaning.event
    if meaning.items == "kept" or "items" not in properties:
        return [{"type": "track", "event": name, "properties": properties}]
    products = _products(properties.pop("items"))
    if meaning.items == "products":
        properties["products"] = products
        return [{"type": "track", "event": name, "properties": properties}]
    if len(products) < 2:
        for one in products:
            properties.update(one)
        return [{"type": "track", "event": name, "properties": properties}]
    properties.pop("value", None)  # of all of them together
    return [{"type": "track", "event": name, "properties": {**properties, **one}} for one in products]


def _products(items: Any) -> list[dict[str, Any]]:
    if items is None:
        return []
    if items.__class__ is not list:
        raise InvalidEvent("wrong_type", "params.items", "must be a list of objects")
    if len(items) > MAX_ITEMS:
        raise InvalidEvent("event_too_large", "params.items", f"has more than {MAX_ITEMS} items")
    return [_product(item) for item in items]


def _product(item: dict[str, Any]) -> dict[str, Any]:
    if item.__class__ is not dict:
        raise InvalidEvent("wrong_type", "params.items", "must be a list of objects")
    renamed = _ITEM
    product = {renamed.get(key, key): value for key, value in item.items()}
    if "product_id" not in product and "name" in product:
        product["product_id"] = product["name"]  # GA4 asks for one of the two
    return product
