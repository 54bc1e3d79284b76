"""Group commit: what many requests want durable becomes one transaction and one fsync.

One thread writes. It takes everything that is queued as soon as the previous commit is done, so groups grow with the
load and a lone request never waits for a timer. Small groups may be told to keep a distance. What is written, and how,
is the `write` function's matter.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from ingest.ports import Overloaded

T = TypeVar("T")

log = logging.getLogger(__name__)

UNREADY_SECONDS = 3.0

ENOUGH = 16
"""Items of a group that is not small."""


class _Group(Generic[T]):
    """What one turn of the event loop brought; all who sent it wait for the one future.

    (Cancelling one of them would cancel the future for all. Nobody does but a server that shuts down.)
    """

    __slots__ = ("deadline", "durable", "items", "size")

    def __init__(self, durable: asyncio.Future[None], deadline: float) -> None:
        self.items: list[T] = []
        self.size = 0
        self.durable = durable
        self.deadline = deadline


class GroupCommit(Generic[T]):
    """Hands items to writer threads; bounded by the bytes that wait and by the time that a request waits.

    With several writers as many groups are under way at once, and items of different groups are written in any order.
    """

    def __init__(
        self,
        name: str,
        write: Callable[[list[T]], None],
        max_bytes: int = 64 * 1024 * 1024,
        max_wait: float = 10.0,
        writers: int = 1,
        distance: float = 0.0,
    ) -> None:
        """`distance`: seconds from one small group to the next at the least, where small ones cost most."""
        self._write = write
        self._distance = distance
        self._handed_at = -math.inf
        self._max_bytes = max_bytes
        self._max_wait = max_wait
        self._bytes = 0
        self._arriving: _Group[T] | None = None
        self._queued: deque[_Group[T]] = deque()
        self._unsettled: deque[_Group[T]] = deque()
        self._wake = threading.Semaphore(0)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._watching = False
        self._failed_at = -math.inf
        self._closed = False
        self._threads = [threading.Thread(target=self._run, name=name, daemon=True) for _ in range(writers)]
        for thread in self._threads:
            thread.start()

    def ready(self) -> bool:
        """Say whether there is room and no commit has failed just now (later, only a next one could tell)."""
        failing = time.monotonic() - self._failed_at < UNREADY_SECONDS
        return (
            not (failing or self._closed) and self._bytes < self._max_bytes and all(t.is_alive() for t in self._threads)
        )

    async def commit(self, item: T, size: int) -> None:
        """Return once the item is durable; raise Overloaded where there is no room, or no luck, or no end to it."""
        if self._closed:
            raise Overloaded("shutting down")
        if self._bytes + size > self._max_bytes and self._bytes:
            raise Overloaded("too much is waiting to be stored")
        group = self._arriving
        if group is None or self._loop is not asyncio.get_running_loop():
            group = self._begin(asyncio.get_running_loop())
        group.items.append(item)
        if len(group.items) == ENOUGH:
            group.durable.get_loop().call_soon(self._hand_over, group)
        group.size += size
        self._bytes += size
        await group.durable

    def close(self) -> None:
        """Write what is queued, then end the threads."""
        self._closed = True
        self._hand_over(self._arriving)
        self._wake.release(len(self._threads))
        for thread in self._threads:
            thread.join()

    def _begin(self, loop: asyncio.AbstractEventLoop) -> _Group[T]:
        if loop is not self._loop:  # whoever waited in an earlier loop waits no more
            self._loop = loop
            self._unsettled.clear()
            self._watching = False
        group: _Group[T] = _Group(loop.create_future(), loop.time() + self._max_wait)
        self._arriving = group
        self._unsettled.append(group)
        loop.call_at(self._handed_at + self._distance, self._hand_over, group)  # with what this turn of the loop brings
        if not self._watching:
            self._watching = True
            loop.call_later(min(self._max_wait, 0.5), self._watch)
        return group

    def _hand_over(self, group: _Group[T] | None) -> None:
        if group is not None and group is self._arriving:
            self._handed_at = group.durable.get_loop().time()
            self._queued.append(group)
            self._arriving = None
            self._wake.release()

    def _watch(self) -> None:
        """Let go of requests that have waited too long: the disk is slow. Their items may become durable yet."""
        assert self._loop is not None
        now = self._loop.time()
        while self._unsettled and (self._unsettled[0].durable.done() or self._unsettled[0].deadline <= now):
            group = self._unsettled.popleft()
            if not group.durable.done():
                self._failed_at = time.monotonic()
                group.durable.set_exception(Overloaded("the storage is too slow", 2))
        self._watching = bool(self._unsettled)
        if self._watching:
            self._loop.call_later(min(self._max_wait, 0.5), self._watch)

    def _run(self) -> None:
        while True:
            self._wake.acquire()
            groups = self._taken()
            if groups:
                self._commit(groups)
            elif self._closed:
                return

    def _taken(self) -> list[_Group[T]]:
        """Take all that is queued; another writer may be taking too."""
        groups: list[_Group[T]] = []
        with contextlib.suppress(IndexError):
            while True:
                groups.append(self._queued.popleft())
        return groups

    def _commit(self, groups: list[_Group[T]]) -> None:
        fault: Overloaded | None = None
        try:
            self._write([item for group in groups for item in group.items])
        except Overloaded as overloaded:
            fault = overloaded
        except Exception as error:  # noqa: BLE001 - the thread must outlive any fault; nothing is acknowledged
            log.error("a group could not be committed: %s", type(error).__name__)
            fault = Overloaded("the storage failed", 2)
        try:
            groups[-1].durable.get_loop().call_soon_threadsafe(self._settle, groups, fault)
        except RuntimeError:  # the loop has been closed: nobody waits any more
            self._bytes -= sum(group.size for group in groups)

    def _settle(self, groups: list[_Group[T]], fault: Overloaded | None) -> None:
        self._failed_at = -math.inf if fault is None else time.monotonic()
        for group in groups:
            self._bytes -= group.size
            if group.durable.done():
                continue
            if fault is None:
                group.durable.set_result(None)
            else:
                group.durable.set_exception(Overloaded(fault.reason, fault.retry_after))
        while self._unsettled and self._unsettled[0].durable.done():
            self._unsettled.popleft()
