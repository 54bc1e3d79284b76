"""The shared product and a proxy before it, for the tests with real clients."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.clients.flaky_proxy import FlakyProxy
from tests.product.running import Product, Shop, own_product, product, shop

__all__ = ["missing", "names_of", "own_product", "product", "proxy", "shop"]


@pytest.fixture
def proxy(product: Product) -> Iterator[FlakyProxy]:
    with FlakyProxy(product.url).running() as running:
        yield running


def names_of(shop: Shop, user_id: str) -> Counter[str]:
    """Return how often each event is among the facts of a customer."""
    customer = shop.customer(user_id)["customer_id"]
    return Counter(event["name"] for event in shop.items(f"/customers/{customer}/events", limit=1000))


def missing(what: str) -> None:
    """Skip a test whose client is not there, loudly; in CI that is a failure."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing", pytrace=False)
    pytest.skip(f"{what} is missing: `make setup` and `make test` install it")
