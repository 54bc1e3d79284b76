"""What a store does not want to know of its customers, taken out before anything is kept.

IP addresses are truncated or dropped, once they have told what they tell (`addresses.py`); of URLs, only allowed query
parameters stay, and neither user info nor fragments that carry values. A fact keeps what was said after this. What an
event means is no concern of this module.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from ingest.addresses import NOWHERE, Addresses, Origin

_ADVERTISING = {
    "gclid", "gbraid", "wbraid", "dclid", "msclkid", "fbclid", "ttclid", "twclid", "li_fat_id", "epik", "srsltid",
    "yclid", "rdt_cid", "sccid", "ref", "referrer", "source", "medium", "campaign",
}  # fmt: skip
_SEARCH = {"q", "query", "search", "s", "search_query", "search_term", "keyword", "keywords"}
_BROWSING = {
    "page", "p", "category", "cat", "c", "collection", "brand", "sort", "order_by", "orderby", "variant", "color",
    "colour", "size", "product", "product_id", "sku", "lang", "locale", "currency", "view", "tab", "filter",
}  # fmt: skip
ALLOWED_PARAMETERS = frozenset(_ADVERTISING | _SEARCH | _BROWSING)
"""Query parameters that stay; `utm_` parameters always do."""

LONGEST_REMEMBERED = 500
"""Characters of a query that is remembered, since senders choose them."""

_URL_FIELDS = ("url", "search", "referrer", "initial_referrer", "tab_url")
_URL_FIELD_SET = frozenset(_URL_FIELDS)
_USER_INFO = re.compile(r"^([a-zA-Z][a-zA-Z0-9+.-]*:)?//[^/?#]*@")
_ADDRESS_IN_TEXT = re.compile(rb'("ip(?:_override)?"\s*:\s*")([^"\\]{1,100})(")')
_TOKEN = re.compile(r"^[A-Za-z0-9_.~+/=-]{32,}$")


def without_addresses(text: bytes, addresses: Addresses) -> bytes:
    """Return the bytes of a body or an event, be it JSON or not, with only that of IP addresses that may be kept."""
    return _ADDRESS_IN_TEXT.sub(
        lambda found: found[1] + (addresses.origin(found[2].decode("latin-1")).ip or "").encode() + found[3], text
    )


def redact(message: dict[str, Any], connection: Origin, addresses: Addresses, allowed: frozenset[str]) -> None:
    """Redact a message in place; the connection's address stands in where the message names none."""
    context = message.get("context")
    if context is None:
        if connection is not NOWHERE and (told := _told({}, connection)):
            message["context"] = told
    else:
        _redact_ip(context, connection, addresses)
        if (page := context.get("page")) is not None:
            _redact_urls(page, allowed)
        if (referrer := context.get("referrer")) is not None:
            _redact_referrer(context, referrer, allowed)
    properties = message.get("properties")
    # what is no object is kept as it is: identify, group and alias messages have no properties that would be checked
    if properties.__class__ is dict and not _URL_FIELD_SET.isdisjoint(properties):
        _redact_urls(properties, allowed)


def _redact_ip(context: dict[str, Any], connection: Origin, addresses: Addresses) -> None:
    said = context.get("ip")
    origin = addresses.origin(said) if said else connection
    if said is not None and origin.ip is None:
        del context["ip"]
    _told(context, origin)


def _told(context: dict[str, Any], origin: Origin) -> dict[str, Any]:
    """Put into a context what an address told; a place that the sender names stands."""
    if origin.ip is not None:
        context["ip"] = origin.ip
    if origin.place and not context.get("location"):
        context["location"] = dict(origin.place)
    if origin.automated:
        network = context.get("network")
        context["network"] = {**(network if isinstance(network, dict) else {}), "automated": True}
    return context


def _redact_referrer(context: dict[str, Any], referrer: Any, allowed: frozenset[str]) -> None:
    if isinstance(referrer, str):
        context["referrer"] = redact_url(referrer, allowed)
    else:
        _redact_urls(referrer, allowed)


def _redact_urls(place: Any, allowed: frozenset[str]) -> None:
    if place.__class__ is not dict:
        return
    said = place.get
    for field in _URL_FIELDS:
        text = said(field)
        if text.__class__ is str and ("?" in text or "#" in text or "@" in text):
            place[field] = redact_url(text, allowed)


def redact_url(url: str, allowed: frozenset[str] = ALLOWED_PARAMETERS) -> str:
    """Return a URL (or only its query) without what might name or let in a person."""
    rest, hash_, fragment = url.partition("#")
    rest, mark, query = rest.partition("?")
    if "@" in rest:
        rest = _USER_INFO.sub(lambda found: f"{found[1] or ''}//", rest)
    if mark:
        query = _allowed_pairs(query, allowed)
        rest = f"{rest}?{query}" if query else rest
    if hash_:
        fragment = _redact_fragment(fragment, allowed)
        rest = f"{rest}#{fragment}" if fragment else rest
    return rest


def _allowed_pairs(query: str, allowed: frozenset[str]) -> str:
    return _pairs(query, allowed) if len(query) <= LONGEST_REMEMBERED else _pairs.__wrapped__(query, allowed)


@lru_cache(maxsize=4096)  # all pages of a visit carry the same campaign
def _pairs(query: str, allowed: frozenset[str]) -> str:
    kept = []
    for pair in query.replace(";", "&").split("&"):
        name, _, value = pair.partition("=")
        name = name.lower()
        if (name in allowed or name[:4] == "utm_") and "@" not in value and "%40" not in value:  # no e-mail addresses
            kept.append(pair)
    return "&".join(kept)


def _redact_fragment(fragment: str, allowed: frozenset[str]) -> str:
    """A route of a single-page shop may carry a query of its own; `#access_token=...` is one without a route."""
    route, _, query = fragment.partition("?")
    if "=" in route:
        route, query = "", f"{route}&{query}"
    if "@" in route or _TOKEN.match(route):
        route = ""
    query = _allowed_pairs(query, allowed)
    return f"{route}?{query}" if route and query else route or query
