"""Row 3: events a second from the first one sent until all are in the answers (`settled`), the whole product running.

Batches of 20 over 16 connections from one process, as fast as they are answered. Two arrangements: `phones`, where a
batch holds the 20 events of one customer (what a mobile client flushes), and `a shop's server`, where a batch mixes
customers: 500 of them are active at a time and send 20 events each within about two seconds. The floor has no HTTP, no
collector and no read side: the library's `save()` of 300 aggregates with 20 such events each.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from benchmarks import library
from benchmarks.harness import Bench, Result, alone, interleaved, rates
from benchmarks.messages import Traffic
from benchmarks.product import running
from benchmarks.sender import Sent, send

AT_LEAST = 0.25


def sustained(bench: Bench) -> Sequence[Result]:
    """The two arrangements."""
    phones, server = _row(bench, "phones", mixed=False), _row(bench, "a shop's server", mixed=True)
    return [phones, server]


def sustained_rate(bench: Bench) -> float:
    """Return the events a second of the arrangement of phones, measured now where it has not been."""
    if bench.sustained_rate is None:
        bench.sustained_rate = _settle(bench, mixed=False)[0]
    return bench.sustained_rate


def _row(bench: Bench, name: str, *, mixed: bool) -> Result:
    bench.say(name)
    stages: list[str] = []

    def ours() -> float:
        rate, stage = _settle(bench, mixed=mixed)
        stages.append(stage)
        return rate

    measured = interleaved(bench, lambda: save_rate(bench), ours, "events/s")
    if not mixed:
        bench.sustained_rate = measured[1]
    return rates(f"sent to settled, {name}", "events/s", measured, AT_LEAST, stages[-1])


def save_rate(bench: Bench) -> float:
    """Return the floor of the write side."""
    with bench.folder() as folder:
        return alone(library.save_rate, folder, bench.sizes.save_events)


def _settle(bench: Bench, *, mixed: bool) -> tuple[float, str]:
    """Return events a second, and how long after the first event each stage had them all."""
    traffic = Traffic(bench.sizes.pipeline_events, mixed=mixed)
    with bench.folder() as folder, running(folder) as product:
        time.sleep(1)
        sent: Sent = alone(send, product.port, product.keys["write_key"], traffic)
        reached = product.wait_settled(traffic.events)
    took = {"sent": sent.ended - sent.began} | {stage: at - sent.began for stage, at in reached.items()}
    stages = ", ".join(f"{stage} {seconds:.1f} s" for stage, seconds in took.items() if stage != "accepted")
    bench.say(stages)
    return traffic.events / took["settled"], stages
