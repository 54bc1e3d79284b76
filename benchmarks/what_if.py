"""Row 7b: what another rule would make of everybody: events as of the rebuild's row, compared with the live answers.

Absolute: seconds until the counts are there. Twice: a timeout by which some customers differ, and one by which all do.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from benchmarks.harness import Bench, Result, seconds
from benchmarks.messages import STORE
from benchmarks.rebuilding import fill
from benchmarks.seeding import read_side
from footfall.embedded.read_side import ReadSide
from projections.comparing import Comparison, compare
from projections.refresh import READ_MODELS

AT_MOST = 10.0
NOBODY, EVERYBODY = 3_600, 30
"""Steps of a visit are 45 seconds apart, and visits a week: an hour changes nothing, half a minute everything."""


def what_if(bench: Bench) -> Sequence[Result]:
    """A rule that was never made current, over all events."""
    events, customers = bench.sizes.rebuild_events, bench.sizes.rebuild_customers
    with bench.folder() as path, read_side(path) as side:
        fill(side, events, customers)
        side.rebuild().rebuild(READ_MODELS, side.stores(), lambda *_: None)
        return [_compared(bench, side, timeout, events) for timeout in (NOBODY, EVERYBODY)]


def _compared(bench: Bench, side: ReadSide, timeout: int, events: int) -> Result:
    found: list[Comparison] = []
    before = side.rules.perspective(STORE)
    after = side.rules.what_if(before, {"session_timeout_seconds": timeout})

    def run() -> None:
        found.append(compare(side.warehouse, side.scope, before, after, live=True))

    times = [seconds(run) for _ in range(bench.sizes.repeats)]
    bench.say(f"{timeout} s: {', '.join(f'{took:.2f}' for took in times)} s")
    differ = f"{len(found[-1].differing):,} of {found[-1].customers:,} customers differ"
    what = f"what if a session ended after {timeout} s, {events:,} events"
    took = median(times)
    return Result(what, "-", f"{took:.2f} s", "-", f"below {AT_MOST:g} s", took < AT_MOST, differ)
