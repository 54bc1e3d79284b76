"""Catalogue and stock: facts about the shop's products, of no person."""

from __future__ import annotations

from typing_extensions import TypedDict

from schemas.vocabulary.event_type import EventType
from schemas.vocabulary.values import Amount, Currency, Text


class CatalogueProduct(TypedDict, total=False):
    product_id: Text
    sku: Text
    name: Text
    category: Text
    brand: Text
    variant: Text
    price: Amount
    cost: Amount
    currency: Currency
    url: Text
    image_url: Text
    active: Text


class StockLevel(TypedDict, total=False):
    product_id: Text
    sku: Text
    level: Amount
    location: Text


PRODUCT_UPDATED = EventType(
    name="Product Updated",
    fact="ProductUpdated",
    properties=CatalogueProduct,
    back_office=True,
    about_store=True,
)
PRODUCT_DELETED = EventType(
    name="Product Deleted",
    fact="ProductDeleted",
    properties=CatalogueProduct,
    back_office=True,
    about_store=True,
)
STOCK_LEVEL_CHANGED = EventType(
    name="Stock Level Changed",
    fact="StockLevelChanged",
    properties=StockLevel,
    back_office=True,
    about_store=True,
)
