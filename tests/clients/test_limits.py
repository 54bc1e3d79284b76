"""Limits that an operator sets, as a real client meets them: it waits as it is told, and loses nothing."""

from __future__ import annotations

import importlib.util
import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.clients.conftest import missing, names_of
from tests.product.running import RunningProduct, Shop

pytestmark = pytest.mark.product

CONNECTIONS = 12
LIMITS = {
    "FOOTFALL_EVENTS_PER_KEY": "10",
    "FOOTFALL_REQUESTS_PER_ADDRESS": "2",
    "FOOTFALL_TRUSTED_PROXIES": "1",
    "FOOTFALL_MAX_CONNECTIONS": str(CONNECTIONS),
}


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningProduct]:
    product = RunningProduct(tmp_path_factory.mktemp("limited") / "data", **LIMITS)
    product.start()
    yield product
    product.close()


@pytest.fixture
def busy(limited: RunningProduct) -> Shop:
    return limited.new_store()


@pytest.mark.embedded("a collector counts what comes to itself: the same code in both modes")
def test_a_client_that_is_too_quick_is_told_to_wait_and_loses_nothing(busy: Shop) -> None:
    if importlib.util.find_spec("segment") is None:
        missing("segment-analytics-python")
    from segment.analytics import request  # noqa: PLC0415 - it may be missing
    from segment.analytics.client import Client  # noqa: PLC0415

    failures: list[object] = []
    client = Client(
        busy.write_key,
        host=busy.product.url,
        upload_size=60,
        on_error=lambda error, _: failures.append(error),
    )
    for number in range(130):
        client.track("grace", "Product Viewed", {"product_id": f"p-{number}"})
    client.flush()
    client.join()
    request._session.close()
    assert failures == []
    busy.settle()
    assert names_of(busy, "grace") == {"Product Viewed": 130}


@pytest.mark.embedded("a collector counts what comes to itself: the same code in both modes")
def test_a_batch_beyond_the_limit_gets_through_and_the_next_waits_for_it(busy: Shop) -> None:
    busy.send(*({"type": "page", "userId": "ada", "messageId": f"m-{number}"} for number in range(400)))
    refused = busy.post("/v1/page", {"userId": "ada"})
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert 20 <= int(refused.headers["retry-after"]) == int(refused.headers["x-ratelimit-reset"]) <= 31


@pytest.mark.embedded("a collector counts what comes to itself: the same code in both modes")
def test_addresses_are_limited_each_by_what_the_proxy_saw(busy: Shop) -> None:
    def sent(forwarded: str) -> int:
        headers = {"x-forwarded-for": forwarded}
        return busy.http.post("/v1/track", content=b"{}", auth=(busy.write_key, ""), headers=headers).status_code

    flood = [sent(f"{spoofed}.1.1.1, 203.0.113.7") for spoofed in range(30)]
    assert flood.count(429) >= 5
    assert set(flood) == {400, 429}
    assert sent("203.0.113.7, 203.0.113.8") == 400


@pytest.mark.embedded("a collector counts what comes to itself: the same code in both modes")
def test_beyond_the_most_connections_newcomers_are_turned_away(limited: RunningProduct) -> None:
    with ExitStack() as stack:
        opened = [
            stack.enter_context(socket.create_connection(("127.0.0.1", limited.port), timeout=10))
            for _ in range(CONNECTIONS + 5)
        ]
        answer = opened[-1].recv(4096)
    assert answer.startswith(b"HTTP/1.1 503")
    assert b"\r\nretry-after: 1\r\n" in answer
