"""Somebody who leaves: all that a shop may learn of her, every text of it unmistakable, and how she is erased."""

from __future__ import annotations

import base64
import gzip
import json

import httpx

from tests.product.running import Json, Shop, client, eventually

SECONDS = 120.0


class Person:
    """Somebody with all that a shop may learn, every text of it unmistakable."""

    def __init__(self, name: str) -> None:
        self.user_id = f"user-{name}-77001"
        self.visitor = f"visitor-{name}-zz9plural"
        self.email = f"{name}.secret@example.com"
        self.name = f"{name.title()} Unmistakable"
        self.phone = f"+4915198{sum(map(ord, name)):05d}"
        self.parameter = f"newsletter-{name}-xq"
        self.order_id = f"ORD-{name}-4711"

    def texts(self) -> list[str]:
        return [self.user_id, self.visitor, self.email, self.name, self.phone, self.parameter]

    def messages(self) -> list[Json]:
        context = {"page": {"url": f"https://shop.example/tea?utm_source={self.parameter}&utm_medium=email"}}
        traits = {"email": self.email, "name": self.name, "phone": self.phone}
        user: Json = {"userId": self.user_id, "anonymousId": self.visitor}
        note = base64.b64encode(self.email.encode()).decode()
        order = {"order_id": self.order_id, "total": "29.80", "products": [{"product_id": "assam", "price": "29.80"}]}
        return [
            {"type": "page", "anonymousId": self.visitor, "messageId": f"{self.name}-1", "context": context},
            {"type": "identify", **user, "messageId": f"{self.name}-2", "traits": traits},
            {"type": "track", "event": "Noted", **user, "messageId": f"{self.name}-3", "properties": {"note": note}},
            {"type": "track", "event": "Order Completed", **user, "messageId": f"{self.name}-4", "properties": order},
        ]

    def send(self, shop: Shop) -> None:
        """Send what is taken, and what becomes a dead letter, some of it packed."""
        shop.send(*self.messages())
        bad = json.dumps({"type": "track", "userId": self.user_id, "properties": {"email": self.email}}).encode()
        shop.post("/v1/track", bad)
        shop.post("/v1/batch", gzip.compress(b'{"batch": [' + bad + b", broken"))
        packed = base64.b64encode(bad).decode()
        shop.post("/v1/track", {"type": "track", "anonymousId": "x", "properties": {"packed": packed}})


def owner(shop: Shop) -> httpx.Client:
    return client(f"{shop.product.api_url}/api/v1", Authorization=f"Bearer {shop.admin_token}")


def erase(shop: Shop, customer_id: str) -> Json:
    said = owner(shop).post(f"/customers/{customer_id}/erase")
    assert said.status_code == 202, said.text
    return finished(shop, said.json()["erasure_id"])


def finished(shop: Shop, erasure_id: str) -> Json:
    return eventually(lambda: done(shop, erasure_id), SECONDS, "the end of an erasure")


def done(shop: Shop, erasure_id: str) -> Json | None:
    try:
        receipt: Json = owner(shop).get(f"/erasures/{erasure_id}").json()
    except httpx.TransportError:
        return None
    return receipt if receipt.get("state") == "done" else None


def known(shop: Shop, name: str) -> tuple[Person, str]:
    person = Person(name)
    person.send(shop)
    shop.settle()
    return person, str(shop.customer(person.user_id)["customer_id"])
