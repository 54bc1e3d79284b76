"""How fast a Faust worker takes the topic of facts: `python -m benchmarks.faust_rate floor|ours COUNT` prints a rate.

The floor does nothing with its batches; ours makes rows of them, writes these to ClickHouse and moves its position.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import cast

import faust
from faust.types import StreamT

from footfall.distributed.consuming import Consuming, Record
from footfall.distributed.faust_access import faust_options
from footfall.distributed.faust_worker import run_worker
from footfall.distributed.postgres_databases import Databases
from footfall.distributed.processes.projector import FACT_BATCHES
from footfall.distributed.read_side import ReadSide
from footfall.distributed.topics import CUSTOMER_EVENTS
from footfall.memory import search_seldom
from footfall.settings import Settings, load
from projections.ports import Poisoned
from schemas.cloud_events import decode


class Stopwatch:
    """Counts records, and ends the process with the rate when all have come."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._first = self._seen = 0
        self._began = 0.0

    def saw(self, records: int) -> None:
        """Count some; the first batch only starts the watch."""
        self._seen += records
        if not self._began:
            self._began, self._first = time.perf_counter(), self._seen
        elif self._seen >= self._count:
            print((self._seen - self._first) / (time.perf_counter() - self._began), flush=True)
            os._exit(0)


def floor(settings: Settings, watch: Stopwatch) -> None:
    """Faust alone."""
    name = f"floor-{time.time_ns()}"
    with tempfile.TemporaryDirectory() as folder:
        app = faust.App(
            name,
            **faust_options(settings),
            datadir=folder,
            store="memory://",
            web_enabled=False,
            topic_allow_declare=False,
            topic_disable_leader=True,
            consumer_auto_offset_reset="earliest",
        )
        topic = app.topic(CUSTOMER_EVENTS, value_type=bytes, value_serializer="raw")

        @app.agent(topic)
        async def take(stream: StreamT[bytes]) -> None:
            async for batch in cast("faust.Stream[bytes]", stream).take(FACT_BATCHES.most, FACT_BATCHES.seconds):
                watch.saw(len(batch))

        faust.Worker(app, loglevel="WARN", redirect_stdouts=False, override_logging=False).execute_from_commandline()


def ours(settings: Settings, watch: Stopwatch) -> None:
    """The projector, without refresh."""
    databases = Databases(settings)
    databases.keys.follow()
    projection = ReadSide(settings, databases, _no_poison).projection()

    def process(records: Sequence[Record]) -> Mapping[int, int]:
        projection.insert(projection.rows([decode(record.value) for record in records]))
        return Counter(record.partition for record in records)

    class Counting(Consuming):
        def take(self, records: Sequence[Record]) -> None:
            super().take(records)
            watch.saw(len(records))

    search_seldom()
    run_worker(
        f"bench-{time.time_ns()}", settings, {Counting(CUSTOMER_EVENTS, databases.offsets, process): FACT_BATCHES}
    )


def _no_poison(poisoned: Sequence[Poisoned]) -> None:
    raise poisoned[0].error


if __name__ == "__main__":
    {"floor": floor, "ours": ours}[sys.argv[1]](load().settings, Stopwatch(int(sys.argv[2])))
