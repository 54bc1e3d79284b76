"""Ada Winter, the customer whom the demo shows: everything that a journey can hold happens to her."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from footfall.simulation import arrivals, people
from footfall.simulation.back_office import BackOffice
from footfall.simulation.catalogue import IN_CATEGORY
from footfall.simulation.message import Browser, Clock, Server, SimulatedMessage
from footfall.simulation.visit import Cart, Order, Visit

ADA = people.Customer("ada-winter", "Ada", "Winter", "Berlin", "10115", "ada.winter@example.com")
KNOWN = {"userId": ADA.user_id}
CHAPTERS = (
    (85, "18:05"),
    (83, "07:42"),
    (82, "20:17"),
    (60, "12:31"),
    (31, "21:08"),
    (30, "09:54"),
    (12, "16:20"),
    (1, "19:36"),
)
"""When she visits: so many days before the end, at that time."""


class Ada:
    """Her story, a method a chapter; she has a phone and a laptop."""

    def __init__(self, seed: int, start: datetime, end: datetime) -> None:
        chance = Random(f"{seed}/ada")
        self.start, self.end = start, end
        self.said: list[SimulatedMessage] = []
        self.clock = Clock(start, chance)
        self.phone = Browser(people.Device(people.PHONES[0], "de-DE", "203.0.113.7"), self.clock, self.said, chance)
        self.laptop = Browser(people.Device(people.LAPTOPS[1], "de-DE", "203.0.113.7"), self.clock, self.said, chance)
        self.office = BackOffice(Server(self.said, chance), chance)
        self.cart: Cart = []
        self.teapot, self.kettle, self.mug = (IN_CATEGORY[name][4] for name in ("teapots", "kettles", "mugs"))
        self.assam, self.honey = IN_CATEGORY["tea"][0], IN_CATEGORY["honey"][2]

    def tell(self) -> list[SimulatedMessage]:
        """Tell the chapters that fall into the simulated time."""
        chapters = (
            self.finds_the_shop,
            self.leaves_a_cart,
            self.buys_on_another_device,
            self.logs_in_on_the_phone,
            self.has_a_coupon,
            self.needs_help,
            self.reviews,
            self.leaves_another_cart,
        )
        for (days, time), chapter in zip(CHAPTERS, chapters, strict=True):
            self.clock.now = (self.end - timedelta(days=days)).replace(hour=int(time[:2]), minute=int(time[3:]))
            if self.clock.now >= self.start:
                chapter()
        return self.said

    def finds_the_shop(self) -> None:
        visit = Visit(self.phone, arrivals.GOOGLE_ADS, self.cart)
        visit.land_on(self.teapot)
        visit.consent()
        visit.list_category("teapots")
        visit.view(IN_CATEGORY["teapots"][1])
        visit.subscribe(ADA.email)
        self.office.send_letter(self.clock.now + timedelta(hours=24), "weekly-letter", ADA.email, opened=True)

    def leaves_a_cart(self) -> None:
        visit = Visit(self.phone, arrivals.NEWSLETTER, self.cart)
        visit.land()
        visit.view(self.teapot)
        visit.add(self.teapot)
        visit.view(self.assam)
        visit.add(self.assam, 2)
        visit.view_cart()

    def buys_on_another_device(self) -> None:
        visit = Visit(self.laptop, arrivals.DIRECT, [])
        visit.land()
        visit.log_in(ADA)
        visit.search_for("teapot")
        visit.view(self.teapot)
        visit.add(self.teapot)
        visit.add(self.assam, 2)
        visit.add(self.honey)
        visit.remove_last()
        self._buys(visit, Order("SO-1001", tuple(visit.cart)))

    def logs_in_on_the_phone(self) -> None:
        visit = Visit(self.phone, arrivals.NEWSLETTER, self.cart)
        visit.land()
        visit.log_in(ADA)
        while visit.cart:
            visit.remove_last()
        visit.view(self.kettle)
        visit.pause(10, 30)
        self.phone.track("Product Added to Wishlist", self.kettle.properties(wishlist_name="kitchen"))
        visit.pause(10, 30)
        self.phone.track("Product Shared", {**self.kettle.properties(), "share_via": "email", "recipient": "a friend"})

    def has_a_coupon(self) -> None:
        visit = Visit(self.laptop, arrivals.NEWSLETTER, self.cart)
        visit.land("/c/kettles", "Kettles")
        visit.view(self.kettle)
        visit.add(self.kettle)
        visit.view(self.mug)
        visit.add(self.mug, 4)
        visit.view_cart()
        coupon = {"coupon_id": "WINTER10", "coupon_name": "10 euros off", "discount": 10}
        visit.pause(10, 30)
        self.laptop.track("Coupon Entered", {"coupon_id": "WINTER10"})
        self.laptop.track("Coupon Applied", coupon)
        self._buys(visit, Order("SO-1002", tuple(visit.cart), "WINTER10", 1000))

    def needs_help(self) -> None:
        kettle_first = Order("SO-1002", ((self.kettle, 1), (self.mug, 4)), "WINTER10", 1000)
        visit = Visit(self.phone, arrivals.DIRECT, [])
        visit.land("/help/returns", "Returns")
        self.office.ticket(self.clock.now, "T-77", "returns", KNOWN)
        self.office.refund_first_line(kettle_first, self.clock.now + timedelta(days=5), KNOWN)

    def reviews(self) -> None:
        visit = Visit(self.phone, arrivals.GOOGLE, [])
        visit.land_on(self.teapot)
        review = {"product_id": self.teapot.product_id, "review_id": "R-5", "rating": "5", "review_body": "Pours well."}
        visit.pause(40, 90)
        self.phone.track("Product Reviewed", review)
        feedback = {"score": 9, "scale": 10, "comment": "Kind people, good tea."}
        visit.pause(20, 40)
        self.phone.track("Feedback Given", feedback)

    def leaves_another_cart(self) -> None:
        visit = Visit(self.laptop, arrivals.CART_REMINDER, [])
        visit.land()
        visit.view(self.honey)
        visit.add(self.honey, 2)
        visit.view(self.assam)
        visit.add(self.assam)
        visit.view_cart()

    def _buys(self, visit: Visit, order: Order) -> None:
        visit.begin_checkout(order)
        visit.pay(order)
        self.office.confirm(order, self.clock.now, KNOWN)
        self.office.deliver(order, self.clock.now, KNOWN)
