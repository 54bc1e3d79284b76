"""What the sample shop's server makes of an order: its own prices, one customer an address, one report an order."""

from __future__ import annotations

from typing import Any

import pytest

from footfall.demo.ordering import NotAnOrder, catalogue, customer_id, order, reports
from footfall.demo.storefront import FOLDER

PRODUCTS = catalogue(FOLDER)
GRACE = {"name": "Grace Hopper", "email": "grace@example.org"}


def said(*lines: tuple[str, Any], **more: Any) -> dict[str, Any]:
    return {**GRACE, "lines": [{"id": product, "quantity": quantity} for product, quantity in lines], **more}


def test_the_total_is_that_of_the_catalogue_and_the_postage() -> None:
    placed = order(said(("assam-second-flush", 2), ("honey-acacia", 1)), PRODUCTS, "WT-1", None)
    completed, paid = reports(placed)
    assert completed["properties"]["total"] == paid["properties"]["total"] == 43.60
    assert completed["properties"]["shipping"] == 4.90


@pytest.mark.parametrize("more", [{"shipping": "pickup"}, {"lines": [{"id": "teapot-cast-iron", "quantity": 1}]}])
def test_who_fetches_it_or_buys_much_pays_no_postage(more: dict[str, Any]) -> None:
    assert order(said(("honey-acacia", 1), **more), PRODUCTS, "WT-1", None).shipping == 0


@pytest.mark.parametrize("quantity", [0, -1, 101, 1.5, "1", None])
def test_nobody_orders_a_number_that_is_none(quantity: Any) -> None:
    with pytest.raises(NotAnOrder):
        order(said(("honey-acacia", quantity)), PRODUCTS, "WT-1", None)


@pytest.mark.parametrize("wrong", [{"email": "grace"}, {"email": None}, {"name": " "}, {"lines": []}, {"lines": [{}]}])
def test_what_is_no_order_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(NotAnOrder):
        order({**said(("honey-acacia", 1)), **wrong}, PRODUCTS, "WT-1", None)


def test_an_address_is_one_customer_however_it_is_written() -> None:
    assert customer_id(" Grace@Example.org") == customer_id("grace@example.org") != customer_id("ada@example.org")


def test_a_report_sent_again_has_the_same_ids_and_names_the_visitor() -> None:
    placed = order(said(("honey-acacia", 1)), PRODUCTS, "WT-1", "visitor-1")
    assert [each["messageId"] for each in reports(placed)] == ["WT-1 Order Completed", "WT-1 Order Paid"]
    assert {(each["userId"], each["anonymousId"]) for each in reports(placed)} == {
        (customer_id(GRACE["email"]), "visitor-1")
    }
