"""Law L8 on a disk that stands still: 503 in bounded time, bounded memory, and nothing lost or twice."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import httpx
import psutil
import pytest

from tests.product.running import Json, RunningProduct, Shop, eventually

pytestmark = [pytest.mark.product, pytest.mark.slow]

STANDSTILL = 14.0
ANSWERED_WITHIN = 13.0
"""Seconds: the product waits 10 s for its disk."""
REQUESTS, EVENTS, PADDING = 300, 20, "x" * 20_000
"""About 120 MB in all, twice of what may wait."""
MORE_MEMORY = 300 * 1024**2


@contextmanager
def standing_still(inbox: Path, seconds: float) -> Iterator[None]:
    """Keep the inbox from being written for some time, as a disk that does not answer does."""
    holding, done = threading.Event(), threading.Event()

    def hold() -> None:
        with closing(sqlite3.connect(inbox, isolation_level=None, timeout=30)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            holding.set()
            done.wait(seconds)
            connection.execute("ROLLBACK")

    thread = threading.Thread(target=hold)
    thread.start()
    holding.wait(30)
    try:
        yield
    finally:
        thread.join()


def batches() -> list[Json]:
    return [
        {
            "batch": [
                {
                    "type": "track",
                    "event": "Product Viewed",
                    "userId": f"u-{number % 30}",
                    "messageId": f"{number}-{index}",
                    "properties": {"padding": PADDING},
                }
                for index in range(EVENTS)
            ]
        }
        for number in range(REQUESTS)
    ]


async def answers_to(shop: Shop, bodies: Sequence[Json]) -> list[tuple[httpx.Response, float]]:
    """Send all at once; return each answer and its seconds."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    async with httpx.AsyncClient(base_url=shop.product.url, timeout=60, limits=limits, verify=False) as http:

        async def one(body: Json) -> tuple[httpx.Response, float]:
            began = time.monotonic()
            said = await http.post("/v1/batch", json=body, auth=(shop.write_key, ""))
            return said, time.monotonic() - began

        return await asyncio.gather(*(one(body) for body in bodies))


class MemoryWatch:
    """The greatest resident size of a process, measured beside what goes on."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.before = self.most = self._process.memory_info().rss

    def __enter__(self) -> MemoryWatch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._done.wait(0.05):
            self.most = max(self.most, self._process.memory_info().rss)


def test_a_disk_that_stands_still_is_answered_with_503_in_bounded_time_and_memory(
    product: RunningProduct, shop: Shop
) -> None:
    bodies = batches()
    with MemoryWatch(product.pid) as memory, standing_still(product.data / "inbox.db", STANDSTILL):
        answers = asyncio.run(answers_to(shop, bodies))
    assert {said.status_code for said, _ in answers} <= {200, 503}
    refused = [said for said, _ in answers if said.status_code == 503]
    assert refused
    assert all(said.headers["retry-after"].isdigit() and said.json()["code"] for said in refused)
    assert max(seconds for _, seconds in answers) < ANSWERED_WITHIN
    assert memory.most - memory.before < MORE_MEMORY, f"{(memory.most - memory.before) / 1024**2:.0f} MB more"

    again = [body for body, (said, _) in zip(bodies, answers, strict=True) if said.status_code != 200]
    for body in again:
        said = eventually(partial(_taken, shop, body), 30, "a 200 after the disk goes on")
        assert said.json() == {"success": True}
    shop.settle(within=90)
    assert sum(one["events"] for one in shop.items("/customers")) == REQUESTS * EVENTS


def _taken(shop: Shop, body: Json) -> httpx.Response | None:
    said = shop.post("/v1/batch", body)
    return said if said.status_code == 200 else None
