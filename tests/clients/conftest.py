"""The shared product, for the tests of this folder."""

from __future__ import annotations

from tests.product.running import own_product, product, shop

__all__ = ["own_product", "product", "shop"]
