"""The shared product and a proxy before it, for the tests with real clients."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.clients.flaky_proxy import FlakyProxy
from tests.product.running import Product, own_product, product, shop

__all__ = ["missing", "own_product", "product", "proxy", "shop"]


@pytest.fixture
def proxy(product: Product) -> Iterator[FlakyProxy]:
    with FlakyProxy(product.url).running() as running:
        yield running


def missing(what: str) -> None:
    """Skip a test whose client is not there, loudly; in CI that is a failure."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing", pytrace=False)
    pytest.skip(f"{what} is missing: `make setup` and `make test` install it")
