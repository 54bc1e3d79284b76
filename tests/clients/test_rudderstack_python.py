"""RudderStack's Python SDK, unchanged but for the host."""

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
    if importlib.util.find_spec("rudderstack") is None:
        missing("rudder-sdk-python")
    from rudderstack.analytics import request  # noqa: PLC0415 - it may be missing
    from rudderstack.analytics.client import Client  # noqa: PLC0415

    made: list[Any] = []
    failures: list[Any] = []

    def make(key: str = shop.write_key, **options: Any) -> Any:
        made.append(Client(key, host=proxy.url, on_error=lambda error, _: failures.append(error), **options))
        made[-1].failures = failures
        return made[-1]

    yield make
    for one in made:
        one.join()
    request._session.close()


def test_every_call_arrives_with_traits_that_are_in_the_context_alone(shop: Shop, sdk: Sdk, proxy: FlakyProxy) -> None:
    client = sdk()
    client.track(anonymous_id="visitor", event="Product Viewed", properties={"product_id": "p-1", "price": 19.9})
    client.identify("ada", {"email": "Ada@Example.org", "firstName": "Ada"}, anonymous_id="visitor")
    client.page("ada", "Docs", "Home", {"url": "https://shop.example/"})
    client.screen("ada", "App", "Start")
    client.group("ada", "company", {"name": "Analytical Engines"})
    client.alias("an-earlier-visitor", "ada")
    client.flush()
    assert client.failures == []
    assert all(
        "traits" not in one for sent in proxy.requests for one in sent.body["batch"] if one["type"] == "identify"
    )
    shop.settle()
    assert names_of(shop, "ada") == Counter(["Product Viewed", "identify", "page", "screen", "group", "alias"])
    profile = shop.customer("ada")
    assert profile["anonymous_ids"] == ["an-earlier-visitor", "visitor"]
    assert (profile["traits"]["email"], profile["traits"]["name"]) == ("Ada@Example.org", "Ada")


@pytest.mark.parametrize("packed", [True, False])
def test_after_lost_and_broken_answers_the_same_events_come_again_and_count_once(
    shop: Shop, sdk: Sdk, proxy: FlakyProxy, packed: bool
) -> None:
    proxy.order("lose the answer", "delay", "cut the request", "answer 503", "cut the answer")
    client = sdk(gzip=packed, upload_size=20)
    for number in range(60):
        client.track("grace", "Product Added", {"product_id": f"p-{number}"})
    client.flush()
    assert client.failures == []
    assert max(proxy.times_sent().values()) > 1, "the client did not send again"
    assert {one.headers.get("content-encoding") for one in proxy.requests} == {"gzip" if packed else None}
    shop.settle()
    assert names_of(shop, "grace") == {"Product Added": 60}


def test_a_wrong_key_is_told_to_the_client_and_not_tried_again(proxy: FlakyProxy, sdk: Sdk) -> None:
    client = sdk("wk_wrong")
    client.track("nobody", "Product Viewed")
    client.flush()
    assert [(error.status, error.code) for error in client.failures] == [(401, "unauthorized")]
    assert len(proxy.requests) == 1
