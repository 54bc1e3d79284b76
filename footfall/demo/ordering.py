"""What the sample shop's server decides: what an order costs, who its customers are, and what its back office reports.

Values only: the server in `storefront.py` serves and sends.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Json = dict[str, Any]
FREE_SHIPPING_FROM, POSTAGE = 5000, 490
MOST_PIECES = 100
_ADDRESS = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")


class NotAnOrder(Exception):
    """What was sent cannot be ordered; the message says why."""


@dataclass(frozen=True)
class Order:
    """An order that the shop took."""

    order_id: str
    customer_id: str
    traits: Json
    lines: tuple[tuple[Json, int], ...]
    shipping: int
    visitor: str | None

    @property
    def goods(self) -> int:
        return sum(product["cents"] * quantity for product, quantity in self.lines)

    @property
    def total(self) -> int:
        return self.goods + self.shipping


def catalogue(folder: Path) -> dict[str, Json]:
    """Return what the shop sells, by id."""
    products: list[Json] = json.loads((folder / "catalogue.json").read_text(encoding="utf-8"))
    return {product["id"]: product for product in products}


def customer_id(email: str) -> str:
    """Return the number of the customer with an address; it outlives a restart, as one in a database would."""
    return f"WT-{hashlib.sha256(email.strip().lower().encode()).hexdigest()[:10]}"


def traits(said: Mapping[str, Any]) -> Json:
    """Return name and address of who said so; raises NotAnOrder."""
    name, email = said.get("name"), said.get("email")
    if not isinstance(name, str) or not isinstance(email, str) or not _ADDRESS.fullmatch(email) or not name.strip():
        raise NotAnOrder("Please say a name and an e-mail address.")
    return {"name": name.strip()[:100], "email": email}


def order(said: Mapping[str, Any], products: Mapping[str, Json], order_id: str, visitor: str | None) -> Order:
    """Return the order that somebody placed, at the shop's own prices; raises NotAnOrder."""
    known = traits(said)
    lines = tuple(_line(each, products) for each in said.get("lines") or ())
    if not lines:
        raise NotAnOrder("There is nothing in the cart.")
    goods = sum(product["cents"] * quantity for product, quantity in lines)
    posted = said.get("shipping") != "pickup" and goods < FREE_SHIPPING_FROM
    return Order(order_id, customer_id(known["email"]), known, lines, POSTAGE if posted else 0, visitor)


def _line(said: Mapping[str, Any], products: Mapping[str, Json]) -> tuple[Json, int]:
    product, quantity = products.get(str(said.get("id"))), said.get("quantity")
    if product is None or not isinstance(quantity, int) or not 0 < quantity <= MOST_PIECES:
        raise NotAnOrder("We do not have that.")
    return product, quantity


def reports(placed: Order) -> Sequence[Json]:
    """Return what the back office tells of an order, as Segment messages.

    The browser tells of it too: by its `order_id` it is one order, and what the server says stands. The message ids
    come from the order, so that a report that is sent twice counts once. The id of the browser's visitor joins what
    was done before the order to the customer, even where the browser could not.
    """
    amount = {"order_id": placed.order_id, "total": _euros(placed.total), "currency": "EUR"}
    completed = {
        **amount,
        "revenue": _euros(placed.goods),
        "shipping": _euros(placed.shipping),
        "products": [_product(product, quantity) for product, quantity in placed.lines],
    }
    return [
        _track(placed, "Order Completed", completed) | {"context": {"traits": placed.traits}},
        _track(placed, "Order Paid", amount),
    ]


def _track(placed: Order, event: str, properties: Json) -> Json:
    visitor = {"anonymousId": placed.visitor} if placed.visitor else {}
    return {
        **visitor,
        "type": "track",
        "event": event,
        "userId": placed.customer_id,
        "messageId": f"{placed.order_id} {event}",
        "properties": properties,
    }


def _product(product: Json, quantity: int) -> Json:
    return {
        "product_id": product["id"],
        **{name: product[name] for name in ("name", "brand", "category")},
        "price": _euros(product["cents"]),
        "quantity": quantity,
    }


def _euros(cents: int) -> float:
    return cents / 100
