"""What a store records of those who did not consent, from the wire to the answers (docs/consent.md)."""

from __future__ import annotations

import httpx
import pytest

from tests.product.running import Json, Product, Shop, eventually

pytestmark = pytest.mark.product

YES: Json = {"consent": {"categoryPreferences": {"analytics": True}}}


def chosen(product: Product, shop: Shop, choice: str) -> None:
    assert product.command("store", "consent", shop.name, choice).strip() == choice

    def known() -> bool:
        probe = {"type": "page", "anonymousId": "probe"}
        return shop.post("/v1/batch", {"batch": [probe]}).json().get("refused") is not None

    if choice == "required":
        eventually(known, 30, "the choice being known")


def test_without_consent_nothing_is_kept_where_it_is_required(product: Product, shop: Shop) -> None:
    chosen(product, shop, "required")
    before = shop.settle()
    page: Json = {"type": "page", "messageId": "1"}
    said = shop.post("/v1/batch", {"batch": [{**page, "userId": "ada"}, {**page, "userId": "bob", "context": YES}]})
    assert [(one["index"], one["code"]) for one in said.json()["refused"]] == [(0, "no_consent")]
    assert shop.post("/v1/page", {**page, "userId": "ada"}).json()["code"] == "no_consent"
    after = shop.settle()
    assert shop.ask("/customers/by/user_id/ada").status_code == 404
    assert shop.customer("bob")["events"] == 1
    assert after["dead_letters"] == before["dead_letters"]
    assert after["accepted"] == before["accepted"] + 1
    assert after["refused_for_consent"] == before["refused_for_consent"] + 1, "a message counts once"
    assert "footfall_refused_for_consent_events_total" in httpx.get(f"{product.api_url}/metrics").text


def test_what_is_left_without_identity_is_nobodys(product: Product) -> None:
    shop = product.new_store()
    assert product.command("store", "consent", shop.name, "anonymous").strip() == "anonymous"

    def is_nobody() -> bool:
        shop.send({"type": "page", "userId": "ada"})
        before = shop.settle()["recorded"]
        events = shop.items("/customers")
        shop.send({"type": "page", "userId": "ada"})
        return shop.settle()["recorded"] == before + 1 and shop.items("/customers") == events

    eventually(is_nobody, 30, "the choice being known")
    order = {"event": "Order Completed", "properties": {"order_id": "1", "total": "5"}}
    viewed = {"event": "Product Viewed", "properties": {"product_id": "assam"}}
    shop.send(*({"type": "track", "userId": "eve", **said} for said in (order, viewed)))
    shop.settle()
    assert (shop.customer("eve")["events"], shop.customer("eve")["orders"]["count"]) == (1, 1)
    steps = shop.question("funnel", {"steps": [{"event": "Product Viewed"}]}).json()["steps"]
    assert steps[0]["count"] == 0
    product.command("verify")
