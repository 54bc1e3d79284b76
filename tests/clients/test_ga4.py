"""GA4's Measurement Protocol as a shop's server speaks it, which has no client of its own: the same body again after a
lost answer.
"""

from __future__ import annotations

import time
from collections import Counter

import httpx
import pytest

from tests.clients.conftest import names_of
from tests.clients.flaky_proxy import FlakyProxy
from tests.product.running import Json, Shop, client

pytestmark = pytest.mark.product

ITEMS = [{"item_id": "a", "price": 10, "quantity": 2}, {"item_id": "b", "price": "5.50"}]


def collect(proxy: FlakyProxy, key: str, *events: Json) -> Json:
    """Send a body until it is answered."""
    body = {"client_id": "17.4", "user_id": "ada", "timestamp_micros": time.time_ns() // 1000, "events": events}
    with client(proxy.url) as http:
        for _ in range(5):
            try:
                said = http.post("/mp/collect", params={"measurement_id": "G-1", "api_secret": key}, json=body)
            except httpx.TransportError:
                continue
            if said.status_code == 200:
                answer: Json = said.json()
                return answer
    raise AssertionError("never answered")


def test_a_visit_and_its_order_arrive_and_copies_count_once(shop: Shop, proxy: FlakyProxy) -> None:
    proxy.order("lose the answer", "cut the request", "answer 503", "cut the answer")
    page = {"page_location": "https://shop.example/tea?utm_source=letter&utm_medium=email", "page_title": "Tea"}
    visit = [{"name": "page_view", "params": page}, {"name": "add_to_cart", "params": {"items": ITEMS}}]
    assert collect(proxy, shop.write_key, *visit) == {"success": True}
    order = {"transaction_id": "o-1", "value": 25.5, "currency": "EUR", "items": ITEMS}
    assert collect(proxy, shop.write_key, {"name": "purchase", "params": order}) == {"success": True}
    assert len(proxy.requests) == 6
    shop.settle()
    assert names_of(shop, "ada") == Counter({"page": 1, "Product Added": 2, "Order Completed": 1})
    ada = shop.customer("ada")
    assert ada["anonymous_ids"] == ["17.4"]
    assert (ada["orders"]["revenue"], ada["orders"]["items"]) == ({"EUR": "25.50"}, 3)
    assert ada["cart"]["items"] == []
    assert ada["acquisition"]["channel"] == "Email"


def test_a_refund_is_the_servers_to_say(shop: Shop, proxy: FlakyProxy) -> None:
    order = {"transaction_id": "o-1", "value": 25.5, "currency": "EUR", "items": ITEMS}
    refund = {"transaction_id": "o-1", "value": 5.5, "currency": "EUR"}
    events = [{"name": "purchase", "params": order}, {"name": "refund", "params": refund}]
    assert [one["code"] for one in collect(proxy, shop.write_key, *events)["refused"]] == ["back_office"]
    assert collect(proxy, shop.server_key, events[1]) == {"success": True}
    shop.settle()
    assert shop.customer("ada")["orders"]["refunded"] == {"EUR": "5.50"}
