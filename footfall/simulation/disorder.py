"""What networks do to messages: some arrive twice, some late and after later ones. None is lost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from random import Random

from footfall.simulation.message import SimulatedMessage

TWICE, LATE = 0.015, 0.01
"""Shares of the messages."""


def disturbed(messages: Iterable[SimulatedMessage], seed: int) -> Iterator[SimulatedMessage]:
    """Yield every message, some again after seconds or hours, some later than they were sent."""
    for each in messages:
        chance = Random(f"{seed}/disorder/{each.message['messageId']}")
        fate = chance.random()
        if fate < LATE:
            yield each._replace(at=each.at + timedelta(minutes=chance.randint(2, 600)))
            continue
        yield each
        if fate < LATE + TWICE:
            yield each._replace(at=each.at + timedelta(seconds=chance.choice((1, 3, 40, 7200))))
