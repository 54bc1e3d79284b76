"""Crawlers: they load pages, run the tracking script, and buy nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from footfall.simulation import arrivals
from footfall.simulation.catalogue import CATALOGUE
from footfall.simulation.message import Browser, Clock, SimulatedMessage
from footfall.simulation.people import Device
from footfall.simulation.visit import Visit

CRAWLERS = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
)


def crawl(seed: int, start: datetime, days: int) -> list[SimulatedMessage]:
    """Let each crawler come every third week, under a new anonymous id each time (crawlers keep no cookies)."""
    said: list[SimulatedMessage] = []
    for number, agent in enumerate(CRAWLERS):
        chance = Random(f"{seed}/bot/{number}")
        for day in range(number, days, 21):
            clock = Clock(start + timedelta(days=day, hours=3), chance)
            visit = Visit(Browser(Device(agent, "en-US", "192.0.2.200"), clock, said, chance), arrivals.DIRECT)
            visit.land()
            for product in chance.sample(CATALOGUE, 8):
                visit.view(product)
    return said
