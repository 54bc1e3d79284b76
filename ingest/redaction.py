"""What a store does not want to know of its customers, taken out before anything is kept.

IP addresses are truncated; of URLs, only allowed query parameters stay, and neither user info nor fragments that carry
values. A fact keeps what was said after this. What an event means is no concern of this module.
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

_ADVERTISING = {
    "gclid", "gbraid", "wbraid", "dclid", "msclkid", "fbclid", "ttclid", "twclid", "li_fat_id", "epik", "srsltid",
    "ref", "referrer", "source", "medium", "campaign",
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
_TOKEN = re.compile(r"^[A-Za-z0-9_.~+/=-]{32,}$")


def redact(message: dict[str, Any], connection_ip: str | None, allowed: frozenset[str] = ALLOWED_PARAMETERS) -> None:
    """Redact a message in place; `connection_ip`, already truncated, stands in where the message names no address."""
    context = message.get("context")
    if context is None:
        if connection_ip is not None:
            message["context"] = {"ip": connection_ip}
    else:
        _redact_ip(context, connection_ip)
        if (page := context.get("page")) is not None:
            _redact_urls(page, allowed)
        if (referrer := context.get("referrer")) is not None:
            _redact_referrer(context, referrer, allowed)
    properties = message.get("properties")
    # what is no object is kept as it is: identify, group and alias messages have no properties that would be checked
    if properties.__class__ is dict and not _URL_FIELD_SET.isdisjoint(properties):
        _redact_urls(properties, allowed)


def _redact_ip(context: dict[str, Any], connection_ip: str | None) -> None:
    said = context.get("ip")
    truncated = truncate_ip(said) if said else connection_ip
    if truncated is not None:
        context["ip"] = truncated
    elif said is not None:
        del context["ip"]


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


@lru_cache(maxsize=4096)  # parsing takes 4 microseconds, and a visitor's address comes with every event
def truncate_ip(text: str) -> str | None:
    """Return the network of an address (/24, /48) as an address, or None where it is no address."""
    try:
        parsed: IPv4Address | IPv6Address = ip_address(text.strip())
    except ValueError:
        return None
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is None:
            return str(IPv6Address(int(parsed) >> 80 << 80))
        parsed = parsed.ipv4_mapped
    return str(IPv4Address(int(parsed) >> 8 << 8))


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
