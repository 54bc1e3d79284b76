"""From a fact to its row of the table `events`: what the SQL of read models needs as columns, and no more.

Pure: the same fact gives the same row, so a redelivered event replaces itself. Nothing is decided here about persons,
retractions or time; that is the business of the view `facts`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from projections.bots import is_bot
from projections.traffic import traffic
from projections.traits import canonical_traits
from schemas import json, money
from schemas.facts import CustomerEvent, KeyClass, Notification
from schemas.identifiers import identifier
from schemas.vocabulary.stored import FACT_NAMES

COLUMNS = (
    "store", "stream", "occurred_at", "event_id", "version", "shard", "notification_id", "fact", "name", "message_id",
    "server", "activity", "bot", "received_at", "recorded_at", "named_streams", "named_ids", "retracts_event",
    "retracts_message", "url", "referrer", "source", "medium", "campaign", "device", "country", "product_ids",
    "quantities", "prices", "category", "brand", "order_id", "amount", "currency", "traits", "consent", "properties",
    "context",
)  # fmt: skip

Row = tuple[Any, ...]


class _Parts(msgspec.Struct):
    """The parts of a message that become columns; all else stays in the event store."""

    properties: msgspec.Raw = msgspec.Raw()
    traits: msgspec.Raw = msgspec.Raw()
    context: msgspec.Raw = msgspec.Raw()


_parts = msgspec.json.Decoder(_Parts)
_values = msgspec.json.Decoder(float_hook=json.decimal)
_NOTHING: Mapping[str, Any] = {}
_NO_MONEY = ("", "")
LONGEST_AGENT = 500
"""Characters of a user agent that are looked at: what is remembered of them is bounded."""
_WITH_AMOUNT = frozenset(("OrderCompleted", "OrderUpdated", "OrderRefunded"))
_WITH_LINES = _WITH_AMOUNT | {"ProductAdded", "ProductRemoved"}
_OF_ONE_PRODUCT = frozenset(("ProductViewed", "ProductClicked", "ProductAdded", "ProductRemoved"))


def rows(notifications: Sequence[Notification], currency_of: Callable[[str], str]) -> list[Row]:
    """Return one row a notification, in the order of `COLUMNS`; times are integers in microseconds."""
    return [_row(notification, currency_of) for notification in notifications]


def _row(notification: Notification, currency_of: Callable[[str], str]) -> Row:
    event = notification.event
    parts = _parts.decode(event.message)
    properties, context, traits = _object(parts.properties), _object(parts.context), _object(parts.traits)
    page = _mapping(context.get("page"))
    url = text(page.get("url") or properties.get("url"))
    referrer = text(page.get("referrer") or _mapping(context.get("referrer")).get("url") or properties.get("referrer"))
    visit = traffic(context.get("campaign"), url, referrer)
    kind = FACT_NAMES[event.fact.partition(":")[0]]
    lines = _lines(kind.fact, properties) if properties else []
    amount, currency = _money(kind.fact, event, properties, currency_of) if properties else _NO_MONEY
    return (
        event.store,
        event.stream,
        event.occurred_at,
        event.event_id,
        event.version,
        notification.shard,
        notification.id,
        kind.fact,
        event.name,
        event.message_id,
        event.key_class == KeyClass.SERVER,
        not (kind.back_office or kind.about_store),
        event.key_class == KeyClass.WRITE and is_bot(text(context.get("userAgent"))[:LONGEST_AGENT]),
        event.received_at,
        event.recorded_at,
        [stream for stream, _ in event.names],
        [raw_id for _, raw_id in event.names],
        *(_retracts(properties) if kind.fact == "EventRetracted" else ("", "")),
        url,
        referrer,
        *visit,
        _device(context),
        text(_mapping(context.get("location")).get("country")),
        [product for product, _, _ in lines],
        [quantity for _, quantity, _ in lines],
        [price for _, _, price in lines],
        text(properties.get("category")),
        text(properties.get("brand")),
        identifier(text(properties.get("order_id")), "order_id") or "",
        amount,
        currency,
        _traits(kind.fact, traits, context),
        _consent(kind.fact, properties, context),
        bytes(parts.properties).decode() if properties else "",
        bytes(parts.context).decode() if context else "",
    )


def _object(raw: msgspec.Raw) -> Mapping[str, Any]:
    return _mapping(_values.decode(raw)) if bytes(raw) else _NOTHING


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else _NOTHING


def text(value: Any) -> str:
    """Return an id or a name as text; what is neither text nor a number is none."""
    if isinstance(value, str):
        return value
    return "" if value is None or isinstance(value, bool | dict | list) else str(value)


def _money(
    fact: str, event: CustomerEvent, properties: Mapping[str, Any], currency_of: Callable[[str], str]
) -> tuple[str, str]:
    """Return amount and currency as text, where an answer needs them."""
    if fact not in _WITH_LINES:
        return "", ""
    # the revenue that a refund names is not what was given back
    said = {**properties, "revenue": None} if fact == "OrderRefunded" else properties
    amount = money.order_amount(said) if fact in _WITH_AMOUNT else None
    return ("" if amount is None else f"{amount:f}"), money.currency(properties, currency_of(event.store))


def _lines(fact: str, properties: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return product, quantity and price of each line as text; where no answer needs more, the product alone."""
    products = properties.get("products")
    own = "product_id" in properties or "sku" in properties or fact in _OF_ONE_PRODUCT
    said = products if isinstance(products, list) else [properties] if own else []
    read = _line if fact in _WITH_LINES else _product
    return [read(fact, product) for product in said if isinstance(product, dict)]


def _product(_: str, product: Mapping[str, Any]) -> tuple[str, str, str]:
    return money.product_id(product), "", ""


def _line(fact: str, product: Mapping[str, Any]) -> tuple[str, str, str]:
    """A removal that says no quantity has none: it removes all."""
    line = money.line(product)
    all_of_it = fact == "ProductRemoved" and money.amount(product.get("quantity")) is None
    return line.product_id, "" if all_of_it else f"{line.quantity:f}", "" if line.price is None else f"{line.price:f}"


def _retracts(properties: Mapping[str, Any]) -> tuple[str, str]:
    return text(properties.get("event_id")), text(properties.get("message_id"))


def _device(context: Mapping[str, Any]) -> str:
    said = text(_mapping(context.get("device")).get("type"))
    if said:
        return said.lower()
    hints = _mapping(context.get("userAgentData"))
    if "mobile" in hints:
        return "mobile" if hints["mobile"] is True else "desktop"
    return _device_of(text(context.get("userAgent"))[:LONGEST_AGENT])


@lru_cache(maxsize=10_000)
def _device_of(agent: str) -> str:
    if not agent.startswith("Mozilla/"):
        return ""
    return "mobile" if "Mobi" in agent else "tablet" if "iPad" in agent or "Tablet" in agent else "desktop"


def _traits(fact: str, traits: Mapping[str, Any], context: Mapping[str, Any]) -> str:
    said = _mapping(context.get("traits"))
    own = traits if fact == "CustomerIdentified" else _NOTHING
    return json.encode({**canonical_traits(said), **canonical_traits(own)}).decode() if said or own else ""


def _consent(fact: str, properties: Mapping[str, Any], context: Mapping[str, Any]) -> str:
    said = _mapping(_mapping(context.get("consent")).get("categoryPreferences"))
    purposes = {key: value for key, value in said.items() if isinstance(value, bool)}
    if fact in ("ConsentGiven", "ConsentWithdrawn"):
        named = properties.get("purposes")
        purposes |= {text(p): fact == "ConsentGiven" for p in (named if isinstance(named, list) else []) if text(p)}
    return json.encode(purposes).decode() if purposes else ""
