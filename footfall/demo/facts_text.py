"""What a fact is about, in a few words: a product with its price, an order with its amount, a search."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

Json = dict[str, Any]


def moment(text: str) -> datetime:
    """Return a time of an answer."""
    return datetime.fromisoformat(text)


def day(at: datetime) -> str:
    return f"{at:%a} {at.day:2} {at:%b %H:%M}"


def many(count: int, one: str) -> str:
    return f"{count:,} {one}" if count == 1 else f"{count:,} {one}s"


def money(by_currency: Mapping[str, str]) -> str:
    """Return money as the API gives it, as text."""
    return ", ".join(f"{amount} {currency}" for currency, amount in by_currency.items()) or "nothing"


def about(step: Json) -> str:
    """Return what a step is about."""
    details = step["details"]
    if step["name"] == "identify":
        return "says who this is"
    if step["name"] == "page":
        return str(step["title"] or step["url"] or "")
    return next((text for tell in TELLERS if (text := tell(details))), "")


def _amount(details: Json) -> str:
    said = details.get("total", details.get("revenue"))
    return "" if said is None else f"{said:.2f} {details.get('currency', '')}".rstrip()


def _order(details: Json) -> str:
    reason = f"“{details['reason']}”" if "reason" in details and "products" in details else ""
    words = (details.get("order_id"), _amount(details), _points(details), reason)
    return "  ".join(str(word) for word in words if word) if words[0] else ""


def _points(details: Json) -> str:
    return f"{details['points']} points" if "points" in details else ""


def _product(details: Json) -> str:
    if "product_id" not in details or "name" not in details:
        return ""
    times = f"{details['quantity']} x " if "quantity" in details else ""
    price = f"  {details['price']:.2f} EUR" if "price" in details else ""
    return f"{times}{details['name']}{price}"


def _cart(details: Json) -> str:
    products = details.get("products", [])
    return f"{len(products)} products" if "list_id" not in details and products else str(details.get("list_id", ""))


def _coupon(details: Json) -> str:
    name = f" ({details['coupon_name']})" if "coupon_name" in details else ""
    return f"{details['coupon_id']}{name}" if "coupon_id" in details else ""


def _ticket(details: Json) -> str:
    return f"{details['ticket_id']}  {details['category']}, by {details['by']}" if "ticket_id" in details else ""


def _review(details: Json) -> str:
    return f"{details['rating']} of 5: “{details['review_body']}”" if "review_id" in details else ""


def _feedback(details: Json) -> str:
    return f"{details['score']} of {details['scale']}: “{details.get('comment', '')}”" if "scale" in details else ""


def _word(name: str) -> Callable[[Json], str]:
    return lambda details: str(details.get(name, ""))


TELLERS: tuple[Callable[[Json], str], ...] = (
    _coupon,
    _order,
    _product,
    _ticket,
    _review,
    _feedback,
    _cart,
    lambda details: f"“{details['query']}”" if "query" in details else "",
    lambda details: ", ".join(details.get("purposes", [])),
    _word("campaign_name"),
    _word("list"),
)
"""The first that has something to say is asked no further."""
