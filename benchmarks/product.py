"""The whole product as a user starts it: `footfall up` on a folder, asked and watched from outside."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from footfall.loopback import free_port
from projections.clickhouse_connection import Address

FOOTFALL = Path(sys.executable).with_name("footfall")
START_SECONDS, STOP_SECONDS, POLL_SECONDS = 60.0, 60.0, 0.02


class Product:
    """A running product."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.port = free_port()
        self.log = data.with_suffix(".log")
        with self.log.open("ab") as log:
            command = [str(FOOTFALL), "up", "--data", str(data), "--port", str(self.port)]
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        self.keys: dict[str, str] = {}

    def wait_ready(self) -> None:
        """Return as soon as it takes requests."""
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the product did not start: {self.log.read_text()[-2000:]}")
            time.sleep(0.05)
        command = [str(FOOTFALL), "keys", "--data", str(self.data), "--json"]
        self.keys = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)

    def get(self, path: str) -> tuple[int, Any]:
        """Ask the query API on a connection that is kept; return status and decoded body."""
        self._connection.request(
            "GET", f"/api/v1{path}", headers={"Authorization": f"Bearer {self.keys['query_token']}"}
        )
        answer = self._connection.getresponse()
        return answer.status, json.loads(answer.read())

    def status(self) -> dict[str, Any]:
        """Return how far the pipeline is."""
        code, body = self.get("/status")
        if code != 200:
            raise RuntimeError(f"the status is answered with {code}")
        status: dict[str, Any] = body
        return status

    def wait_settled(self, accepted: int) -> dict[str, float]:
        """Return when everything is in the answers; the wall-clock time at which each stage had all of it."""
        reached: dict[str, float] = {}
        while True:
            status = self.status()
            for stage in ("accepted", "recorded", "projected"):
                if stage not in reached and status[stage] >= accepted:
                    reached[stage] = time.time()
            if status["settled"] and status["accepted"] >= accepted:
                return reached | {"settled": time.time()}
            if self.process.poll() is not None:
                raise RuntimeError(f"the product ended: {self.log.read_text()[-2000:]}")
            time.sleep(POLL_SECONDS)

    def clickhouse(self) -> Address:
        """Return where its ClickHouse listens."""
        return Address(**json.loads((self.data / "clickhouse.json").read_text(encoding="utf-8")))

    def memory(self) -> int:
        """Return the resident bytes of all its processes but ClickHouse."""
        return sum(self.memory_by_process().values())

    def memory_by_process(self) -> dict[str, int]:
        """Return the same by process."""
        parent = psutil.Process(self.process.pid)
        workers = {child: child.cmdline() for child in parent.children(recursive=True)}
        own = {
            line[-2]: child
            for child, line in workers.items()
            if any(part.startswith("footfall.embedded.") for part in line)
        }
        return {name: process.memory_info().rss for name, process in {"front door": parent, **own}.items()}

    def stop(self) -> None:
        """End it as Ctrl-C does; by force where that takes too long (its children go with it)."""
        self._connection.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def _answers(self) -> bool:
        try:
            self._connection.request("GET", "/readyz")
            answer = self._connection.getresponse()
            answer.read()
        except OSError:
            self._connection.close()
            return False
        return answer.status == 200


@contextmanager
def running(folder: Path) -> Iterator[Product]:
    """Run a product on a new data folder."""
    product = Product(folder / f"data-{time.monotonic_ns()}")
    try:
        product.wait_ready()
        yield product
    finally:
        product.stop()
