"""Row 7: all read models rebuilt by their SQL from `events`: 25 events a customer, half of them of two streams.

Absolute: events a second, over all read models together, as `footfall rebuild` does it. The table is filled by SQL
(`rebuilding.sql`): visits of eight steps a week apart, with carts and orders.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks.harness import Bench, Result, seconds
from benchmarks.seeding import read_side
from footfall.embedded.read_side import ReadSide
from projections.refresh import READ_MODELS

AT_LEAST = 500_000
SLICE = 250_000
"""Events made at a time: the memory of ClickHouse is capped."""


def rebuild(bench: Bench) -> Sequence[Result]:
    """All read models."""
    events, customers = bench.sizes.rebuild_events, bench.sizes.rebuild_customers
    with bench.folder() as path, read_side(path) as side:
        took = seconds(fill, side, events, customers)
        bench.say(f"{events:,} events made in {took:.0f} s")
        times = [_time(bench, side) for _ in range(bench.sizes.repeats)]
    rate = events / median(times)
    return [
        Result(
            f"read models rebuilt, {events:,} events of {customers:,} customers",
            "-",
            f"{rate:,.0f} events/s",
            "-",
            f"{AT_LEAST:,} events/s",
            rate >= AT_LEAST,
            f"{', '.join(model.name for model in READ_MODELS)} together {median(times):.2f} s",
        )
    ]


def fill(side: ReadSide, events: int, customers: int) -> None:
    """Make events by SQL."""
    statement = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    for first in range(0, events, SLICE):
        parameters = {"first": first, "length": min(SLICE, events - first), "customers": customers}
        side.warehouse.select(statement, parameters)


def _time(bench: Bench, side: ReadSide) -> float:
    took = seconds(side.rebuild().rebuild, READ_MODELS, side.stores(), lambda *_: None)
    bench.say(f"{took:.2f} s")
    return took
