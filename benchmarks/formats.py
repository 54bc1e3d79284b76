"""Row 3: the same events in the wire formats of others, against Segment's batches, by requests.

Batches of 20 product views with the same product, page and user agent; the product anew on an empty folder each time.
GA4 says agent and client once a body, so its requests are smaller; RudderStack's messages are larger.
"""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.harness import Bench, Result, interleaved, rates
from benchmarks.messages import GA4_TEMPLATE, RUDDERSTACK_TEMPLATE
from benchmarks.product import running
from benchmarks.requests import BATCH, SEGMENT, WARM_UP_SECONDS, Load, ensure_wrk, wrk

AT_LEAST = 0.9
LOADS = {"GA4": Load(GA4_TEMPLATE, "ga4"), "RudderStack": Load(RUDDERSTACK_TEMPLATE)}


def formats(bench: Bench) -> Sequence[Result]:
    """GA4's and RudderStack's batches of 20 against Segment's."""
    ensure_wrk(bench)
    return [_row(bench, name, bench.sizes.connections[0]) for name in LOADS]


def _row(bench: Bench, name: str, connections: int) -> Result:
    bench.say(f"{name}, {connections} connections")
    measured = interleaved(
        bench, lambda: _rate(bench, SEGMENT, connections), lambda: _rate(bench, LOADS[name], connections), "requests/s"
    )
    return rates(f"{name}, batches of {BATCH} against Segment's", "requests/s", measured, AT_LEAST)


def _rate(bench: Bench, load: Load, connections: int) -> float:
    with bench.folder() as folder, running(folder) as product:
        key = product.keys["write_key"]
        wrk(product.port, key, connections, BATCH, WARM_UP_SECONDS, load)
        return wrk(product.port, key, connections, BATCH, bench.sizes.wrk_seconds, load)
