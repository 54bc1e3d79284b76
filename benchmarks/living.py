"""Rows 17 and 18: the whole cluster at work: how long until an event is seen, and what the processes hold over time.

`kafka-latency` measures the sustained rate (batches of 20, from the first byte sent until settled), then does what row
10 does at 70 % of it, in turns. `kafka-soak` sends at a steady pace and looks at the resident bytes of each process.
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Sequence
from concurrent.futures import Executor
from statistics import median
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import psutil

from benchmarks.clusters import cluster
from benchmarks.harness import Bench, Result, alone, processes
from benchmarks.messages import Traffic
from benchmarks.sender import send
from benchmarks.waiting import SHARE, p99_of, waited_at
from tests.cluster.running_cluster import SERVICES, RunningCluster
from tests.product.running import KEY_KINDS, Shop

AT_MOST = 3.0
TURNS = 3
SOAK_RATE = 300.0
"""Events a second of the soak: what two cores do beside everything else without falling behind."""
MOST_MORE = 1.10
LOOKS = 12


class ClusterProduct:
    """A cluster with the face that the probe of row 10 knows."""

    def __init__(self, running: RunningCluster, shop: Shop) -> None:
        self.port = int(urlsplit(running.url).port or 0)
        values = (shop.write_key, shop.server_key, shop.query_token, shop.admin_token)
        self.keys = dict(zip(KEY_KINDS, values, strict=True))
        self._connection = http.client.HTTPConnection("127.0.0.1", urlsplit(running.api_url).port, timeout=60)

    def get(self, path: str) -> tuple[int, Any]:
        """Ask the query API on a connection that is kept; return status and decoded body."""
        headers = {"Authorization": f"Bearer {self.keys['query_token']}"}
        self._connection.request("GET", f"/api/v1{path}", headers=headers)
        answer = self._connection.getresponse()
        return answer.status, json.loads(answer.read())

    def accepted(self) -> int:
        """Return how many events were accepted."""
        return int(self.get("/status")[1]["accepted"])

    def wait_settled(self, accepted: int = 0) -> float:
        """Return the moment at which all of so many events were in the answers."""
        while True:
            _, status = self.get("/status")
            if status["settled"] and status["accepted"] >= accepted:
                return time.time()
            time.sleep(0.05)


def latency(bench: Bench) -> Sequence[Result]:
    """Sent to seen, through Kafka, PostgreSQL and Kafka again: the median of some turns.

    The sustained rate is measured anew for each: what a shared machine does in one minute it may not do in the next.
    """
    with cluster(bench, SERVICES) as running, processes() as pool:
        product = ClusterProduct(running, running.new_store())
        _warm_up(bench, product)
        turns = sorted(_turn(bench, product, pool) for _ in range(TURNS))
    p99, p50, sustained = turns[TURNS // 2]
    told = "; ".join(f"{each.p99:.2f} s at {SHARE * each.sustained:,.0f}/s" for each in turns)
    note = f"p50 {p50:.2f} s, sustained rate {sustained:,.0f} events/s; the median of {told}"
    what = f"cluster, event sent to seen at {SHARE * sustained:,.0f} events/s, p99"
    return [Result(what, "-", f"{p99:.2f} s", "-", f"below {AT_MOST:g} s", p99 < AT_MOST, note)]


class Turn(NamedTuple):
    """What was measured once."""

    p99: float
    p50: float
    sustained: float


def _turn(bench: Bench, product: ClusterProduct, pool: Executor) -> Turn:
    sustained = _sustained(bench, product)
    rate = SHARE * sustained
    bench.say(f"sustained {sustained:,.0f} events/s, now at {rate:,.0f}")
    waited, _ = waited_at(rate, product, pool, bench.sizes.latency_seconds)
    product.wait_settled()
    return Turn(p99_of(waited), median(waited), sustained)


def soak(bench: Bench) -> Sequence[Result]:
    """The memory of each process, over half an hour of traffic."""
    with cluster(bench, SERVICES) as running, processes() as pool:
        product = ClusterProduct(running, running.new_store())
        alone(send, product.port, product.keys["write_key"], Traffic(bench.sizes.cluster_events))
        product.wait_settled(bench.sizes.cluster_events)
        duration = bench.sizes.soak_seconds
        traffic = Traffic(int(SOAK_RATE * duration) // 20 * 20)
        sending = pool.submit(send, product.port, product.keys["write_key"], traffic, SOAK_RATE)
        seen = [_memory(running)]
        for _ in range(LOOKS):
            time.sleep(duration / LOOKS)
            seen.append(_memory(running))
            bench.say(", ".join(f"{name} {used / 1e6:.0f} MB" for name, used in seen[-1].items()))
        sending.result()
    return [_soaked(name, [look[name] for look in seen], duration) for name in SERVICES]


def _soaked(name: str, seen: Sequence[int], duration: float) -> Result:
    """Compare the second half with the first: what grows for ever grows there too."""
    first, second = median(seen[: len(seen) // 2]), median(seen[len(seen) // 2 :])
    ratio = second / first
    return Result(
        f"memory of {name} over {duration / 60:.0f} minutes",
        f"{first / 1e6:.0f} MB in the first half",
        f"{second / 1e6:.0f} MB in the second",
        f"{ratio:.2f}",
        f"at most {MOST_MORE:g}",
        ratio <= MOST_MORE,
        f"largest {max(seen) / 1e6:.0f} MB",
    )


def _memory(running: RunningCluster) -> dict[str, int]:
    return {name: psutil.Process(running.pid(name)).memory_info().rss for name in SERVICES}


def _warm_up(bench: Bench, product: ClusterProduct) -> None:
    warm = min(2_000, bench.sizes.cluster_events)
    alone(send, product.port, product.keys["write_key"], Traffic(warm))
    product.wait_settled(warm)


def _sustained(bench: Bench, product: ClusterProduct) -> float:
    """Return events a second, from the first byte sent until all are in the answers."""
    traffic = Traffic(bench.sizes.cluster_events)
    before = product.accepted()
    sent = alone(send, product.port, product.keys["write_key"], traffic)
    return traffic.events / (product.wait_settled(before + traffic.events) - sent.began)
