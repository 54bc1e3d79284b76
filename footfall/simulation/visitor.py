"""The story of one visitor, by chance: most look once, some come back, few buy, fewer become regulars."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from footfall.simulation import arrivals, people
from footfall.simulation.back_office import BackOffice, KnownBy
from footfall.simulation.catalogue import CATALOGUE, CATEGORIES, Product
from footfall.simulation.message import Browser, Clock, Server, SimulatedMessage
from footfall.simulation.visit import Order, Visit


@dataclass(frozen=True)
class Habit:
    """How a kind of visitor behaves: visits and products looked at (least, most), and shares of visits."""

    share: int
    visits: tuple[int, int]
    views: tuple[int, int]
    fills_cart: float
    buys: float
    becomes_known: float


HABITS = (
    Habit(share=40, visits=(1, 2), views=(0, 2), fills_cart=0.02, buys=0.0, becomes_known=0.0),
    Habit(share=33, visits=(1, 3), views=(1, 4), fills_cart=0.25, buys=0.25, becomes_known=0.25),
    Habit(share=19, visits=(2, 5), views=(2, 6), fills_cart=0.55, buys=0.55, becomes_known=0.85),
    Habit(share=8, visits=(4, 9), views=(1, 6), fills_cart=0.6, buys=0.65, becomes_known=1.0),
)


class Visitor:
    """Somebody on one or two devices: `said` fills while the story is told."""

    def __init__(self, number: int, seed: int, start: datetime) -> None:
        self.chance = Random(f"{seed}/visitor/{number}")
        self.said: list[SimulatedMessage] = []
        self.habit = self.chance.choices(HABITS, [habit.share for habit in HABITS])[0]
        self.customer = people.customer(number, self.chance)
        self.becomes_known = self.chance.random() < self.habit.becomes_known
        self.interest = self.chance.choice(CATEGORIES)
        self.orders = 0
        self._clock = Clock(start, self.chance)
        self._browsers = [self._browser(self.chance.choice((people.laptop, people.phone))(self.chance))]
        if self.becomes_known and self.chance.random() < 0.5:
            self._browsers.append(self._browser(people.phone(self.chance)))
        self._cart: list[tuple[Product, int]] = []
        self._subscribed = False
        self._office = BackOffice(Server(self.said, self.chance), self.chance)

    def tell(self, days: int) -> list[SimulatedMessage]:
        """Tell the story of so many days."""
        start = self._clock.now
        minutes = days * 24 * 60
        moments = sorted(self.chance.randrange(minutes) for _ in range(self.chance.randint(*self.habit.visits)))
        for minute in moments:
            self._clock.now = max(self._clock.now, start + timedelta(minutes=minute))
            self._visit()
        return self.said

    def _browser(self, device: people.Device) -> Browser:
        return Browser(device, self._clock, self.said, self.chance)

    def _visit(self) -> None:
        # Before the shop knows somebody, a second device would be somebody else with another cart.
        browser = self.chance.choice(self._browsers) if self._browsers[0].user_id else self._browsers[0]
        arrival = arrivals.NEWSLETTER if self._subscribed and self.chance.random() < 0.4 else None
        visit = Visit(browser, arrival or arrivals.by_chance(self.chance), self._cart)
        self._land(visit)
        if browser is not self._browsers[0] and browser.user_id is None:
            visit.log_in(self.customer)
        seen = visit.look_around(self.chance.randint(*self.habit.views), self.interest)
        self._perhaps_introduce(visit)
        if seen and self.chance.random() < self.habit.fills_cart:
            self._fill_cart(visit, seen)
        if self._cart and self.chance.random() < self.habit.buys:
            self._order(visit)
        elif self._cart and browser.user_id:
            self._remind()

    def _land(self, visit: Visit) -> None:
        first = not self.said
        if self.chance.random() < 0.4:
            visit.land_on(self.chance.choice(CATALOGUE))
        else:
            visit.land()
        if first and self.chance.random() < 0.6:
            visit.consent()

    def _perhaps_introduce(self, visit: Visit) -> None:
        if not self.becomes_known:
            return
        if not self._subscribed and self.chance.random() < 0.25:
            visit.subscribe(self.customer.email)
            self._subscribed = True
            self._office.send_letter(self._later(hours=2), "weekly-letter", self.customer.email, opened=True)
        if visit.browser.user_id is None and self.chance.random() < 0.3:
            visit.log_in(self.customer)

    def _fill_cart(self, visit: Visit, seen: list[Product]) -> None:
        for product in self.chance.sample(seen, min(len(seen), self.chance.randint(1, 3))):
            visit.add(product, self.chance.choice((1, 1, 1, 2, 3)))
        if len(self._cart) > 1 and self.chance.random() < 0.2:
            visit.remove_last()
        if self.chance.random() < 0.6:
            visit.view_cart()

    def _order(self, visit: Visit) -> None:
        self.orders += 1
        order = Order(f"SO-{self.customer.user_id[1:]}-{self.orders}", tuple(self._cart))
        visit.begin_checkout(order)
        if self.chance.random() < 0.2:
            return
        if self.becomes_known and visit.browser.user_id is None:
            visit.log_in(self.customer)
        visit.pay(order, guest_email="" if visit.browser.user_id else self.customer.email)
        self._after(order, self._known_by(visit))

    def _after(self, order: Order, known_by: KnownBy) -> None:
        self._office.confirm(order, self._clock.now, known_by)
        self._office.fulfil(order, self._clock.now, known_by)
        if self.chance.random() < 0.12:
            self._office.ticket(self._later(hours=30), f"T-{order.order_id}", "delivery", known_by)
        if self.chance.random() < 0.25:
            feedback = {"score": self.chance.randint(5, 10), "scale": 10, "order_id": order.order_id}
            self._office.server.track(self._later(hours=120), "Feedback Given", feedback, **known_by)

    def _known_by(self, visit: Visit) -> KnownBy:
        """Return what the shop's server knows the buyer by: a guest only by the browser's cookie."""
        user_id = visit.browser.user_id
        return {"userId": user_id} if user_id else {"anonymousId": visit.browser.anonymous_id}

    def _remind(self) -> None:
        self._office.send_letter(
            self._later(hours=20), "cart-reminder", self.customer.email, opened=self.chance.random() < 0.5
        )

    def _later(self, hours: int) -> datetime:
        return self._clock.now + timedelta(hours=hours)
