"""The distributed product under test: real servers and the real processes on this machine, behind the face of Product.

Knows servers, processes and databases. What an answer should be belongs in the tests.
"""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psycopg

from footfall.children import Child
from footfall.cluster.servers import DATABASE, Servers
from footfall.cluster.services import FOOTFALL, service
from footfall.distributed.postgres_pool import PostgresPool
from footfall.loopback import free_port
from ingest.consent import ConsentChoice
from ingest.postgres_keys import PostgresKeys
from ingest.stores import Store
from tests.product.commands import COMMANDS
from tests.product.running import (
    COMMAND_SECONDS,
    VERSIONS,
    Shop,
    begun,
    clock_problems,
    eventually,
    problems_of_versions,
)

SERVICES = ("collector", "aggregator", "relay", "projector", "query-api")
SPARE_STORES = 40
START_SECONDS = 60.0


class RunningCluster:
    """Kafka, PostgreSQL, ClickHouse and one process of each of ours; `tests.product.running.Product`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.logs = folder / "logs"
        self.logs.mkdir(parents=True)
        self._postgres_folder = Path(tempfile.mkdtemp(prefix="footfall-postgres-"))  # in reach of who runs it
        self.servers = Servers(folder / "servers", self._postgres_folder)
        self._ports = {"collector": free_port(), "query-api": free_port()}
        self.url, self.api_url = (f"http://127.0.0.1:{self._ports[name]}" for name in ("collector", "query-api"))
        self.doors = [self.url]
        self.services: dict[str, Child] = {}
        self._names = itertools.count(1)
        self._spare: list[Mapping[str, str]] = []

    def start(self, services: Sequence[str] = SERVICES) -> None:
        """Start the servers and processes of ours, and return once those that listen are ready."""
        self.servers.start()
        self.command("topics", "apply")
        for name in services:
            self.start_service(name)
        self.wait_ready()

    def start_service(self, name: str, number: int = 1) -> None:
        """Start a process of ours; a second one of a kind has another number, and another port."""
        port = self._ports.get(name)
        if port and number > 1:
            port = free_port()
        words = [str(FOOTFALL), name, "--data", str(self.folder / "none"), *(["--port", str(port)] if port else [])]
        child = self.services[f"{name}-{number}"] = service(f"{name}-{number}", words, self.environment(), self.logs)
        child.start()
        if name == "collector" and number > 1:
            door = f"http://127.0.0.1:{port}"
            eventually(lambda: _ready(door), START_SECONDS, f"collector {number}")
            self.doors.append(door)

    def stop_service(self, name: str, number: int) -> None:
        """End a process of ours as an operator does."""
        self.services.pop(f"{name}-{number}").stop()

    def pid(self, name: str, number: int = 1) -> int:
        """Return the id of a process of ours, waiting for its restart."""
        child = self.services[f"{name}-{number}"]
        return eventually(lambda: child.pid, 20, f"{name}'s process")

    def signal_service(self, name: str, how: signal.Signals, number: int = 1) -> None:
        """Send a signal to a process of ours as soon as there is one."""
        os.kill(self.pid(name, number), how)

    def restart(self) -> None:
        """End all processes of ours as an operator does, and start them again; the servers stay."""
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda child: child.stop(), self.services.values()))
        for name in list(self.services):
            self.start_service(*_kind_and_number(name))
        self.wait_ready()

    def crash(self) -> None:
        """Kill all processes of ours at once; who watches them starts them again."""
        children = [child for child in self.services.values() if child.pid]
        ended = {pid for child in children if (pid := child.pid)}
        for pid in ended:
            os.kill(pid, signal.SIGKILL)
        eventually(lambda: all(child.pid and child.pid not in ended for child in children), 20, "their next processes")
        self.wait_ready()

    def wait_ready(self, within: float = START_SECONDS) -> None:
        listening = [f"http://127.0.0.1:{port}" for name, port in self._ports.items() if f"{name}-1" in self.services]
        eventually(lambda: all(_ready(url) for url in listening), within, "the cluster's readiness")

    def environment(self) -> dict[str, str]:
        return {**os.environ, **self.servers.environment()}

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """See Product."""
        line = [*words, "--data", str(self.folder / "none")]
        return COMMANDS.run(line, {**self.environment(), **environment}, COMMAND_SECONDS)

    def command(self, *words: str) -> str:
        """See Product."""
        done = self.run(*words)
        assert done.returncode == 0, f"footfall {' '.join(words)}: exit {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def begin(self, *words: str) -> subprocess.Popen[str]:
        """See Product."""
        return begun([*words, "--data", str(self.folder / "none")], self.environment())

    def new_store(self, name: str = "", currency: str = "EUR", consent: str = "record") -> Shop:
        """See Product. A new store is known after a second, so many are made at once."""
        if name or currency != "EUR" or consent != "record":
            store = Store(name or self._name(), currency, consent=ConsentChoice(consent))
            return Shop(self, self._stores([store])[0])
        if not self._spare:
            self._spare = self._stores([Store(self._name()) for _ in range(SPARE_STORES)])
        return Shop(self, self._spare.pop())

    def versions_with_gaps(self) -> list[str]:
        """See Product."""
        problems = []
        with psycopg.connect(self.servers.postgres.dsn(DATABASE)) as connection:
            for (shard,) in connection.execute("SELECT shard FROM shards").fetchall():
                table = f"shard_{shard}_events"
                problems += problems_of_versions(connection.execute(VERSIONS.format(table=table)).fetchall())
                order = f"SELECT substr(state, 1, 8), notification_id FROM {table} ORDER BY notification_id"
                rows = connection.execute(order).fetchall()
                problems += clock_problems([row[:1] for row in rows])
                if [id_ for _, id_ in rows] != list(range(1, len(rows) + 1)):
                    problems.append(f"{table}: the notification ids have gaps")
        return problems

    def last_words(self) -> str:
        """See Product."""
        return "\n".join(
            f"== {log.name}\n{log.read_text(errors='replace')[-1500:]}" for log in sorted(self.logs.iterdir())
        )

    def close(self) -> None:
        """See Product."""
        for child in self.services.values():
            child.stop(10)
        self.servers.stop()
        COMMANDS.close()
        shutil.rmtree(self._postgres_folder, ignore_errors=True)

    def _name(self) -> str:
        return f"store-{os.getpid()}-{next(self._names)}"

    def _stores(self, stores: list[Store]) -> list[Mapping[str, str]]:
        pool = PostgresPool(self.servers.postgres.dsn(DATABASE))
        try:
            return [keys.as_dict() for keys in PostgresKeys(pool).add_stores(stores)]
        finally:
            pool.close()


def _kind_and_number(name: str) -> tuple[str, int]:
    kind, _, number = name.rpartition("-")
    return kind, int(number)


def _ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=5).status_code == 200
    except httpx.TransportError:
        return False
