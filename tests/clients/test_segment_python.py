"""Segment's Python SDK, unchanged but for the host."""

from __future__ import annotations

import importlib.util
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.clients.conftest import missing, names_of
from tests.clients.flaky_proxy import FlakyProxy
from tests.product.running import Shop

pytestmark = pytest.mark.product

Sdk = Callable[..., Any]


@pytest.fixture
def sdk(shop: Shop, proxy: FlakyProxy) -> Iterator[Sdk]:
    """Makes clients of the shop that send through the proxy."""
    if importlib.util.find_spec("segment") is None:
        missing("segment-analytics-python")
    from segment.analytics import request  # noqa: PLC0415 - it may be missing
    from segment.analytics.client import Client  # noqa: PLC0415

    made: list[Any] = []
    failures: list[Any] = []

    def make(key: str = shop.write_key, **options: Any) -> Any:
        errors = {"on_error": lambda error, _: failures.append(error)}
        made.append(Client(key, host=proxy.url, **errors, **options))
        return made[-1]

    yield make
    for one in made:
        one.join()
    request._session.close()
    assert failures == []


def test_every_call_arrives(shop: Shop, sdk: Sdk) -> None:
    client = sdk()
    client.track(anonymous_id="visitor", event="Product Viewed", properties={"product_id": "p-1", "price": 19.9})
    client.identify("ada", {"email": "Ada@Example.org", "firstName": "Ada"}, anonymous_id="visitor")
    client.page("ada", "Docs", "Home", {"url": "https://shop.example/"})
    client.screen("ada", "App", "Start")
    client.group("ada", "company", {"name": "Analytical Engines"})
    client.alias("an-earlier-visitor", "ada")
    client.flush()
    shop.settle()
    assert names_of(shop, "ada") == Counter(["Product Viewed", "identify", "page", "screen", "group", "alias"])
    profile = shop.customer("ada")
    assert profile["anonymous_ids"] == ["an-earlier-visitor", "visitor"]
    assert (profile["traits"]["email"], profile["traits"]["name"]) == ("Ada@Example.org", "Ada")
    assert shop.get("/customers/by/email/ada@example.org")["items"][0]["customer_id"] == profile["customer_id"]


def test_an_alias_merges_two_users_where_the_shops_server_says_it(shop: Shop, sdk: Sdk) -> None:
    page, server = sdk(), sdk(shop.server_key)
    for user in ("old", "new"):
        page.track(user, "Product Viewed", {"product_id": "p-1"})
    page.alias("old", "new")
    page.flush()
    shop.settle()
    assert shop.customer("new")["user_ids"] == ["new"]
    server.alias("old", "new")
    server.flush()
    shop.settle()
    assert shop.customer("old")["user_ids"] == ["new", "old"]


def test_batches_arrive_whole_packed_or_not(shop: Shop, sdk: Sdk, proxy: FlakyProxy) -> None:
    for user, options in (("packed", {"gzip": True}), ("plain", {})):
        client = sdk(upload_size=100, upload_interval=0.2, **options)
        for number in range(250):
            client.track(user, "Product Viewed", {"product_id": f"p-{number}"})
        client.flush()
    shop.settle()
    assert (names_of(shop, "packed"), names_of(shop, "plain")) == ({"Product Viewed": 250}, {"Product Viewed": 250})
    assert {one.headers.get("content-encoding") for one in proxy.requests} == {"gzip", None}
    assert max(len(one.message_ids) for one in proxy.requests) > 1


def test_after_lost_and_broken_answers_the_same_events_come_again_and_count_once(
    shop: Shop, sdk: Sdk, proxy: FlakyProxy
) -> None:
    proxy.order("lose the answer", "cut the request", "cut the answer", "delay")
    client = sdk()
    for number in range(5):
        client.track("grace", "Product Added", {"product_id": f"p-{number}"})
    client.flush()
    first, second = (set(one.message_ids) for one in proxy.requests[:2])
    assert first & second, "the client did not send again"
    shop.settle()
    assert names_of(shop, "grace") == {"Product Added": 5}
    assert shop.customer("grace")["events"] == 5


def test_after_a_503_the_client_tries_again(shop: Shop, sdk: Sdk, proxy: FlakyProxy) -> None:
    proxy.order("answer 503", "answer 503")
    client = sdk()
    client.track("edsger", "Product Viewed", {"product_id": "p-1"})
    client.flush()
    assert len(proxy.requests) == 3
    shop.settle()
    assert names_of(shop, "edsger") == {"Product Viewed": 1}


def test_a_wrong_key_is_told_to_the_client_and_not_tried_again(proxy: FlakyProxy, sdk: Sdk) -> None:
    from segment.analytics.client import Client  # noqa: PLC0415 - `sdk` sees whether it is there

    told: list[Any] = []
    client = Client("wk_wrong", host=proxy.url, on_error=lambda error, _: told.append(error))
    client.track("nobody", "Product Viewed")
    client.join()
    assert [(error.status, error.code) for error in told] == [(401, "unauthorized")]
    assert len(proxy.requests) == 1
