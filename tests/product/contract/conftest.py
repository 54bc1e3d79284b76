"""The store of the contract's tests, and clients without a key."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.product.contract.ada import ADA, VISITORS
from tests.product.running import Product, Shop, client


@pytest.fixture(scope="package")
def story(product: Product) -> Shop:
    """A store with Ada, and visitors who came after her."""
    shop = product.new_store()
    visitors = [
        {
            "type": "track",
            "event": "Product Viewed",
            "anonymousId": f"visitor-{number}",
            "messageId": f"v-{number}-{view}",
            "timestamp": f"2026-03-02T{number % 7:02}:{view:02}:00Z",
            "properties": {"product_id": f"p-{view}"},
        }
        for number in range(VISITORS)
        for view in range(number % 4 + 1)
    ]
    assert shop.send(*ADA, *visitors, server=True) == {"success": True}
    shop.settle()
    return shop


@pytest.fixture(scope="package")
def other(product: Product) -> Shop:
    return product.new_store()


@pytest.fixture(scope="package")
def anybody(product: Product) -> Iterator[httpx.Client]:
    """A client without any key."""
    with client(product.url) as http:
        yield http


@pytest.fixture(scope="package")
def at_the_api(product: Product) -> Iterator[httpx.Client]:
    """A client without a key at the door of the query API; in the embedded mode it is the same door."""
    with client(product.api_url) as http:
        yield http
