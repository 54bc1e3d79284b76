"""Bad and strange input, from the door to the answers."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.product.contract.ada import assert_error
from tests.product.running import Json, Shop, eventually

pytestmark = pytest.mark.product


def event(message_id: str, **fields: Any) -> Json:
    built = {"type": "track", "event": "Product Viewed", "userId": "u-1", "messageId": message_id, **fields}
    return {name: value for name, value in built.items() if value is not None}


def test_a_date_of_1970_is_refused_by_write_key_and_taken_by_server_key(shop: Shop) -> None:
    old = event("m-1", timestamp="1970-01-01T00:00:00Z")
    assert_error(shop.post("/v1/track", old), 400, "back_dated", "timestamp")
    assert shop.post("/v1/track", old, server=True).status_code == 200
    shop.settle()
    assert shop.customer("u-1")["first_seen"] == "1970-01-01T00:00:00.000000Z"
    eventually(lambda: shop.status()["dead_letters"] == 1, 10, "the dead letter")


def test_a_date_in_ten_years_is_taken_and_counts_as_the_moment_it_came_in(shop: Shop) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    assert shop.post("/v1/track", event("m-1", timestamp="2036-11-22T00:00:00Z")).status_code == 200
    shop.settle()
    (fact,) = shop.items(f"/customers/{shop.customer('u-1')['customer_id']}/events")
    assert fact["occurred_at"] == fact["received_at"]
    assert before <= datetime.fromisoformat(fact["occurred_at"]) <= datetime.now(UTC)


@pytest.mark.parametrize(
    "none", ["null", "undefined", "NULL", " ", "", "-1", "0", "00000000-0000-0000-0000-000000000000"]
)
def test_an_id_that_is_none_counts_as_absent(shop: Shop, none: str) -> None:
    assert_error(shop.post("/v1/track", event("m-1", userId=none, anonymousId=None)), 400, "no_id")
    assert shop.post("/v1/track", event("m-2", userId=none, anonymousId="visitor")).status_code == 200
    shop.settle()
    (only,) = shop.items("/customers")
    assert (only["user_ids"], only["anonymous_ids"]) == ([], ["visitor"])


def test_a_bad_event_of_a_batch_is_named_and_its_neighbours_are_kept(shop: Shop) -> None:
    before = shop.status()["dead_letters"]
    answer = shop.send(
        event("good-1"),
        event("no-id", userId=None),
        event("old", timestamp="1970-01-01T00:00:00Z"),
        event("no-name", event=None),
        event("wrong-type", properties="none"),
        {"type": "dance", "userId": "u-1", "messageId": "unknown"},
        event("cancel", event="Order Cancelled", properties={"order_id": "o-1"}),
        event("x" * 101),
        event("big", properties={"text": "x" * 40_000}),
        event("good-2"),
    )
    assert [(one["index"], one["messageId"][:10], one["code"]) for one in answer["refused"]] == [
        (1, "no-id", "no_id"),
        (2, "old", "back_dated"),
        (3, "no-name", "missing_event"),
        (4, "wrong-type", "wrong_type"),
        (5, "unknown", "unknown_type"),
        (6, "cancel", "back_office"),
        (7, "x" * 10, "message_id_too_long"),
        (8, "big", "event_too_large"),
    ]
    assert all(set(one) == {"index", "messageId", "code", "field", "message"} for one in answer["refused"])
    shop.settle()
    facts = shop.items(f"/customers/{shop.customer('u-1')['customer_id']}/events")
    assert sorted(fact["message_id"] for fact in facts) == ["good-1", "good-2"]
    eventually(lambda: shop.status()["dead_letters"] == before + 8, 10, "the dead letters")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b"", 400),
        (b"\xff\xfe", 400),
        (b'{"batch": [{"userId": "\xff"}]}', 200),
        (b'{"batch": [{"type": "track", "event": "X", "userId": "u", "properties": {"n": NaN}}]}', 200),
        (b'{"batch": [{"type": "track", "event": "X", "userId": "u\\u0000", "messageId": "null byte"}]}', None),
        (b'{"batch": ' + b"[" * 100 + b"]" * 100 + b"}", None),
        (b'{"batch": [' + b"," * 10 + b"]}", 200),
        (json.dumps({"batch": [{"type": "track"}] * 2501}).encode(), 400),
        (b'{"batch": [], "padding": "' + b"x" * 600_000 + b'"}', 413),
    ],
)
def test_no_body_makes_the_product_stumble(shop: Shop, body: bytes, status: int | None) -> None:
    answer = shop.post("/v1/batch", body)
    assert answer.status_code in ((200, 400) if status is None else (status,)), answer.text
    if answer.status_code != 200:
        assert_error(answer, answer.status_code, answer.json()["code"])
    shop.send(event("after"))
    shop.settle()
    assert shop.customer("u-1")["events"] == 1


def test_money_stays_exact_however_large_or_small(shop: Shop) -> None:
    amounts = ["0.1", "0.2", "12345678901234.56", "0.01"]
    body = ",".join(
        f'{{"type": "track", "event": "Order Completed", "userId": "u-1", "messageId": "m-{n}", '
        f'"properties": {{"order_id": "o-{n}", "total": {amount}}}}}'
        for n, amount in enumerate(amounts)
    )
    assert shop.post("/v1/batch", f'{{"batch": [{body}]}}'.encode()).json() == {"success": True}
    shop.settle()
    revenue = Decimal(shop.customer("u-1")["orders"]["revenue"]["EUR"])
    assert revenue == sum(Decimal(amount) for amount in amounts)
