"""Order facts without a person: what a store may keep of a sale when its customer is erased (`keep_sales`). Pure.

They go to the store's own stream, which is about nobody. Kept are amounts, currency, products and quantities, and the
times; the order's id becomes a keyed hash, so that the facts of one order stay together.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import msgspec

from schemas import json
from schemas.addressing import THE_STORE
from schemas.facts import AcceptedEvent, KeyClass, Microseconds
from schemas.vocabulary.stored import FACT_NAMES

FACTS = ("OrderCompleted", "OrderUpdated", "OrderCancelled", "OrderRefunded")
"""The facts that say what was sold."""

_AMOUNTS = ("total", "revenue", "subtotal", "shipping", "tax", "discount", "value", "currency")
_OF_PRODUCT = ("product_id", "sku", "category", "brand", "price", "quantity")


def nameless(
    secret: bytes,
    store: str,
    *,
    event_id: str,
    fact: str,
    key_class: KeyClass,
    occurred_at: Microseconds,
    received_at: Microseconds,
    properties: Mapping[str, Any],
) -> AcceptedEvent:
    """Return the event that says the same of nobody; the same fact gives the same event."""
    known = FACT_NAMES[fact]
    message_id = _hashed(secret, store, "message", event_id)
    message = {
        "type": "track",
        "event": known.name,
        "messageId": message_id,
        "properties": _kept(secret, store, properties),
    }
    return AcceptedEvent(
        store=store,
        key_class=key_class,
        stream=THE_STORE,
        name=known.name,
        fact=f"{fact}:{known.version}",
        message_id=message_id,
        occurred_at=occurred_at,
        received_at=received_at,
        message=msgspec.Raw(json.encode(message)),
    )


def _kept(secret: bytes, store: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: properties[name] for name in _AMOUNTS if _is_plain(properties.get(name))}
    order_id = properties.get("order_id")
    if order_id is not None:
        kept["order_id"] = _hashed(secret, store, "order", str(order_id).strip())
    products = properties.get("products")
    if isinstance(products, list):
        kept["products"] = [_product(one) for one in products if isinstance(one, dict)]
    return kept


def _product(said: Mapping[str, Any]) -> dict[str, Any]:
    return {name: said[name] for name in _OF_PRODUCT if _is_plain(said.get(name))}


def _is_plain(value: Any) -> bool:
    return value is not None and not isinstance(value, dict | list)


def _hashed(secret: bytes, store: str, what: str, value: str) -> str:
    return blake2b(f"{store}\0{what}\0{value}".encode(), digest_size=16, key=secret).hexdigest()
