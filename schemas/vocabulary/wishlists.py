"""Wishlists: products set aside, and taken from there into the cart."""

from __future__ import annotations

from schemas.vocabulary.event_type import EventType
from schemas.vocabulary.values import Currency, Product, Text


class WishlistChanged(Product, total=False):
    wishlist_id: Text
    wishlist_name: Text
    cart_id: Text
    currency: Currency


PRODUCT_ADDED_TO_WISHLIST = EventType(
    name="Product Added to Wishlist",
    fact="ProductAddedToWishlist",
    older_names=("Added Product to Wishlist",),
    properties=WishlistChanged,
)
PRODUCT_REMOVED_FROM_WISHLIST = EventType(
    name="Product Removed from Wishlist",
    fact="ProductRemovedFromWishlist",
    older_names=("Removed Product from Wishlist",),
    properties=WishlistChanged,
)
WISHLIST_PRODUCT_ADDED_TO_CART = EventType(
    name="Wishlist Product Added to Cart",
    fact="WishlistProductAddedToCart",
    older_names=("Added Wishlist Product to Cart",),
    properties=WishlistChanged,
)
