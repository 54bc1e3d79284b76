"""Sharing: a product or a cart shown to somebody else.

`recipient`, and any address in these events, is somebody else's: they name no address of the person.
"""

from __future__ import annotations

from typing_extensions import TypedDict

from schemas.vocabulary.event_type import EventType
from schemas.vocabulary.values import Product, Products, Text, Texts


class ProductShared(Product, total=False):
    share_via: Text
    share_message: Text
    recipient: Texts


class CartShared(TypedDict, total=False):
    share_via: Text
    share_message: Text
    recipient: Texts
    cart_id: Text
    products: Products


PRODUCT_SHARED = EventType(
    name="Product Shared",
    fact="ProductShared",
    older_names=("Shared Product",),
    properties=ProductShared,
    names_others=True,
)
CART_SHARED = EventType(
    name="Cart Shared",
    fact="CartShared",
    older_names=("Shared Cart",),
    properties=CartShared,
    names_others=True,
)
