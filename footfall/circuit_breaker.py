"""A circuit breaker: a worker that finds poison everywhere is itself at fault, as after a bad deployment, and must end.

A pure value. What is done with poison, and with a worker that ended, does not belong here.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

WINDOW = 1_000
"""Events processed last that are looked at."""

ALLOWED = 20
"""So many of them may be poison, whatever their share."""

SHARE = 10
"""One in so many may be poison."""

EXIT_CODE = 3
"""Of a worker that ended so: to start it anew would only let it begin to count anew."""


class TooMuchPoison(Exception):
    """The worker is at fault, not the events; no fault that a retry helps, so the process ends."""

    def __init__(self, poison: int, processed: int) -> None:
        super().__init__(f"{poison} of the last {processed} events are poison: this version is at fault, not they")
        self.poison = poison
        self.processed = processed


@dataclass(frozen=True, slots=True)
class CircuitBreaker:
    """The places of the poison among all that a worker has processed, from 0, as far as they still count."""

    places: tuple[int, ...] = ()

    def after(self, places: Iterable[int]) -> CircuitBreaker:
        """Return the breaker after the poison of a batch, or raise TooMuchPoison; a batch may come again."""
        new = sorted(places)
        known = sorted({*self.places, *new})
        for place in new:
            processed = min(place + 1, WINDOW)
            poison = bisect_right(known, place) - bisect_right(known, place - processed)
            if poison > ALLOWED and poison * SHARE > processed:
                raise TooMuchPoison(poison, processed)
        last = known[-1] if known else 0
        return CircuitBreaker(tuple(place for place in known if place > last - WINDOW))
