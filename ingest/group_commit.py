"""Group commit: what many requests want durable becomes one transaction and one fsync.

One thread writes. It takes everything that is queued as soon as the previous commit is done, so groups grow with the
load and a lone request never waits for a timer. What is written, and how, is the `write` function's matter.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from ingest.ports import Overloaded

T = TypeVar("T")

log = logging.getLogger(__name__)


class _Waiting(NamedTuple, Generic[T]):
    item: T
    size: int
    durable: asyncio.Future[None]
    deadline: float


class GroupCommit(Generic[T]):
    """Hands items to one writer thread; bounded by the bytes that wait and by the time that a request waits."""

    def __init__(
        self,
        name: str,
        write: Callable[[list[T]], None],
        max_bytes: int = 64 * 1024 * 1024,
        max_wait: float = 10.0,
    ) -> None:
        self._write = write
        self._max_bytes = max_bytes
        self._max_wait = max_wait
        self._bytes = 0
        self._arrived: list[_Waiting[T]] = []
        self._queued: deque[list[_Waiting[T]]] = deque()
        self._unsettled: deque[_Waiting[T]] = deque()
        self._wake = threading.Semaphore(0)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._watching = False
        self._failing = False
        self._closed = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def ready(self) -> bool:
        """Say whether the last commit went well and there is room."""
        return not (self._failing or self._closed) and self._bytes < self._max_bytes and self._thread.is_alive()

    async def commit(self, item: T, size: int) -> None:
        """Return once the item is durable; raise Overloaded where there is no room, or no luck, or no end to it."""
        if self._closed:
            raise Overloaded("shutting down")
        if self._bytes + size > self._max_bytes and self._bytes:
            raise Overloaded("too much is waiting for the disk")
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._begin(loop)
        durable = loop.create_future()
        waiting = _Waiting(item, size, durable, loop.time() + self._max_wait)
        self._bytes += size
        if not self._arrived:
            loop.call_soon(self._hand_over)  # all that this turn of the loop brings goes over together
        self._arrived.append(waiting)
        self._unsettled.append(waiting)
        if not self._watching:
            self._watching = True
            loop.call_later(min(self._max_wait, 0.5), self._watch)
        await durable

    def close(self) -> None:
        """Write what is queued, then end the thread."""
        self._closed = True
        if self._arrived:
            self._hand_over()
        self._wake.release()
        self._thread.join()

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """Serve a loop; whoever waited in an earlier one waits no more."""
        self._loop = loop
        self._arrived = []
        self._unsettled.clear()
        self._watching = False

    def _hand_over(self) -> None:
        if self._arrived:
            self._queued.append(self._arrived)
            self._arrived = []
            self._wake.release()

    def _watch(self) -> None:
        """Let go of requests that have waited too long: the disk is slow. Their items may become durable yet."""
        assert self._loop is not None
        now = self._loop.time()
        while self._unsettled and (self._unsettled[0].durable.done() or self._unsettled[0].deadline <= now):
            waiting = self._unsettled.popleft()
            if not waiting.durable.done():
                waiting.durable.set_exception(Overloaded("the disk is too slow", 2))
        self._watching = bool(self._unsettled)
        if self._watching:
            self._loop.call_later(min(self._max_wait, 0.5), self._watch)

    def _run(self) -> None:
        while True:
            self._wake.acquire()
            group: list[_Waiting[T]] = []
            while self._queued:
                group.extend(self._queued.popleft())
            if group:
                self._commit(group)
            elif self._closed:
                return

    def _commit(self, group: list[_Waiting[T]]) -> None:
        fault: Overloaded | None = None
        try:
            self._write([waiting.item for waiting in group])
        except Overloaded as overloaded:
            fault = overloaded
        except Exception as error:  # noqa: BLE001 - the thread must outlive any fault; nothing is acknowledged
            log.error("a group could not be committed", extra={"fault": type(error).__name__})
            fault = Overloaded("the storage failed", 2)
        try:
            group[-1].durable.get_loop().call_soon_threadsafe(self._settle, group, fault)
        except RuntimeError:  # the loop has been closed: nobody waits any more
            self._bytes -= sum(waiting.size for waiting in group)

    def _settle(self, group: list[_Waiting[T]], fault: Overloaded | None) -> None:
        self._failing = fault is not None
        for waiting in group:
            self._bytes -= waiting.size
            if waiting.durable.done():
                continue
            if fault is None:
                waiting.durable.set_result(None)
            else:
                waiting.durable.set_exception(Overloaded(fault.reason, fault.retry_after))
        while self._unsettled and self._unsettled[0].durable.done():
            self._unsettled.popleft()
