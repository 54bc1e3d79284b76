"""Kills the processes of a product at random moments, from a seed, and starts again what nobody else starts again."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable
from typing import Literal

from tests.product.running import RunningProduct, Worker

Victim = Literal["product", "aggregator", "projector", "clickhouse", "product while it starts"]
WORKERS: tuple[Worker, ...] = ("aggregator", "projector", "clickhouse")
VICTIMS: tuple[Victim, ...] = ("product", *WORKERS, "product while it starts")
WEIGHTS = (35, 20, 20, 15, 10)
LONGEST_START = 4.0
"""Seconds into a start within which it is killed."""


class Killer:
    """Kills from a seed. `every` bounds the seconds between two kills."""

    def __init__(self, product: RunningProduct, seed: int, every: tuple[float, float] = (0.3, 3.0)) -> None:
        self._product = product
        self._random = random.Random(seed)
        self._every = every
        self.kills: Counter[str] = Counter()

    def kill(self, count: int, told: Callable[[int, Victim], None] = lambda _, __: None) -> None:
        """Kill so many processes, each at a random moment after the last."""
        plan = self._plan(count)
        for number, victim in enumerate(plan, 1):
            self._pause(*self._every)
            self._kill(victim)
            self.kills[victim] += 1
            told(number, victim)

    def _plan(self, count: int) -> list[Victim]:
        """Each kind of victim once, as far as there is room; the rest, and the order, by chance."""
        plan = list(VICTIMS[:count])
        plan += self._random.choices(VICTIMS, WEIGHTS, k=count - len(plan))
        self._random.shuffle(plan)
        return plan

    def _kill(self, victim: Victim) -> None:
        if victim == "product":
            self._product.kill()
            self._product.start()
        elif victim == "product while it starts":
            self._product.kill()
            self._product.start(wait=False)
            self._pause(0.0, LONGEST_START)
            self._product.kill()
            self._product.start()
        else:
            self._product.kill_worker(victim)

    def _pause(self, least: float, most: float) -> None:
        threading.Event().wait(self._random.uniform(least, most))
