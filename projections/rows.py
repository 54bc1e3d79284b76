"""From a fact to its row of the table `events`: what the SQL of read models needs as columns, and no more.

Pure: the same fact gives the same row, so a redelivered event replaces itself. Nothing is decided here about persons,
retractions or time; that is the business of the view `facts`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple, TypeVar

import msgspec

from projections.agents import LONGEST, LONGEST_HINTS, agent_of
from projections.bots import marks
from projections.traffic import traffic
from projections.traits import canonical_traits
from schemas import json, money
from schemas.facts import CustomerEvent, KeyClass, Notification
from schemas.identifiers import identifier
from schemas.vocabulary.stored import FACT_NAMES

COLUMNS = (
    "store", "stream", "occurred_at", "event_id", "version", "shard", "notification_id", "fact", "name", "message_id",
    "server", "activity", "bot", "judged", "received_at", "recorded_at", "named_streams", "named_ids", "retracts_event",
    "retracts_message", "url", "referrer", "source", "medium", "campaign", "source_category", "device", "browser", "os",
    "country", "region", "city", "product_ids", "quantities", "prices", "category", "brand", "order_id", "amount",
    "currency", "traits", "consent", "properties", "context",
)  # fmt: skip

Row = tuple[Any, ...]


_ABSENT = msgspec.Raw()


class _Parts(msgspec.Struct, gc=False):
    """The parts of a message that become columns; all else stays in the event store."""

    properties: msgspec.Raw = _ABSENT
    traits: msgspec.Raw = _ABSENT
    context: msgspec.Raw = _ABSENT


class _Properties(msgspec.Struct, gc=False):
    """Whatever was said under the names that become columns of any fact; to skip the others costs next to nothing."""

    url: Any = None
    referrer: Any = None
    products: Any = None
    product_id: Any = msgspec.UNSET
    sku: Any = msgspec.UNSET
    name: Any = None
    category: Any = None
    brand: Any = None
    order_id: Any = None
    event_id: Any = None
    message_id: Any = None
    purposes: Any = None


class _Context(msgspec.Struct, gc=False):
    """The same of the context."""

    page: Any = None
    referrer: Any = None
    campaign: Any = None
    user_agent: Any = msgspec.field(name="userAgent", default=None)
    user_agent_data: msgspec.Raw = msgspec.field(name="userAgentData", default=_ABSENT)
    device: Any = None
    os: Any = None
    location: Any = None
    network: Any = None
    traits: Any = None
    consent: Any = None


class _Kind(NamedTuple):
    """What every fact of one topic has in common."""

    fact: str
    activity: bool


_parts = msgspec.json.Decoder(_Parts)
_values = msgspec.json.Decoder(float_hook=json.decimal)
_properties = msgspec.json.Decoder(_Properties, float_hook=json.decimal)
_context = msgspec.json.Decoder(_Context, float_hook=json.decimal)
_SERVER, _WRITE = KeyClass.SERVER, KeyClass.WRITE  # an enumeration's attribute is slow to look up
_NOTHING: Mapping[str, Any] = {}
_NO_TEXTS = ("", "")
_NOWHERE = ("", "", "")
_NO_PROPERTIES, _NO_CONTEXT = (_Properties(), ""), (_Context(), "")
_T = TypeVar("_T")
_NO_NAMES: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())

_WITH_AMOUNT = frozenset(("OrderCompleted", "OrderUpdated", "OrderRefunded"))
_WITH_LINES = _WITH_AMOUNT | {"ProductAdded", "ProductRemoved"}
_OF_ONE_PRODUCT = frozenset(("ProductViewed", "ProductClicked", "ProductAdded", "ProductRemoved"))
_ABOUT_CONSENT = frozenset(("ConsentGiven", "ConsentWithdrawn"))


def row(notification: Notification, currency_of: Callable[[str], str]) -> Row:
    """Return the values of `COLUMNS` in their order; times are integers in microseconds."""
    event = notification.event
    fact, activity = _kind(event.fact)
    parts = _parts.decode(event.message)
    properties, properties_text = _object(_properties, parts.properties) or _NO_PROPERTIES
    context, context_text = _object(_context, parts.context) or _NO_CONTEXT
    page = _mapping(context.page)
    url = text(page.get("url") or properties.url)
    referrer = text(page.get("referrer") or _mapping(context.referrer).get("url") or properties.referrer)
    source, medium, campaign, source_category = traffic(context.campaign, url, referrer)
    user_agent = text(context.user_agent)[:LONGEST]
    device, browser, os = agent_of(user_agent, _hints(context.user_agent_data))
    country, region, city = _NOWHERE if context.location is None else _place(_mapping(context.location))
    automated = context.network is not None and _mapping(context.network).get("automated") is True
    bot, judged = marks(event.key_class is _WRITE, user_agent, automated, activity, event.stream)
    streams, raw_ids = zip(*event.names, strict=True) if event.names else _NO_NAMES
    retracted, retracted_message = _retracts(properties) if fact == "EventRetracted" else _NO_TEXTS
    if fact in _WITH_LINES and properties_text:
        said = _values.decode(parts.properties)
        products, quantities, prices = _lines(fact, said)
        amount, currency = _money(fact, event, said, currency_of)
    else:
        products, quantities, prices = _products(fact, properties) if properties_text else _NO_LINES
        amount, currency = _NO_TEXTS
    return (
        event.store,
        event.stream,
        event.occurred_at,
        event.event_id,
        event.version,
        notification.shard,
        notification.id,
        fact,
        event.name,
        event.message_id,
        event.key_class is _SERVER,
        activity,
        bot,
        judged,
        event.received_at,
        event.recorded_at,
        streams,
        raw_ids,
        retracted,
        retracted_message,
        url,
        referrer,
        source,
        medium,
        campaign,
        source_category,
        device if context.device is None else text(_mapping(context.device).get("type")).lower() or device,
        browser,
        os if context.os is None else text(_mapping(context.os).get("name")) or os,
        country,
        region,
        city,
        products,
        quantities,
        prices,
        text(properties.category),
        text(properties.brand),
        _order(properties.order_id),
        amount,
        currency,
        _traits(fact, parts.traits, context),
        _consent(fact, properties, context),
        properties_text,
        context_text,
    )


@cache
def _kind(topic: str) -> _Kind:
    kind = FACT_NAMES[topic.partition(":")[0]]
    return _Kind(kind.fact, not (kind.back_office or kind.about_store))


def _object(decoder: msgspec.json.Decoder[_T], raw: msgspec.Raw) -> tuple[_T, str] | None:
    """Return what an object says, and its JSON text; None where it is absent, empty or no object."""
    said = bytes(raw)
    if b'"' not in said:
        return None
    try:
        return decoder.decode(said), said.decode()
    except msgspec.ValidationError:
        return None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if value.__class__ is dict else _NOTHING


def text(value: Any) -> str:
    """Return an id or a name as text; what is neither text nor a number is none."""
    if value.__class__ is str:
        return value
    return "" if value is None or isinstance(value, bool | dict | list) else str(value)


def _hints(said: msgspec.Raw) -> bytes:
    hints = bytes(said)
    return hints if len(hints) <= LONGEST_HINTS else b""


def _place(said: Mapping[str, Any]) -> tuple[str, str, str]:
    return text(said.get("country")), text(said.get("region")), text(said.get("city"))


def _order(said: Any) -> str:
    return "" if said is None else identifier(text(said), "order_id") or ""


def _money(
    fact: str, event: CustomerEvent, properties: Mapping[str, Any], currency_of: Callable[[str], str]
) -> tuple[str, str]:
    """Return amount and currency as text; the amount of an order alone."""
    # the revenue that a refund names is not what was given back
    said = {**properties, "revenue": None} if fact == "OrderRefunded" else properties
    amount = money.order_amount(said) if fact in _WITH_AMOUNT else None
    return ("" if amount is None else f"{amount:f}"), money.currency(properties, currency_of(event.store))


_Lines = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]
"""Product, quantity and price of each line, as text."""
_NO_LINES: _Lines = ((), (), ())


def _products(fact: str, properties: _Properties) -> _Lines:
    """Return the lines of an event of which no answer needs more than the products."""
    if isinstance(properties.products, list):
        said = tuple([money.product_id(each) for each in properties.products if isinstance(each, dict)])
        return said, ("",) * len(said), ("",) * len(said)
    named, sku = properties.product_id, properties.sku
    if fact not in _OF_ONE_PRODUCT and named is msgspec.UNSET and sku is msgspec.UNSET:
        return _NO_LINES
    return (money.text(named) or money.text(sku) or money.text(properties.name) or "",), ("",), ("",)


def _lines(fact: str, properties: Mapping[str, Any]) -> _Lines:
    """Return the lines of an order or a cart event."""
    products = properties.get("products")
    if isinstance(products, list):
        said: list[Mapping[str, Any]] = [each for each in products if isinstance(each, dict)]
    elif "product_id" in properties or "sku" in properties or fact in _OF_ONE_PRODUCT:
        said = [properties]
    else:
        return _NO_LINES
    lines = [money.line(product) for product in said]
    return (
        tuple([line.product_id for line in lines]),
        tuple([_quantity(fact, line, product) for line, product in zip(lines, said, strict=True)]),
        tuple(["" if line.price is None else f"{line.price:f}" for line in lines]),
    )


def _quantity(fact: str, line: money.Line, product: Mapping[str, Any]) -> str:
    """A removal that says no quantity has none: it removes all."""
    all_of_it = fact == "ProductRemoved" and money.amount(product.get("quantity")) is None
    return "" if all_of_it else f"{line.quantity:f}"


def _retracts(properties: _Properties) -> tuple[str, str]:
    return text(properties.event_id), text(properties.message_id)


def _traits(fact: str, traits: msgspec.Raw, context: _Context) -> str:
    said = _mapping(context.traits)
    own = _mapping(_values.decode(traits)) if fact == "CustomerIdentified" and bytes(traits) else _NOTHING
    return json.encode({**canonical_traits(said), **canonical_traits(own)}).decode() if said or own else ""


def _consent(fact: str, properties: _Properties, context: _Context) -> str:
    if context.consent is None and fact not in _ABOUT_CONSENT:
        return ""
    said = _mapping(_mapping(context.consent).get("categoryPreferences"))
    purposes = {key: value for key, value in said.items() if isinstance(value, bool)}
    if fact in _ABOUT_CONSENT:
        named = properties.purposes
        purposes |= {text(p): fact == "ConsentGiven" for p in (named if isinstance(named, list) else []) if text(p)}
    return json.encode(purposes).decode() if purposes else ""
