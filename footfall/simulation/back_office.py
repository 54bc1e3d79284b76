"""What the shop's servers say: an order's way to the customer, letters, tickets, points, stock and costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from footfall.simulation.arrivals import PAID
from footfall.simulation.catalogue import CATALOGUE, euros
from footfall.simulation.message import Server
from footfall.simulation.visit import Order

KnownBy = dict[str, str]
"""`userId` or `anonymousId`, as a message names them."""

REFUNDED, CANCELLED = 0.10, 0.05
"""Shares of the orders."""


@dataclass(frozen=True)
class BackOffice:
    """The servers of the shop, for one customer's story or for the shop itself."""

    server: Server
    chance: Random

    def confirm(self, order: Order, at: datetime, known_by: KnownBy) -> str:
        """Report an order that the browser reported too; return the message id."""
        soon = at + timedelta(seconds=self.chance.randint(1, 5))
        paid = {"order_id": order.order_id, "total": order.properties()["total"], "currency": "EUR"}
        message_id = self.server.track(soon, "Order Completed", order.properties(), **known_by)
        self.server.track(soon + timedelta(seconds=self.chance.randint(20, 400)), "Order Paid", paid, **known_by)
        return message_id

    def fulfil(self, order: Order, at: datetime, known_by: KnownBy) -> None:
        """Let an order go one of its ways: delivered, delivered and partly sent back, or cancelled."""
        fate = self.chance.random()
        if fate < CANCELLED:
            self.cancel(order, at + timedelta(hours=self.chance.randint(1, 20)), known_by)
            return
        delivered = self.deliver(order, at, known_by)
        if fate < CANCELLED + REFUNDED:
            self.refund_first_line(order, delivered + timedelta(days=self.chance.randint(2, 9)), known_by)

    def deliver(self, order: Order, at: datetime, known_by: KnownBy) -> datetime:
        """Ship and deliver; return when it arrived."""
        parcel = {"order_id": order.order_id, "carrier": "Parcel Post", "tracking_number": f"PP{order.order_id}"}
        shipped = at + timedelta(hours=self.chance.randint(5, 40))
        delivered = shipped + timedelta(hours=self.chance.randint(20, 70))
        self.server.track(shipped, "Order Shipped", parcel, **known_by)
        self.server.track(delivered, "Order Delivered", parcel, **known_by)
        points = {"points": order.revenue // 100, "reason": "order", "order_id": order.order_id}
        if "userId" in known_by:
            self.server.track(delivered + timedelta(minutes=1), "Loyalty Points Earned", points, **known_by)
        return delivered

    def cancel(self, order: Order, at: datetime, known_by: KnownBy) -> None:
        self.server.track(at, "Order Cancelled", order.properties(), **known_by)
        self.server.track(at + timedelta(minutes=5), "Order Refunded", _whole(order), **known_by)

    def refund_first_line(self, order: Order, at: datetime, known_by: KnownBy) -> None:
        product, quantity = order.cart[0]
        back = {"order_id": order.order_id, "products": [product.properties(quantity=quantity)], "currency": "EUR"}
        self.server.track(at, "Order Returned", {**back, "reason": "did not like it"}, **known_by)
        amount = {"total": euros(product.cents * quantity)}
        self.server.track(at + timedelta(days=1), "Order Refunded", {**back, **amount}, **known_by)

    def send_letter(self, at: datetime, campaign: str, email: str, opened: bool) -> None:
        """Send a letter. Only the address says to whom: it stays with the address until somebody claims that."""
        letter = {"email": email, "email_id": f"{campaign}-{at:%Y%m%d}", "campaign_name": campaign}
        self.server.track(at, "Campaign Sent", {"campaign_name": campaign, "channel": "email", "email": email})
        self.server.track(at + timedelta(seconds=40), "Email Delivered", letter)
        if opened:
            self.server.track(at + timedelta(minutes=self.chance.randint(3, 600)), "Email Opened", letter)

    def ticket(self, at: datetime, number: str, category: str, known_by: KnownBy) -> None:
        ticket = {"ticket_id": number, "category": category, "channel": "email"}
        answered = at + timedelta(minutes=self.chance.randint(20, 900))
        self.server.track(at, "Ticket Opened", {**ticket, "by": "customer"}, **known_by)
        self.server.track(answered, "Ticket Replied", {**ticket, "by": "agent"}, **known_by)
        resolved = answered + timedelta(hours=self.chance.randint(1, 30))
        self.server.track(resolved, "Ticket Resolved", {**ticket, "by": "agent"}, **known_by)

    def keep_the_books(self, start: datetime, days: int) -> None:
        """Say the catalogue, then day by day what campaigns cost, and now and then what is in stock."""
        for place, product in enumerate(CATALOGUE):
            listed = product.properties(currency="EUR", active=True)
            self.server.track(start + timedelta(seconds=place), "Product Updated", listed)
        for day in range(days):
            evening = start + timedelta(days=day, hours=23)
            self._costs_of(evening)
            for product in self.chance.sample(CATALOGUE, 2):
                stock = {"product_id": product.product_id, "level": self.chance.randint(0, 80), "location": "Leipzig"}
                self.server.track(evening, "Stock Level Changed", stock)

    def _costs_of(self, evening: datetime) -> None:
        for paid in PAID:
            clicks = self.chance.randint(5, 60)
            cost = {
                "campaign_name": paid.campaign,
                "source": paid.source,
                "medium": paid.medium,
                "day": f"{evening:%Y-%m-%d}",
                "cost": euros(clicks * self.chance.randint(20, 70)),
                "currency": "EUR",
                "clicks": clicks,
                "impressions": clicks * self.chance.randint(20, 60),
            }
            self.server.track(evening, "Campaign Cost Recorded", cost)


def _whole(order: Order) -> dict[str, object]:
    return {"order_id": order.order_id, "total": order.properties()["total"], "currency": "EUR"}
