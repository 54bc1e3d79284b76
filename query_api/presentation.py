"""From rows to the JSON of the contract. Only shapes are decided here, never a value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from schemas import json
from schemas.money import EXACT

Row = Mapping[str, Any]


def _said(text: str) -> Any:
    """Return what a fact's JSON says, to the digit."""
    return json.decode(text.encode(), max_depth=1_000)


def time(at: datetime | None) -> str | None:
    """Return a moment as RFC 3339 in UTC with microseconds."""
    return None if at is None else at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def amount(value: Decimal) -> str:
    """Return an exact amount with at least two decimals."""
    plain = f"{value:f}"
    whole, _, fraction = plain.partition(".")
    return f"{whole}.{fraction.rstrip('0').ljust(2, '0')}"


def money(by_currency: Mapping[str, Decimal]) -> dict[str, str]:
    """Return money by currency."""
    return {currency: amount(value) for currency, value in sorted(by_currency.items())}


def number(value: Decimal) -> int | float:
    """Return a quantity as JSON number."""
    return int(value) if value == value.to_integral_value() else float(value)


def or_none(text: str) -> str | None:
    """Return None for what was not said."""
    return text or None


def traits(row: Row) -> dict[str, Any]:
    """Return the traits, with a name made of first and last name where none was said."""
    said = {key: _said(value) for key, value in row["traits"].items()}
    parts = [said[key] for key in ("firstName", "lastName") if isinstance(said.get(key), str) and said[key]]
    return said if "name" in said or not parts else {**said, "name": " ".join(parts)}


def orders(row: Row) -> dict[str, Any]:
    """Return the orders of a profile."""
    return {
        "count": row["orders_count"],
        "revenue": money(row["orders_revenue"]),
        "refunded": money(row["orders_refunded"]),
        "first_at": time(row["orders_first_at"]),
        "last_at": time(row["orders_last_at"]),
        "items": number(row["orders_items"]),
    }


def cart(row: Row) -> dict[str, Any]:
    """Return the cart of a profile."""
    value: dict[str, Decimal] = {}
    for _, quantity, price, currency in row["cart"]:
        if price is not None:
            value[currency] = EXACT.add(value.get(currency, Decimal(0)), EXACT.multiply(quantity, price))
    return {
        "items": [
            {"product_id": product, "quantity": number(quantity), "price": None if price is None else amount(price)}
            for product, quantity, price, _ in row["cart"]
        ],
        "value": money(value),
        "updated_at": time(row["cart_updated_at"]),
    }


def short_profile(row: Row) -> dict[str, Any]:
    """Return a customer as lists show it."""
    said = traits(row)
    return {
        "customer_id": row["customer_id"],
        "user_ids": row["user_ids"],
        "anonymous_ids": row["anonymous_ids"],
        "name": said.get("name"),
        "email": said.get("email"),
        "events": row["events"],
        "sessions": row["sessions"],
        "orders": orders(row),
        "first_seen": time(row["first_seen"]),
        "last_seen": time(row["last_seen"]),
    }


ACQUISITION = ("channel", "source", "medium", "campaign", "landing_page", "referrer")


def profile(row: Row) -> dict[str, Any]:
    """Return a customer in full."""
    return {
        "customer_id": row["customer_id"],
        "user_ids": row["user_ids"],
        "anonymous_ids": row["anonymous_ids"],
        "traits": traits(row),
        "first_seen": time(row["first_seen"]),
        "last_seen": time(row["last_seen"]),
        "events": row["events"],
        "sessions": row["sessions"],
        "page_views": row["page_views"],
        "product_views": row["product_views"],
        "orders": orders(row),
        "cart": cart(row),
        "newsletters": row["newsletters"],
        "acquisition": (
            {key: or_none(value) for key, value in zip(ACQUISITION, row["acquisition"], strict=True)}
            if row["sessions"]
            else None
        ),
        "preferences": {
            "categories": row["categories"],
            "brands": row["brands"],
            "channel": or_none(row["channel"]),
        },
        "consent": {purpose: bool(given) for purpose, given in sorted(row["consent"].items())},
        "segments": [],
    }


SESSION = (
    "revenue", "session_id", "started_at", "ended_at", "events", "channel", "source", "medium", "campaign",
    "landing_page", "referrer", "device", "country", "bounced", "converted",
)  # fmt: skip
VISITOR = ("browser", "os", "region", "city")
_UNKNOWN = ("",) * len(VISITOR)
_OR_NONE = (*SESSION[6:13], *VISITOR)


def sessions(row: Row) -> list[tuple[Any, ...]]:
    """Return the values of each session; a row of an older version does not know all of them."""
    visitors = row["visitors"] or [_UNKNOWN] * len(row["sessions"])
    return [(*said, *visitor) for said, visitor in zip(row["sessions"], visitors, strict=True)]


def session(values: Sequence[Any], steps: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return a session with its steps."""
    row = dict(zip((*SESSION, *VISITOR), values, strict=True))
    said = {key: or_none(row[key]) for key in _OR_NONE}
    return {
        "session_id": row["session_id"],
        "started_at": time(row["started_at"]),
        "ended_at": time(row["ended_at"]),
        "channel": row["channel"],
        **said,
        "bounced": bool(row["bounced"]),
        "converted": bool(row["converted"]),
        "revenue": money(row["revenue"]),
        "steps": list(steps),
    }


def step(row: Row) -> dict[str, Any]:
    """Return a fact as a step of a journey."""
    properties = _said(row["properties"] or "{}")
    page = _said(row["context"] or "{}").get("page")
    title = (page.get("title") if isinstance(page, dict) else None) or properties.get("title")
    return {
        "event_id": row["event_id"],
        "at": time(row["occurred_at"]),
        "name": row["name"],
        "title": title if isinstance(title, str) else None,
        "url": or_none(row["url"]),
        "product_id": or_none(row["product_ids"][0]) if row["product_ids"] and "products" not in properties else None,
        "order_id": or_none(row["order_id"]),
        "details": properties,
    }


def outside_step(row: Row) -> dict[str, Any]:
    """Return a fact outside of sessions, with the channel that it names or came by."""
    shown = step(row)
    named = shown["details"].get("channel")
    by_visit = row["channel"] if row["source"] or row["medium"] else None
    return {**shown, "channel": named if isinstance(named, str) and named else by_visit}


def fact(row: Row) -> dict[str, Any]:
    """Return a fact in full."""
    return {
        "event_id": row["event_id"],
        "message_id": row["message_id"],
        "name": row["name"],
        "stream": row["stream"],
        "occurred_at": time(row["occurred_at"]),
        "received_at": time(row["received_at"]),
        "recorded_at": time(row["recorded_at"]),
        "properties": _said(row["properties"] or "{}"),
        "context": _said(row["context"] or "{}"),
    }
