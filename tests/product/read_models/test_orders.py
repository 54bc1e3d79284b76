"""Orders (docs/definitions.md) by the real SQL, against answers worked out by hand."""

from __future__ import annotations

import pytest

from tests.product.read_models.shop import Json, Store, at

pytestmark = pytest.mark.product


def orders(store: Store, user: str = "ada") -> Json:
    found: Json = store.user(user)["orders"]
    return found


def test_browser_and_server_report_one_order_and_the_server_decides(store: Store) -> None:
    store.say("Order Completed", 1, user="ada", order_id="o", total="10.00")
    store.say("Order Completed", 2, user="ada", order_id="o", total="12.00", server=True, products=[{"quantity": 3}])
    store.say("Order Completed", 3, user="ada", order_id="o", total="99.00", server=True)
    found = orders(store)
    assert (found["count"], found["revenue"], found["items"]) == (1, {"EUR": "12.00"}, 3)
    assert found["first_at"] == found["last_at"] == at(2)


def test_an_order_belongs_to_the_person_of_its_deciding_fact(store: Store) -> None:
    store.say("Order Completed", 1, anonymous="a-1", order_id="o", total="10.00")
    assert store.visitor("a-1") is not None
    store.say("Order Completed", 2, user="ada", order_id="o", total="12.00", server=True)
    visitor = store.visitor("a-1")
    assert visitor is not None
    assert (visitor["orders"]["count"], visitor["orders"]["revenue"]) == (0, {})
    assert (orders(store)["count"], orders(store)["revenue"]) == (1, {"EUR": "12.00"})


def test_updates_replace_amount_and_lines_each_by_the_last_that_says_them(store: Store) -> None:
    store.say(
        "Order Completed", 1, user="ada", order_id="o", total="10.00", products=[{"product_id": "p", "quantity": 2}]
    )
    store.say("Order Updated", 2, user="ada", order_id="o", total="8.00", currency="USD")
    store.say("Order Updated", 3, user="ada", order_id="o", products=[{"product_id": "p"}, {"product_id": "q"}])
    store.say("Order Updated", 4, user="ada", order_id="other", total="1.00")
    found = orders(store)
    assert (found["count"], found["revenue"], found["items"]) == (1, {"USD": "8.00"}, 2)


def test_an_amount_is_the_total_else_the_revenue_else_the_lines(store: Store) -> None:
    store.say("Order Completed", 1, user="ada", order_id="1", total="1.00", revenue="5.00")
    store.say("Order Completed", 2, user="ada", order_id="2", revenue="0.10", products=[{"price": 7}])
    store.say("Order Completed", 3, user="ada", order_id="3", products=[{"price": "0.02", "quantity": 3}, {"price": 1}])
    found = orders(store)
    assert (found["count"], found["revenue"], found["items"]) == (3, {"EUR": "2.16"}, 5)


def test_a_cancelled_order_is_left_out_but_its_refunds_are_not(store: Store) -> None:
    store.say("Order Completed", 1, user="ada", order_id="kept", total="10.00")
    store.say("Order Completed", 2, user="ada", order_id="gone", total="5.00", products=[{"quantity": 2}])
    store.say("Order Cancelled", 3, user="ada", order_id="gone")
    store.say("Order Refunded", 4, user="ada", order_id="gone")
    found = orders(store)
    assert (found["count"], found["revenue"], found["refunded"]) == (1, {"EUR": "10.00"}, {"EUR": "5.00"})
    assert (found["items"], found["last_at"]) == (0, at(1))


def test_a_cancellation_may_come_before_its_order_and_by_another_stream(store: Store) -> None:
    store.say("Order Cancelled", 0, context={"traits": {"email": "x@example.com"}}, order_id="o")
    store.say("Order Completed", 2, user="ada", order_id="o", total="10.00")
    assert orders(store)["count"] == 0


def test_refunds_count_by_their_total_else_their_lines_else_the_order(store: Store) -> None:
    store.say("Order Completed", 1, user="ada", order_id="partial", total="10.00")
    store.say("Order Refunded", 2, user="ada", order_id="partial", total="2.50")
    store.say("Order Refunded", 3, user="ada", order_id="partial", products=[{"price": "1.00", "quantity": 2}])
    assert orders(store)["refunded"] == {"EUR": "4.50"}
    store.say("Order Completed", 4, user="ada", order_id="full", total="7.00", currency="USD")
    store.say("Order Refunded", 5, user="ada", order_id="full")
    assert orders(store)["refunded"] == {"EUR": "4.50", "USD": "7.00"}
    assert orders(store)["revenue"] == {"EUR": "10.00", "USD": "7.00"}


def test_a_refund_without_total_and_lines_takes_the_amount_of_its_order(store: Store) -> None:
    store.say("Order Completed", 1, user="ada", order_id="o", total="10.00")
    store.say("Order Refunded", 2, user="ada", order_id="o", revenue="3.00")
    assert orders(store)["refunded"] == {"EUR": "10.00"}


def test_a_refund_of_an_unknown_order_is_its_own_persons(store: Store) -> None:
    store.say("Order Refunded", 1, user="ada", order_id="unknown", total="2.00")
    store.say("Order Refunded", 2, user="ada", order_id="unknown too")
    store.say("Order Refunded", 3, user="eve", order_id="unknown", total="3.00")
    found = orders(store)
    assert (found["count"], found["revenue"], found["refunded"], found["first_at"]) == (0, {}, {"EUR": "2.00"}, None)
    assert orders(store, "eve")["refunded"] == {"EUR": "3.00"}


def test_an_unknown_order_has_no_amount_whatever_updates_say(store: Store) -> None:
    store.say("Order Updated", 1, user="ada", order_id="o", total="5.00", currency="USD", server=True)
    store.say("Order Refunded", 2, user="ada", order_id="o", server=True)
    assert orders(store)["refunded"] == {}
    store.say("Order Completed", 3, user="ada", order_id="o", total="9.00")
    assert orders(store)["refunded"] == {"USD": "5.00"}


def test_a_refund_counts_for_the_owner_of_the_order(store: Store) -> None:
    store.say("Order Completed", 1, user="ada", order_id="o", total="10.00")
    store.say("Order Refunded", 2, user="eve", order_id="o")
    assert orders(store)["refunded"] == {"EUR": "10.00"}
    assert orders(store, "eve")["refunded"] == {}


def test_currencies_are_never_added_up(store: Store) -> None:
    for number, currency in enumerate(["EUR", "USD", "EUR", None]):
        store.say("Order Completed", number, user="ada", order_id=str(number + 1), total="0.10", currency=currency)
    assert orders(store)["revenue"] == {"EUR": "0.30", "USD": "0.10"}


def test_orders_without_an_id_are_each_their_own(store: Store) -> None:
    store.say("Order Completed", 1, user="ada", total="1.00")
    store.say("Order Completed", 2, user="ada", total="1.00")
    found = orders(store)
    assert (found["count"], found["revenue"]) == (2, {"EUR": "2.00"})


def test_an_order_without_an_amount_counts_and_adds_no_revenue(store: Store) -> None:
    store.say("Order Completed", 1, user="ada", order_id="o")
    found = orders(store)
    assert (found["count"], found["revenue"], found["first_at"]) == (1, {}, at(1))


def test_amounts_with_many_decimals_are_kept_to_the_width_of_the_column(store: Store) -> None:
    store.say("Order Completed", 1, user="ada", order_id="1", products=[{"price": "1.234567", "quantity": "0.333333"}])
    store.say("Order Completed", 2, user="ada", order_id="2", total="999999999999999999.99")
    revenue = orders(store)["revenue"]["EUR"]
    assert revenue.startswith("1000000000000000000.401521921"[:28])
