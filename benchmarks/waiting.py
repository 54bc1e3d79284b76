"""Row 10: how long until an event that was sent is seen in its profile, at 70 % of the sustained rate of row 3.

A process sends batches of 20 at that pace. Besides, ten times a second a marked event goes to a customer of its own (a
new one every 20 events), whose profile is asked for as often: the count of its events says which have been seen.
"""

from __future__ import annotations

import base64
import http.client
import time
import uuid
from collections.abc import Sequence
from concurrent.futures import Executor
from statistics import median, quantiles
from typing import Any, Protocol
from urllib.parse import quote

from benchmarks.harness import Bench, Result, processes
from benchmarks.messages import TEMPLATE, Traffic, now
from benchmarks.pipeline import sustained_rate
from benchmarks.product import running
from benchmarks.sender import Sent, send

SHARE = 0.7
AT_MOST = 2.0
EVERY, POLL = 0.1, 0.1
A_CUSTOMER = 20
LONGEST = 60.0
WARM_UP = 20
AROUND = 2.0
"""Seconds for which more is sent than is looked at, half of them before."""


def latency(bench: Bench) -> Sequence[Result]:
    """Sent to seen."""
    rate = SHARE * sustained_rate(bench)
    bench.say(f"at {rate:,.0f} events/s")
    seconds = bench.sizes.latency_seconds
    with bench.folder() as folder, running(folder) as product, processes() as pool:
        waited, sent = waited_at(rate, product, pool, seconds)
    late = sent.ended - sent.began - seconds - AROUND
    p99 = p99_of(waited)
    note = f"p50 {median(waited):.2f} s, longest {max(waited):.2f} s, {len(waited)} events"
    if late > 1:
        note += f"; the sender fell behind by {late:.1f} s"
    what = f"event sent to seen in the profile at {rate:,.0f} events/s, p99"
    return [Result(what, "-", f"{p99:.2f} s", "-", f"below {AT_MOST:g} s", p99 < AT_MOST, note)]


def waited_at(rate: float, product: Asked, pool: Executor, seconds: float) -> tuple[list[float], Sent]:
    """Return how long each marked event took while others are sent at a pace, and what was sent."""
    traffic = Traffic(int(rate * (seconds + AROUND)) // 20 * 20)
    sending = pool.submit(send, product.port, product.keys["write_key"], traffic, rate)
    time.sleep(AROUND / 2)
    waited = Probe(product).run(seconds)
    return waited, sending.result()


def p99_of(waited: Sequence[float]) -> float:
    """Return the time that one of a hundred exceeds."""
    return quantiles(waited, n=100)[98]


class Asked(Protocol):
    """A product that can be sent to and asked."""

    port: int
    keys: dict[str, str]

    def get(self, path: str) -> tuple[int, Any]:
        """Ask the query API; return status and decoded body."""


class Probe:
    """Sends marked events and looks for them."""

    def __init__(self, product: Asked) -> None:
        self._product = product
        self._connection = http.client.HTTPConnection("127.0.0.1", product.port, timeout=60)
        self._token = base64.b64encode(f"{product.keys['write_key']}:".encode()).decode()
        self._prefix = f"probe-{uuid.uuid4().hex[:8]}"
        self._sent: list[float] = []
        self._waited: list[float] = []

    def run(self, duration: float) -> list[float]:
        """Return how long each event took, the first ones left out."""
        began = time.monotonic()
        while (at := time.monotonic()) - began < duration:
            if at >= began + len(self._sent) * EVERY:
                self._send(len(self._sent))
            self._look()
            time.sleep(POLL)
        while len(self._waited) < len(self._sent) and time.monotonic() - began < duration + LONGEST:
            self._look()
            time.sleep(POLL)
        self._connection.close()
        if len(self._waited) < len(self._sent):
            raise RuntimeError(f"{len(self._sent) - len(self._waited)} events were not seen within {LONGEST:g} s")
        return self._waited[min(WARM_UP, len(self._waited) // 2) :]

    def _send(self, number: int) -> None:
        body = TEMPLATE % (f"{self._prefix}-m-{number}", f'"anonymousId":"{self._customer(number)}"', now(), 1, 1)
        self._sent.append(time.monotonic())
        self._connection.request(
            "POST",
            "/v1/track",
            body,
            {"Content-Type": "application/json", "Authorization": f"Basic {self._token}"},
        )
        answer = self._connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"a marked event was answered with {answer.status}")

    def _look(self) -> None:
        """Ask for the customer whose event is awaited next."""
        first = len(self._waited)
        if first >= len(self._sent):
            return
        code, profile = self._product.get(f"/customers/by/anonymous_id/{quote(self._customer(first))}")
        seen = first - first % A_CUSTOMER + (profile["events"] if code == 200 else 0)
        at = time.monotonic()
        self._waited += [at - sent for sent in self._sent[first:seen]]

    def _customer(self, number: int) -> str:
        return f"{self._prefix}-{number // A_CUSTOMER}"
