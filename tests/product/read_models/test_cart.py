"""The cart (docs/definitions.md) by the real SQL, against answers worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.product.read_models.shop import Json, Store, at

pytestmark = pytest.mark.product


def cart(profile: Json) -> dict[str, tuple[Any, Any]]:
    return {item["product_id"]: (item["quantity"], item["price"]) for item in profile["cart"]["items"]}


def test_a_cart_is_folded_in_the_order_of_facts_and_never_falls_below_zero(store: Store) -> None:
    store.say("Product Added", 3, user="ada", product_id="p", quantity=2, price="3.00")
    store.say("Product Removed", 2, user="ada", product_id="p", quantity=5)
    store.say("Product Added", 1, user="ada", product_id="p", quantity=1)
    store.say("Product Added", 4, user="ada", sku="s")
    store.say("Product Removed", 5, user="ada", product_id="never-added", quantity=1)
    profile = store.user("ada")
    assert cart(profile) == {"p": (2, "3.00"), "s": (1, None)}
    assert profile["cart"]["value"] == {"EUR": "6.00"}
    assert profile["cart"]["updated_at"] == at(5)


def test_a_removal_without_quantity_removes_the_line(store: Store) -> None:
    store.say("Product Added", 1, user="ada", product_id="p", quantity=7)
    store.say("Product Removed", 2, user="ada", product_id="p")
    store.say("Product Added", 3, user="ada", product_id="p", quantity="0.5")
    store.say("Product Added", 4, user="ada", product_id="q", quantity=7)
    store.say("Product Removed", 5, user="ada", product_id="q")
    assert cart(store.user("ada")) == {"p": (0.5, None)}


def test_price_and_currency_are_those_of_the_last_addition_that_names_a_price(store: Store) -> None:
    store.say("Product Added", 1, user="ada", product_id="p", price="1.00", currency="USD")
    store.say("Product Added", 2, user="ada", product_id="p", price="2.00", currency="CHF")
    store.say("Product Added", 3, user="ada", product_id="p", currency="GBP")
    store.say("Product Removed", 4, user="ada", product_id="p", price="9.00", quantity=1)
    profile = store.user("ada")
    assert cart(profile) == {"p": (2, "2.00")}
    assert profile["cart"]["value"] == {"CHF": "4.00"}


def test_an_order_clears_the_cart_also_when_it_arrives_late(store: Store) -> None:
    store.say("Product Added", 1, user="ada", product_id="p")
    store.say("Product Added", 3, user="ada", product_id="q")
    store.say("Order Completed", 2, user="ada", order_id="o", total=1)
    assert cart(store.user("ada")) == {"q": (1, None)}
    store.say("Order Completed", 4, user="ada", order_id="o2", total=1)
    assert store.user("ada")["cart"] == {"items": [], "value": {}, "updated_at": at(4)}
