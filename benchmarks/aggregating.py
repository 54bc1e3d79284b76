"""Row 4: the aggregator alone, from a filled inbox to the event store, in a process of its own.

Each row of the inbox holds 100 events, as five batches of 20 that were committed together; the floor is the library's
`save()` of row 3.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.harness import Bench, Result, alone, interleaved, rates
from benchmarks.messages import Traffic, accepted
from benchmarks.pipeline import save_rate
from benchmarks.seeding import chunks
from footfall.data_folder import DataFolder
from footfall.embedded.write_side import WriteSide
from footfall.settings import Settings
from ingest.sqlite_inbox import SQLiteInbox

ROW_EVENTS = 100


def aggregator(bench: Bench) -> Sequence[Result]:
    """Inbox to event store."""

    def ours() -> float:
        with bench.folder() as folder:
            alone(_fill, folder, bench.sizes.aggregator_events)
            return bench.sizes.aggregator_events / alone(_drain, folder)

    measured = interleaved(bench, lambda: save_rate(bench), ours, "events/s")
    return [rates("aggregator alone, inbox to event store", "events/s", measured, 0.6)]


def _fill(path: Path, events: int) -> None:
    with contextlib.closing(SQLiteInbox(DataFolder(path).make().inbox)) as inbox:
        for chunk in chunks(accepted(Traffic(events)), ROW_EVENTS):
            inbox.append_now(chunk)


def _drain(path: Path) -> float:
    side = WriteSide(DataFolder(path), Settings(data=path))
    began = time.perf_counter()
    while side.aggregator.step():
        pass
    return time.perf_counter() - began
