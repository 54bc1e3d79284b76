"""Who may read and send, and that stores see nothing of each other."""

from __future__ import annotations

import httpx
import pytest

from tests.product.contract.ada import EVENT_ROUTES, READS, assert_error, viewed
from tests.product.running import Product, Shop

pytestmark = pytest.mark.product


@pytest.mark.parametrize("path", READS)
def test_reading_without_a_token_that_may_read_is_401(story: Shop, at_the_api: httpx.Client, path: str) -> None:
    url = "/api/v1" + path.format(id=story.customer("ada")["customer_id"])
    wrong = ["", "Bearer", "Bearer wrong", "Basic x", f"Bearer {story.write_key}", f"Bearer {story.server_key}"]
    for authorization in wrong:
        assert_error(at_the_api.get(url, headers={"Authorization": authorization}), 401, "unauthorized")
    assert_error(at_the_api.get(url), 401, "unauthorized")
    assert at_the_api.get(url, headers={"Authorization": f"Bearer {story.admin_token}"}).status_code == 200


@pytest.mark.parametrize("route", EVENT_ROUTES)
def test_sending_without_a_key_that_may_send_is_401(story: Shop, anybody: httpx.Client, route: str) -> None:
    body = {"type": "track", "event": "X", "userId": "mallory", "batch": []}
    for key in ("", "wrong", story.query_token, story.admin_token):
        assert_error(anybody.post(f"/v1/{route}", json={**body, "writeKey": key}), 401, "unauthorized")
        assert_error(anybody.post(f"/v1/{route}", json=body, auth=(key, "")), 401, "unauthorized")


def test_a_store_sees_nothing_of_another(story: Shop, other: Shop) -> None:
    ada = story.customer("ada")["customer_id"]
    assert other.get("/customers") == {"items": [], "next_cursor": None}
    assert other.get("/customers", search="ada") == {"items": [], "next_cursor": None}
    assert other.get("/customers/by/email/ada@example.org")["items"] == []
    for path in (
        f"/customers/{ada}", f"/customers/{ada}/journey", f"/customers/{ada}/events", "/customers/by/user_id/ada",
        "/customers/by/anonymous_id/visitor",
    ):  # fmt: skip
        for params in ({}, {"as_of": "2026-06-01T00:00:00Z"}):
            assert_error(other.ask(path, **params), 404, "not_found")
    assert viewed(other) == 0


def test_the_same_ids_in_two_stores_are_two_customers(product: Product) -> None:
    first, second = product.new_store(), product.new_store(currency="SEK")
    for shop, total in ((first, 1), (second, 2)):
        order = {"order_id": "o-1", "total": total}
        shop.send({"type": "track", "event": "Order Completed", "userId": "u", "messageId": "m", "properties": order})
    first.settle()
    assert first.customer("u")["orders"]["revenue"] == {"EUR": "1.00"}
    assert second.customer("u")["orders"]["revenue"] == {"SEK": "2.00"}
    assert first.customer("u")["customer_id"] != second.customer("u")["customer_id"]
