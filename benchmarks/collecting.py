"""Rows 12 and 13: the collector of the distributed mode, `acks=all`, with the broker on the same cores.

The floor is the bare ASGI app, while the broker idles. The aggregator does not run: what is accepted waits on Kafka.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from benchmarks.clusters import cluster
from benchmarks.harness import Bench, Result, interleaved, rates
from benchmarks.requests import BATCH, WARM_UP_SECONDS, bare, ensure_wrk, wrk

AT_LEAST = {64: 0.15, 256: 0.2}
BATCHES_AT_LEAST = 0.07
JVM_WARM_UP_SECONDS = 8


def single(bench: Bench) -> Sequence[Result]:
    """One event a request, onto Kafka."""
    return _rows(bench, 0)


def batches(bench: Bench) -> Sequence[Result]:
    """Batches of 20 onto Kafka, by requests."""
    return _rows(bench, BATCH)


def _rows(bench: Bench, batch: int) -> list[Result]:
    ensure_wrk(bench)
    with cluster(bench, ["collector"]) as running:
        port = urlsplit(running.url).port
        key = running.new_store().write_key
        assert port is not None
        wrk(port, key, 64, batch, min(JVM_WARM_UP_SECONDS, bench.sizes.wrk_seconds))
        return [_row(bench, port, key, connections, batch) for connections in bench.sizes.connections]


def _row(bench: Bench, port: int, key: str, connections: int, batch: int) -> Result:
    bench.say(f"{connections} connections, {batch or 'single'}")

    def floor() -> float:
        with bare() as bare_port:
            wrk(bare_port, "", connections, batch, WARM_UP_SECONDS)
            return wrk(bare_port, "", connections, batch, bench.sizes.wrk_seconds)

    def ours() -> float:
        wrk(port, key, connections, batch, WARM_UP_SECONDS)
        return wrk(port, key, connections, batch, bench.sizes.wrk_seconds)

    measured = interleaved(bench, floor, ours, "requests/s")
    what = f"Kafka, batches of {batch}" if batch else "Kafka, one event a request"
    note = f"{measured[1] * batch:,.0f} events/s" if batch else ""
    at_least = BATCHES_AT_LEAST if batch else AT_LEAST.get(connections, AT_LEAST[64])
    return rates(f"{what}, {connections} connections", "requests/s", measured, at_least, note)
