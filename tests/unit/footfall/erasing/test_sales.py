"""What stays of a sale says nothing of who bought."""

from __future__ import annotations

from typing import Any

from footfall.erasing.sales import nameless
from schemas import json
from schemas.facts import AcceptedEvent, KeyClass
from schemas.streams import StreamKind
from tests.builders import NOW

SECRET = b"a secret of thirty-two bytes ...."
SAID = {
    "order_id": "ORD-1",
    "total": "99.50",
    "currency": "EUR",
    "coupon": "ADA-BIRTHDAY",
    "email": "ada@example.com",
    "shipping": 4,
    "tax": {"note": "Ada"},
    "products": [{"product_id": "shoe", "name": "Ada's own", "price": "99.50", "quantity": 1}, "Ada"],
}


def kept(event_id: str = "e1", **said: Any) -> AcceptedEvent:
    return nameless(
        SECRET,
        "shop",
        event_id=event_id,
        fact="OrderCompleted",
        key_class=KeyClass.WRITE,
        occurred_at=NOW,
        received_at=NOW + 1,
        properties={**SAID, **said},
    )


def test_amounts_products_and_times_stay_and_nothing_else() -> None:
    event = kept()
    said = json.decode(bytes(event.message))["properties"]
    order_id = said.pop("order_id")
    assert said == {
        "total": "99.50",
        "currency": "EUR",
        "shipping": 4,
        "products": [{"product_id": "shoe", "price": "99.50", "quantity": 1}],
    }
    assert (event.stream.kind, event.stream.id, event.claims) == (StreamKind.STORE, "", ())
    assert (event.occurred_at, event.received_at, event.name) == (NOW, NOW + 1, "Order Completed")
    assert "ORD-1" not in order_id
    assert b"e1" not in bytes(event.message)


def test_the_same_fact_is_the_same_message_and_another_is_another() -> None:
    assert kept().message_id == kept().message_id != kept("e2").message_id


def test_facts_of_one_order_stay_together() -> None:
    events = kept(), kept("e2"), kept(order_id="2")
    one, other, third = (json.decode(bytes(event.message))["properties"]["order_id"] for event in events)
    assert one == other != third
