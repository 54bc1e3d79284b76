"""A ClickHouse that stands still (SIGSTOP): events are taken meanwhile, nothing is lost, and the answers come later."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.faults.ledger import Load, audit
from tests.product.running import RunningProduct, Shop, client, eventually

pytestmark = [pytest.mark.product, pytest.mark.slow]

STANDSTILL = 15.0
MANY = 60
"""More questions than the query API has threads."""


def test_a_clickhouse_that_stands_still_delays_answers_and_loses_nothing(product: RunningProduct, shop: Shop) -> None:
    with Load(shop, seed=3) as load:
        eventually(lambda: load.ledger.answers["200"] >= 20, 20, "the first answers")
        clickhouse = product.process("clickhouse")
        clickhouse.suspend()
        try:
            taken = load.ledger.answers["200"]
            threading.Event().wait(STANDSTILL)
            assert load.ledger.answers["200"] > taken + 20, "events are not taken while ClickHouse stands still"
            assert shop.status()["settled"] is False
            assert product.ready()
        finally:
            clickhouse.resume()
    shop.settle(within=60)
    assert audit(shop, load.ledger).problems == ()
    assert set(load.ledger.answers) == {"200"}


def test_questions_that_hang_keep_nobody_from_the_status(product: RunningProduct, shop: Shop) -> None:
    shop.send({"type": "identify", "userId": "u-1", "messageId": "m-1"})
    shop.settle()
    customer = "/customers/by/user_id/u-1"
    clickhouse = product.process("clickhouse")
    with ThreadPoolExecutor(MANY) as pool:
        clickhouse.suspend()
        try:
            asked = [pool.submit(shop.ask, customer) for _ in range(MANY)]
            threading.Event().wait(2.0)
            with client(product.url, timeout=10, Authorization=f"Bearer {shop.query_token}") as analyst:
                assert analyst.get("/api/v1/status").status_code == 200
        finally:
            clickhouse.resume()
        answers: list[httpx.Response] = [one.result() for one in asked]
    assert {said.status_code for said in answers} <= {200, 503}
    assert shop.get(customer)["user_ids"] == ["u-1"]
