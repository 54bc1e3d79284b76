"""Gathers what arrives one by one into batches, also while the batch before is still being worked on.

So batches grow with the load: a worker that lags takes all that waits at once. And they keep a distance, since small
ones cost most: what comes after a pause is taken at once. What the things are is not known here.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")


class Batches(NamedTuple):
    """How things are gathered: so many at the most, and a batch not before so many seconds after the one before."""

    most: int
    seconds: float


class Gathering(Generic[T]):
    """What waits for the next batch, bounded. Of one event loop; one task puts, another takes."""

    def __init__(self, batches: Batches) -> None:
        self._most, self._seconds = batches
        self._waiting: list[T] = []
        self._taken_at = float("-inf")
        self._some, self._full, self._room = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._room.set()

    async def put(self, thing: T) -> None:
        """Add a thing, once there is room."""
        await self._room.wait()
        self._waiting.append(thing)
        self._some.set()
        if len(self._waiting) >= self._most:
            self._full.set()
            self._room.clear()

    async def batch(self) -> Sequence[T]:
        """Return all that waits, once the batch before is long enough ago or there is no more room."""
        await self._some.wait()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(self._taken_at + self._seconds):
                await self._full.wait()
        self._taken_at = asyncio.get_running_loop().time()
        taken, self._waiting = self._waiting, []
        self._some.clear()
        self._full.clear()
        self._room.set()
        return taken
