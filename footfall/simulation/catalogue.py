"""What the shop sells: ten categories of twelve products each, the same in every simulation."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

_RANGES = {
    "tea": (("Assam", "Darjeeling", "Sencha", "Rooibos"), 490, 2490),
    "coffee": (("Espresso", "Filter", "Decaf", "Crema"), 690, 2890),
    "mugs": (("Stoneware", "Porcelain", "Enamel", "Travel"), 990, 3490),
    "teapots": (("Glass", "Cast Iron", "Ceramic", "Steel"), 2490, 11900),
    "kettles": (("Whistling", "Electric", "Gooseneck", "Camping"), 2990, 14900),
    "grinders": (("Hand", "Burr", "Electric", "Pocket"), 3990, 24900),
    "biscuits": (("Butter", "Oat", "Ginger", "Almond"), 290, 990),
    "honey": (("Acacia", "Forest", "Heather", "Clover"), 590, 1890),
    "linen": (("Kitchen", "Table", "Waffle", "Striped"), 890, 4990),
    "gifts": (("Small", "Grand", "Winter", "Birthday"), 1990, 8990),
}
_FORMS = ("Classic", "No. 7", "Reserve")
_BRANDS = ("Nordlicht", "Halm & Co", "Kesselhaus", "Morgenrot", "Fjord Nine")


@dataclass(frozen=True)
class Product:
    """A product; its price in cents, so that sums are exact."""

    product_id: str
    name: str
    category: str
    brand: str
    cents: int

    @property
    def path(self) -> str:
        return f"/p/{self.product_id}"

    def properties(self, **more: Any) -> dict[str, Any]:
        """Return the product as events name it (P of the ecommerce specification)."""
        return {
            "product_id": self.product_id,
            "sku": self.product_id.upper(),
            "name": self.name,
            "category": self.category,
            "brand": self.brand,
            "price": euros(self.cents),
            "url": f"https://shop.example{self.path}",
            **more,
        }


def euros(cents: int) -> float:
    """Return cents as the number that a shop's JSON has."""
    return cents / 100


def _made() -> tuple[Product, ...]:
    chance = Random("catalogue")
    return tuple(
        Product(
            product_id=f"{category}-{number:02d}",
            name=f"{kind} {form} {category.capitalize()}",
            category=category,
            brand=chance.choice(_BRANDS),
            cents=chance.randrange(least, most, 50) + chance.choice((40, 49)),
        )
        for category, (kinds, least, most) in _RANGES.items()
        for number, (kind, form) in enumerate(((k, f) for k in kinds for f in _FORMS), 1)
    )


CATALOGUE = _made()
CATEGORIES = tuple(_RANGES)
IN_CATEGORY = {name: tuple(each for each in CATALOGUE if each.category == name) for name in CATEGORIES}
