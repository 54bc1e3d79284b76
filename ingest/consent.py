"""What a store does with an event of somebody who did not consent: the decision, and what is left of it. Pure.

Only what the event itself says decides, so that the order of arrival changes nothing (law L2). How a store's choice is
kept, and what answers make of consent, does not belong here.
"""

from __future__ import annotations

from enum import Enum, StrEnum, auto
from typing import Any

from ingest.redaction import redact_url
from schemas.vocabulary import CUSTOM_EVENT, EventType

ANALYTICS = "analytics"
"""The purpose that browsing needs."""


class ConsentChoice(StrEnum):
    """What a store chose; the values are stored: frozen."""

    RECORD = "record"
    """Everything is recorded."""
    ANONYMOUS = "anonymous"
    """Without consent, without identity."""
    REQUIRED = "required"
    """Without consent, not at all."""


class Decision(Enum):
    """How an event is recorded."""

    WHOLE = auto()
    NAMELESS = auto()
    REFUSED = auto()


NEED_NONE = frozenset({
    "Order Completed", "Consent Given", "Consent Withdrawn", "Newsletter Subscribed", "Newsletter Unsubscribed",
    "Product Subscription Created", "Product Subscription Cancelled", "Product Reviewed", "Lead Captured",
    "Feedback Given",
})  # fmt: skip
"""Facts that need no purpose beside what back-office events are: a contract, or what somebody asked for or said."""

_KEPT = ("type", "event", "messageId", "timestamp", "originalTimestamp", "sentAt", "version")
_OF_PAGE = ("path", "url", "title", "referrer")
_OF_PRODUCT = (
    "product_id", "sku", "category", "name", "brand", "variant", "price", "quantity", "currency", "value", "position",
    "list_id", "promotion_id",
)  # fmt: skip
_URLS = frozenset({"path", "url", "referrer"})


def decide(choice: ConsentChoice, event: EventType, message: dict[str, Any], *, refuses_all: bool) -> Decision:
    """Return how an event is recorded; `refuses_all`: its request carried Global Privacy Control."""
    if choice is ConsentChoice.RECORD or event.back_office or event.about_store or event.name in NEED_NONE:
        return Decision.WHOLE
    if not refuses_all and _consents(message):
        return Decision.WHOLE
    return Decision.NAMELESS if choice is ConsentChoice.ANONYMOUS else Decision.REFUSED


def _consents(message: dict[str, Any]) -> bool:
    """Only a yes is one, and Global Privacy Control is a no whatever else is said."""
    said = _object(_object(message.get("context")).get("consent"))
    return said.get("gpc") is not True and _object(said.get("categoryPreferences")).get(ANALYTICS) is True


def nameless(message: dict[str, Any], event: EventType) -> dict[str, Any]:
    """Return what a message says of pages and products: no id, trait, address, agent or parameter of a URL is in it.

    Of custom events only the name and the page: what their properties mean nobody knows.
    """
    views = message["type"] in {"page", "screen"}
    kept = {name: message[name] for name in (*_KEPT, *(("name", "category") if views else ())) if name in message}
    known = views or (message["type"] == "track" and event.fact != CUSTOM_EVENT.fact)
    said = _object(message.get("properties")) if known else {}
    properties = _plain(said, (*_OF_PAGE, *_OF_PRODUCT))
    if isinstance(said.get("products"), list):
        properties["products"] = [_plain(one, _OF_PRODUCT) for one in said["products"] if isinstance(one, dict)]
    page = _plain(_object(_object(message.get("context")).get("page")), _OF_PAGE)
    return {**kept, "properties": properties, **({"context": {"page": page}} if page else {})}


def _plain(said: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    found = {name: said[name] for name in names if not isinstance(said.get(name), dict | list | None)}
    return {name: _bare(value) if name in _URLS else value for name, value in found.items()}


def _bare(url: Any) -> str:
    """Return a URL without query and fragment; one that may hold an address is none."""
    bare = redact_url(str(url).partition("#")[0].partition("?")[0])
    return "" if "@" in bare or "%40" in bare.lower() else bare


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
