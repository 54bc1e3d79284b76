"""The whole shop: every visitor's story, the shop's own facts, the bots and the disorder, in the order of arrival."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from footfall.simulation.ada import Ada
from footfall.simulation.back_office import BackOffice
from footfall.simulation.bots import crawl
from footfall.simulation.catalogue import CATALOGUE
from footfall.simulation.disorder import disturbed
from footfall.simulation.message import Server, SimulatedMessage
from footfall.simulation.visit import Order
from footfall.simulation.visitor import Visitor

DAYS = 90
VISITORS = 300


def simulate(end: datetime, *, seed: int = 1, visitors: int = VISITORS, days: int = DAYS) -> Iterator[SimulatedMessage]:
    """Yield what arrives in the `days` before `end` (an aware time), in the order of arrival.

    The same arguments give the same messages. A visitor's story depends on seed and number only, so that a larger shop
    holds a smaller one.
    """
    start = end - timedelta(days=days)
    arriving = disturbed(sorted(_stories(start, end, seed, visitors, days), key=_arrival), seed)
    yield from sorted((each for each in arriving if start <= each.at <= end), key=_arrival)


def _stories(start: datetime, end: datetime, seed: int, visitors: int, days: int) -> Iterator[SimulatedMessage]:
    yield from Ada(seed, start, end).tell()
    for number in range(visitors):
        yield from Visitor(number, seed, start).tell(days)
    yield from crawl(seed, start, days)
    yield from _shop_itself(start, seed, days)


def _shop_itself(start: datetime, seed: int, days: int) -> list[SimulatedMessage]:
    """Tell the shop's own facts, and how somebody tried the checkout with an order that was then taken back."""
    chance = Random(f"{seed}/shop")
    office = BackOffice(server := Server([], chance), chance)
    office.keep_the_books(start, days)
    noon = start + timedelta(days=days // 2)
    tester = {"userId": "test-buyer"}
    message_id = server.track(noon, "Order Completed", Order("SO-TEST", ((CATALOGUE[0], 99),)).properties(), **tester)
    retraction = {"message_id": message_id, "reason": "test order"}
    server.track(noon + timedelta(hours=1), "Event Retracted", retraction, **tester)
    return server.said


def _arrival(each: SimulatedMessage) -> tuple[datetime, str]:
    return each.at, str(each.message["messageId"])
