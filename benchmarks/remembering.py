"""Row 11: resident memory of the product's processes without ClickHouse, after few and after many events.

Batches go in over HTTP as fast as they are answered, with at most 200,000 events on the way, 20 a customer; memory is
read once all are settled and some idle seconds have passed. Pages that processes share count in each.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from benchmarks.harness import Bench, Result, alone
from benchmarks.messages import Traffic
from benchmarks.product import Product, running
from benchmarks.sender import send

MOST_MORE = 1.05
MOST_BYTES = 300 * 1000 * 1000
STEP = 200_000
IDLE_SECONDS = 3


def memory(bench: Bench) -> Sequence[Result]:
    """Few and many events."""
    with bench.folder() as folder, running(folder) as product:
        few, many = _loaded(bench, product)
        note = ", ".join(f"{name} {used / 1e6:.0f} MB" for name, used in product.memory_by_process().items())
    ratio = many / few
    smaller, larger = bench.sizes.memory_events
    return [
        Result(
            f"memory without ClickHouse at {larger:,} events",
            f"{few / 1e6:.0f} MB at {smaller:,}",
            f"{many / 1e6:.0f} MB",
            f"{ratio:.3f}",
            f"at most {MOST_MORE:g}; below {MOST_BYTES / 1e6:.0f} MB",
            ratio <= MOST_MORE and many < MOST_BYTES,
            note,
        )
    ]


def _loaded(bench: Bench, product: Product) -> Iterator[int]:
    """Give the memory at each number of events."""
    sent = 0
    began = time.monotonic()
    for goal in bench.sizes.memory_events:
        while sent < goal:
            events = min(STEP, goal - sent)
            alone(send, product.port, product.keys["write_key"], Traffic(events))
            sent += events
            product.wait_settled(sent)
        time.sleep(IDLE_SECONDS)
        used = product.memory()
        bench.say(f"{sent:,} events after {time.monotonic() - began:.0f} s: {used / 1e6:.0f} MB")
        yield used
