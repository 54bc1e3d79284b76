"""Row 8: the table `events` refilled from the event store, against the library reading a log of as many events.

The library's log holds the same messages in 20 events an aggregate; it is read in pages of 10,000 and each event is
decoded by the library's own mapper. Ours reads, opens, decodes, makes rows and inserts, as `footfall rebuild --events`.
"""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks import library
from benchmarks.harness import Bench, Result, alone, interleaved, rates, seconds
from benchmarks.seeding import read_side, seed
from projections.ports import TrackingPosition


def refill(bench: Bench) -> Sequence[Result]:
    """Event store to table."""
    events = bench.sizes.refill_events
    with bench.folder() as path:
        alone(library.save_rate, path, events)
        alone(seed, path, events)
        with read_side(path) as side:
            side.tracking.advance(side.log.shard, TrackingPosition(side.log.last_id(), 0))

            def ours() -> float:
                side.warehouse.select("TRUNCATE TABLE events SYNC")
                return events / seconds(side.rebuild().refill, side.projection(), lambda *_: None)

            measured = interleaved(bench, lambda: alone(library.read_rate, path), ours, "events/s")
    return [rates("events refilled from the event store", "events/s", measured, 0.7)]
