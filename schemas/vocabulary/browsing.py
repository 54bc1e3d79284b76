"""Browsing: searches, lists, promotions and products that were looked at."""

from __future__ import annotations

from typing_extensions import TypedDict

from schemas.vocabulary.event_type import EventType
from schemas.vocabulary.values import Amount, Anything, Currency, Product, Products, Text


class ProductsSearched(TypedDict, total=False):
    query: Text


class ProductList(TypedDict, total=False):
    list_id: Text
    category: Text
    products: Products
    filters: Anything
    sorts: Anything


class Promotion(TypedDict, total=False):
    promotion_id: Text
    creative: Text
    name: Text
    position: Text


class ProductSeen(Product, total=False):
    currency: Currency
    value: Amount


class PageLeft(TypedDict, total=False):
    seconds: Amount
    scroll_percent: Amount


PAGE_LEFT = EventType(
    name="Page Left",
    fact="PageLeft",
    properties=PageLeft,
)
PRODUCTS_SEARCHED = EventType(
    name="Products Searched",
    fact="ProductsSearched",
    older_names=("Searched Products",),
    properties=ProductsSearched,
)
PRODUCT_LIST_VIEWED = EventType(
    name="Product List Viewed",
    fact="ProductListViewed",
    older_names=("Viewed Product Category", "Viewed Product List"),
    properties=ProductList,
)
PRODUCT_LIST_FILTERED = EventType(
    name="Product List Filtered",
    fact="ProductListFiltered",
    older_names=("Filtered Product List",),
    properties=ProductList,
)
PROMOTION_VIEWED = EventType(
    name="Promotion Viewed",
    fact="PromotionViewed",
    older_names=("Viewed Promotion",),
    properties=Promotion,
)
PROMOTION_CLICKED = EventType(
    name="Promotion Clicked",
    fact="PromotionClicked",
    older_names=("Clicked Promotion",),
    properties=Promotion,
)
PRODUCT_CLICKED = EventType(
    name="Product Clicked",
    fact="ProductClicked",
    older_names=("Clicked Product",),
    properties=ProductSeen,
)
PRODUCT_VIEWED = EventType(
    name="Product Viewed",
    fact="ProductViewed",
    older_names=("Viewed Product",),
    properties=ProductSeen,
)
