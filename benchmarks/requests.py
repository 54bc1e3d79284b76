"""Rows 1 and 2: requests made durable a second, the whole product running, against a bare ASGI app; also for others.

Each run has the machine to itself: the floor without a product, the product anew on an empty folder. `wrk` with one
thread sends 540-byte product views of 20,000 customers, each with its own message id; anything but a 200 voids the run.
"""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from benchmarks.harness import ROOT, Bench, Result, Skipped, interleaved, rates
from benchmarks.messages import AGENT, TEMPLATE, now
from benchmarks.product import running
from footfall.loopback import free_port, listens

CUSTOMERS = 20_000
BATCH = 20
WARM_UP_SECONDS = 1


def single(bench: Bench) -> Sequence[Result]:
    """One event a request."""
    return [_row(bench, connections, 0, 0.4) for connections in bench.sizes.connections]


def batches(bench: Bench) -> Sequence[Result]:
    """Batches of 20, by requests."""
    return [_row(bench, connections, BATCH, 0.15) for connections in bench.sizes.connections]


def _row(bench: Bench, connections: int, batch: int, at_least: float) -> Result:
    ensure_wrk(bench)
    bench.say(f"{connections} connections, {batch or 'single'}")

    def floor() -> float:
        with bare() as port:
            wrk(port, "", connections, batch, WARM_UP_SECONDS)
            return wrk(port, "", connections, batch, bench.sizes.wrk_seconds)

    def ours() -> float:
        with bench.folder() as folder, running(folder) as product:
            wrk(product.port, product.keys["write_key"], connections, batch, WARM_UP_SECONDS)
            return wrk(product.port, product.keys["write_key"], connections, batch, bench.sizes.wrk_seconds)

    measured = interleaved(bench, floor, ours, "requests/s")
    what = f"batches of {batch}, durable" if batch else "one event a request, durable"
    note = f"{measured[1] * batch:,.0f} events/s" if batch else ""
    return rates(f"{what}, {connections} connections", "requests/s", measured, at_least, note)


@contextmanager
def bare() -> Iterator[int]:
    """Give the port of the bare ASGI app while it runs."""
    port = free_port()
    server = subprocess.Popen([sys.executable, "-m", "benchmarks.floor_app", str(port)], cwd=ROOT)
    try:
        _wait_for(port, server)
        yield port
    finally:
        server.terminate()
        server.wait()


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    for _ in range(400):
        if listens(port):
            return
        if server.poll() is not None:
            break
        time.sleep(0.05)
    raise RuntimeError("the bare ASGI app did not start")


class Load(NamedTuple):
    """What `load.lua` sends: a template of an event, and the format that its bodies have."""

    template: str
    format: str = "segment"


SEGMENT = Load(TEMPLATE)


def wrk(port: int, key: str, connections: int, batch: int, duration: int, load: Load = SEGMENT) -> float:
    """Return the requests answered with 200 a second."""
    environment = {
        **os.environ,
        "BENCH_TEMPLATE": load.template,
        "BENCH_FORMAT": load.format,
        "BENCH_AGENT": AGENT,
        "BENCH_NOW": now(),
        "BENCH_KEY": key,
        "BENCH_BASIC": base64.b64encode(f"{key}:".encode()).decode(),
        "BENCH_BATCH": str(batch),
        "BENCH_CUSTOMERS": str(CUSTOMERS),
        "BENCH_RUN": uuid.uuid4().hex[:12],
    }
    script = str(ROOT / "benchmarks" / "load.lua")
    command = ["wrk", "-t1", f"-c{connections}", f"-d{duration}s", "--timeout", "20s", "-s", script]
    done = subprocess.run(
        [*command, f"http://127.0.0.1:{port}"], env=environment, capture_output=True, text=True, check=True
    )
    answers, microseconds, not_200, broken, _ = (int(n) for n in done.stdout.rpartition("RESULT ")[2].split())
    if not_200 or broken:
        raise RuntimeError(f"{not_200} answers were not 200, {broken} connections broke")
    return answers / (microseconds / 1e6)


def ensure_wrk(bench: Bench) -> None:
    if shutil.which("wrk"):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        bench.say("installing wrk with apt-get")
        for words in (["update", "-qq"], ["install", "-y", "-qq", "wrk"]):  # a new machine knows no packages yet
            subprocess.run(["apt-get", *words], capture_output=True, check=False)
    if not shutil.which("wrk"):
        raise Skipped("wrk is missing: install the Debian package `wrk`")
