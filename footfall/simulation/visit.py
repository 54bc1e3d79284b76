"""One visit to the shop: what a browser says while somebody looks around, fills a cart and pays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from footfall.simulation.arrivals import Arrival
from footfall.simulation.catalogue import CATALOGUE, CATEGORIES, IN_CATEGORY, Product, euros
from footfall.simulation.message import Browser
from footfall.simulation.people import Customer

FREE_SHIPPING_FROM = 5000
SHIPPING = 490
Cart = list[tuple[Product, int]]


@dataclass(frozen=True)
class Order:
    """An order as the shop's page and its server both know it."""

    order_id: str
    cart: tuple[tuple[Product, int], ...]
    coupon: str = ""
    discount: int = 0

    @property
    def revenue(self) -> int:
        return sum(product.cents * quantity for product, quantity in self.cart) - self.discount

    @property
    def shipping(self) -> int:
        return 0 if self.revenue >= FREE_SHIPPING_FROM else SHIPPING

    def properties(self) -> dict[str, Any]:
        coupon = {"coupon": self.coupon, "discount": euros(self.discount)} if self.coupon else {}
        return {
            "order_id": self.order_id,
            "revenue": euros(self.revenue),
            "shipping": euros(self.shipping),
            "total": euros(self.revenue + self.shipping),
            "currency": "EUR",
            **coupon,
            "products": lines(self.cart),
        }


def lines(cart: Sequence[tuple[Product, int]]) -> list[dict[str, Any]]:
    return [product.properties(quantity=quantity) for product, quantity in cart]


@dataclass
class Visit:
    """A visit in one browser. `cart` is the shop's cart, which outlives the visit of somebody who is logged in."""

    browser: Browser
    arrival: Arrival
    cart: Cart = field(default_factory=list)

    def __post_init__(self) -> None:
        self.browser.arrive(self.arrival.context)

    @property
    def chance(self) -> Random:
        return self.browser.chance

    def pause(self, least: float, most: float) -> None:
        self.browser.clock.wait(least, most)

    def land(self, path: str = "/", title: str = "Tea, coffee and a warm table") -> None:
        self.browser.page(path, title, self.arrival.referrer, self.arrival.search)

    def land_on(self, product: Product) -> None:
        self.land(product.path, product.name)
        self.browser.track("Product Viewed", product.properties(currency="EUR"))

    def consent(self) -> None:
        self.pause(2, 9)
        self.browser.track("Consent Given", {"purposes": ["analytics", "marketing"], "policy_version": "2024-10"})

    def list_category(self, category: str) -> None:
        self.pause(4, 40)
        self.browser.page(f"/c/{category}", category.capitalize())
        shown = [each.properties(position=place) for place, each in enumerate(IN_CATEGORY[category][:4], 1)]
        self.browser.track("Product List Viewed", {"list_id": category, "category": category, "products": shown})

    def search_for(self, words: str) -> None:
        self.pause(5, 30)
        self.browser.page("/search", f"Search: {words}", search=f"?q={words}")
        self.browser.track("Products Searched", {"query": words})

    def view(self, product: Product) -> None:
        self.pause(6, 120)
        self.browser.page(product.path, product.name)
        self.browser.track("Product Viewed", product.properties(currency="EUR"))

    def look_around(self, views: int, interest: str) -> list[Product]:
        """Look at some products, mostly of one category; return them."""
        seen = []
        for _ in range(views):
            category = interest if self.chance.random() < 0.7 else self.chance.choice(CATEGORIES)
            if self.chance.random() < 0.3:
                self.list_category(category)
            elif self.chance.random() < 0.1:
                self.search_for(self.chance.choice(CATALOGUE).name.split(" ", maxsplit=1)[0].lower())
            product = self.chance.choice(IN_CATEGORY[category])
            self.view(product)
            seen.append(product)
        return seen

    def add(self, product: Product, quantity: int = 1) -> None:
        self.pause(3, 60)
        self.browser.track("Product Added", product.properties(quantity=quantity, currency="EUR"))
        self.cart.append((product, quantity))

    def remove_last(self) -> None:
        self.pause(3, 30)
        product, quantity = self.cart.pop()
        self.browser.track("Product Removed", product.properties(quantity=quantity, currency="EUR"))

    def view_cart(self) -> None:
        self.pause(4, 40)
        self.browser.page("/cart", "Your cart")
        self.browser.track("Cart Viewed", {"products": lines(self.cart), "currency": "EUR"})

    def log_in(self, customer: Customer) -> None:
        self.pause(10, 60)
        self.browser.page("/account", "Your account")
        self.browser.identify(customer.user_id, customer.traits())

    def subscribe(self, email: str) -> None:
        self.pause(5, 45)
        self.browser.track("Newsletter Subscribed", {"email": email, "list": "weekly", "method": "footer form"})

    def begin_checkout(self, order: Order) -> None:
        self.pause(5, 60)
        self.browser.page("/checkout", "Checkout")
        self.browser.track("Checkout Started", order.properties())
        self.pause(15, 90)
        step = {"step": 1, "shipping_method": "parcel", "order_id": order.order_id}
        self.browser.track("Checkout Step Completed", step)

    def pay(self, order: Order, guest_email: str = "") -> None:
        self.pause(15, 90)
        self.browser.track("Payment Info Entered", {"payment_method": "card", "order_id": order.order_id})
        self.pause(5, 40)
        self.browser.page("/thanks", "Thank you for your order")
        named = {"email": guest_email} if guest_email else {}
        self.browser.track("Order Completed", {**order.properties(), **named})
        self.cart.clear()
