"""A store's story: Ada, and visitors who came after her; and what is asked of every answer."""

from __future__ import annotations

from typing import Any

import httpx

from tests.product.running import Json, Shop

DAY = "2026-03-01"
VISITORS = 23
SHORT_PROFILE = {
    "customer_id", "user_ids", "anonymous_ids", "name", "email", "events", "sessions", "orders", "first_seen",
    "last_seen",
}  # fmt: skip
READS = (
    "/status", "/customers", "/customers/{id}", "/customers/{id}/journey", "/customers/{id}/events",
    "/customers/by/user_id/ada", "/customers/by/anonymous_id/visitor", "/customers/by/email/ada@example.org",
    "/customers/by/phone/+49301234", "/questions/funnel",
)  # fmt: skip
EVENT_ROUTES = ("track", "page", "identify", "group", "alias", "screen", "batch", "import", "t", "p", "i", "g", "b")


def at(time: str) -> str:
    return f"{DAY}T{time}.000000Z"


def said(type_: str, time: str, number: int, **fields: Any) -> Json:
    """A message of Ada's at a time of the day, in the shop."""
    ids = {"userId": "ada", "anonymousId": "visitor"}
    return {"type": type_, "messageId": f"ada-{number}", "timestamp": at(time), **ids, **fields}


def track(event: str, time: str, number: int, properties: Json, **fields: Any) -> Json:
    return said("track", time, number, event=event, properties=properties, **fields)


LANDING = "https://shop.example/?utm_source=google&utm_medium=cpc&utm_campaign=spring"
SHOE = {"product_id": "p-1", "name": "Shoe", "category": "shoes", "brand": "Northwind", "price": 49.9}
TRAITS = {"email": "Ada@Example.org", "name": "Ada Lovelace", "phone": "+49 30 1234"}
ADA = [
    said("page", "09:00:00", 1, context={"page": {"url": LANDING, "title": "Home", "referrer": "https://google.com/"}}),
    track("Product Viewed", "09:05:00", 2, SHOE),
    said("identify", "09:10:00", 3, traits=TRAITS),
    track("Product Added", "09:15:00", 4, {**SHOE, "quantity": 2, "currency": "EUR"}),
    track("Order Completed", "09:20:00", 5, {"order_id": "o-1", "total": 99.8, "currency": "EUR", "products": [
        {"product_id": "p-1", "price": 49.9, "quantity": 2}]}),
    track("Order Refunded", "12:00:00", 6, {"order_id": "o-1", "total": 10, "currency": "EUR"}),
    track("Product Added", "15:00:00", 7, {"product_id": "p-2", "price": 5, "quantity": 1}),
    track("Newsletter Subscribed", "15:01:00", 8, {"list": "news", "email": "ada@example.org"}),
]  # fmt: skip


def assert_error(answer: httpx.Response, status: int, code: str, field: str | None = None) -> None:
    """An error has the one shape; `field` is what it must name."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert set(body) == {"code", "message", "errors", "request_id"}, body
    assert body["code"] == code
    assert body["message"]
    assert body["request_id"]
    assert all(set(error) == {"field", "message"} for error in body["errors"])
    if field is not None:
        assert field in [error["field"] for error in body["errors"]], body


def viewed(shop: Shop, **fields: str) -> int:
    """Return how many viewed a product, by the funnel."""
    answer = shop.question("funnel", {"steps": [{"event": "Product Viewed"}], **fields})
    assert answer.status_code == 200, answer.text
    count: int = answer.json()["steps"][0]["count"]
    return count
