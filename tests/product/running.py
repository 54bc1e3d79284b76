"""The real product under test: a process started by its console script, reached over HTTP and by its command line.

Knows processes, keys and routes. What an answer should be belongs in the tests. Waiting is polling with a deadline.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

import httpx
import psutil
import pytest

from footfall.loopback import free_port
from ingest.consent import ConsentChoice
from ingest.sqlite_keys import SQLiteKeys
from ingest.stores import Store
from tests.product.commands import COMMANDS

Json = dict[str, Any]
Worker = Literal["aggregator", "projector", "clickhouse"]
T = TypeVar("T")

FOOTFALL = Path(sys.executable).with_name("footfall")
PROGRAMS: Mapping[str, str] = {
    "aggregator": "footfall.embedded.aggregator",
    "projector": "footfall.embedded.projector",
    "clickhouse": "footfall.chdb_child",
}
MARK = "STARTED_BY_A_TEST_ON"
START_SECONDS, STOP_SECONDS, SETTLE_SECONDS, COMMAND_SECONDS = 60.0, 40.0, 60.0, 180.0
KEY_KINDS = ("write_key", "server_key", "query_token", "admin_token")


class NotInTime(AssertionError):
    """What was waited for did not come before the deadline."""


def eventually(ask: Callable[[], T | None], within: float, what: str) -> T:
    """Ask until the answer is true, and return it; fail with what was awaited when the time is over."""
    deadline = time.monotonic() + within
    while not (answer := ask()):
        if time.monotonic() > deadline:
            raise NotInTime(f"{what} did not come within {within:g} s")
        time.sleep(0.03)
    return answer


def begun(words: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[str]:
    """Start a command of the product."""
    return subprocess.Popen(
        [str(FOOTFALL), *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )


def has_ended(process: psutil.Process) -> bool:
    """Tell whether a process runs no more; whoever inherited it may not have noticed yet."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def client(url: str, timeout: float = 30.0, **headers: str) -> httpx.Client:
    """Return a client that keeps no connection, so that a restart between two requests is no fault."""
    return httpx.Client(
        base_url=url, timeout=timeout, headers=headers, limits=httpx.Limits(max_keepalive_connections=0), verify=False
    )


class Product(Protocol):
    """A running product, in either run mode."""

    url: str
    """Where shops send to."""
    api_url: str
    """Where analysts ask."""
    doors: list[str]
    """All addresses that shops may send to."""

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the product on the same data."""

    def command(self, *words: str) -> str:
        """Run a command that must succeed, and return what it printed."""

    def begin(self, *words: str) -> subprocess.Popen[str]:
        """Start a command in a process of its own, which may be signalled; its output can be read."""

    def new_store(self, name: str = "", currency: str = "EUR", consent: str = "record") -> Shop:
        """Return a store that nobody else uses."""

    def versions_with_gaps(self) -> list[str]:
        """Say which streams have versions that are not 1, 2, 3, ..., and where a log's clock went back."""

    def last_words(self) -> str:
        """Return the end of its logs."""

    def close(self) -> None:
        """Leave nothing running. Can be repeated."""


class RunningProduct:
    """`footfall up` on a data folder, with its port kept across restarts."""

    def __init__(self, data: Path, **environment: str) -> None:
        self.data = data
        self.log = data.with_name(f"{data.name}.log")
        self.port = free_port()
        self.url = self.api_url = f"http://127.0.0.1:{self.port}"
        self.doors = [self.url]
        self._environment = {**os.environ, **environment, MARK: str(data)}
        self._names = itertools.count(1)
        self._process: subprocess.Popen[bytes] | None = None
        self._client = client(self.url, timeout=5)

    @property
    def pid(self) -> int:
        assert self._process is not None, "the product was not started"
        return self._process.pid

    def start(self, *, wait: bool = True) -> None:
        """Start it; return once it can accept, unless told not to wait."""
        with self.log.open("ab") as log:
            line = [str(FOOTFALL), "up", "--data", str(self.data), "--port", str(self.port)]
            self._process = subprocess.Popen(line, stdout=log, stderr=log, env=self._environment)
        if wait:
            self.wait_ready()

    def wait_ready(self, within: float = START_SECONDS) -> None:
        eventually(self.ready, within, "the product's readiness")

    def ready(self) -> bool:
        assert self._process is not None, "the product was not started"
        assert self._process.poll() is None, f"the product ended: {self.last_words()}"
        try:
            return self._client.get("/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def stop(self) -> int:
        """End it as Ctrl-C does, and return its exit code."""
        return self._end(signal.SIGINT)

    def kill(self) -> None:
        """End it as a power cut does."""
        self._end(signal.SIGKILL)

    def kill_worker(self, name: Worker) -> int:
        """Kill one of the processes behind the front door as soon as there is one; return its id."""
        found = self.process(name)
        found.kill()
        return found.pid

    def process(self, name: Worker, within: float = 20.0) -> psutil.Process:
        """Return one of the processes behind the front door, waiting for its restart."""
        return eventually(lambda: next(iter(self._processes(PROGRAMS[name])), None), within, f"{name}'s process")

    def processes(self) -> list[psutil.Process]:
        """Return all live processes of this product, whoever their parent is by now."""
        return self._processes("")

    def restart(self) -> None:
        self.stop()
        self.start()

    def crash(self) -> None:
        """Kill it and start it again."""
        self.kill()
        self.start()

    def close(self) -> None:
        """Leave nothing running, whatever happened, and see that this is so. Can be repeated."""
        if self._process is not None and self._process.poll() is None:
            self.stop()
        self._client.close()
        try:
            eventually(lambda: not self.processes(), 10, "the end of the product's processes")
        finally:
            COMMANDS.close()
            for process in self.processes():
                process.kill()

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the product on the same data."""
        line = [*words, "--data", str(self.data)]
        return COMMANDS.run(line, {**self._environment, **environment}, COMMAND_SECONDS)

    def command(self, *words: str) -> str:
        """Run a command that must succeed, and return what it printed."""
        done = self.run(*words)
        assert done.returncode == 0, f"footfall {' '.join(words)}: exit {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def begin(self, *words: str) -> subprocess.Popen[str]:
        """See Product."""
        return begun([*words, "--data", str(self.data)], self._environment)

    def first_store(self) -> Shop:
        """Return the store that `up` made."""
        return Shop(self, json.loads(self.command("keys", "--json")))

    def new_store(self, name: str = "", currency: str = "EUR", consent: str = "record") -> Shop:
        """Return a store that nobody else uses; does what `footfall store add` does, without its two seconds."""
        name = name or f"store-{os.getpid()}-{next(self._names)}"
        with closing(SQLiteKeys(self.data)) as keys:
            shop = Shop(self, keys.add_store(Store(name, currency, consent=ConsentChoice(consent))).as_dict())
        shop.wait_known()
        return shop

    def versions_with_gaps(self) -> list[str]:
        """See Product."""
        file = self.data / "events.db"
        return problems_of_versions(_stored(file, VERSIONS.format(table="stored_events"))) + clock_problems(
            _stored(file, "SELECT substr(state, 1, 8) FROM stored_events ORDER BY rowid")
        )

    def last_words(self) -> str:
        return self.log.read_text(errors="replace")[-4000:] if self.log.exists() else ""

    def _end(self, how: signal.Signals) -> int:
        assert self._process is not None, "the product was not started"
        self._process.send_signal(how)
        return self._process.wait(STOP_SECONDS)

    def _processes(self, program: str) -> list[psutil.Process]:
        return [process for process in psutil.process_iter() if self._is_ours(process, program)]

    def _is_ours(self, process: psutil.Process, program: str) -> bool:
        try:
            return (
                program in " ".join(process.cmdline())
                and process.environ().get(MARK) == str(self.data)
                and process.status() != psutil.STATUS_ZOMBIE
            )
        except (psutil.Error, OSError):
            return False


VERSIONS = """
SELECT originator_id, count(*), min(originator_version), max(originator_version) FROM {table}
GROUP BY originator_id HAVING min(originator_version) != 1 OR max(originator_version) != count(*)
"""


def problems_of_versions(rows: Iterable[Sequence[Any]]) -> list[str]:
    return [f"stream {stream}: {count} facts, versions {low} to {high}" for stream, count, low, high in rows]


def clock_problems(rows: Iterable[Sequence[bytes]]) -> list[str]:
    stamps = [int.from_bytes(stamp, "big") for (stamp,) in rows]
    return [f"the log's clock went back at {b}" for a, b in itertools.pairwise(stamps) if b < a]


def _stored(file: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=30)) as connection:
        return connection.execute(query).fetchall()


class Shop:
    """One store of a running product: what its shop may send, and what its analyst may ask."""

    def __init__(self, product: Product, keys: Mapping[str, str]) -> None:
        self.product = product
        self.name = keys["store"]
        self.write_key, self.server_key, self.query_token, self.admin_token = (keys[kind] for kind in KEY_KINDS)
        self.http = client(product.url)
        self.analyst = client(f"{product.api_url}/api/v1", Authorization=f"Bearer {self.query_token}")

    def wait_known(self) -> None:
        """Return once the running product has noticed the store."""
        eventually(lambda: self.ask("/status").status_code == 200, 10, f"the notice of store {self.name}")

    def post(self, path: str, body: Any, *, server: bool = False, **headers: str) -> httpx.Response:
        """Send a request as a shop does, whatever the answer."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        key = self.server_key if server else self.write_key
        return self.http.post(path, content=content, auth=(key, ""), headers=headers)

    def send(self, *messages: Json, server: bool = False) -> Json:
        """Send messages as one batch that must be answered with 200; return the answer."""
        said = self.post("/v1/batch", {"batch": list(messages)}, server=server)
        assert said.status_code == 200, f"{said.status_code} {said.text}"
        answer: Json = said.json()
        return answer

    def ask(self, path: str, **params: Any) -> httpx.Response:
        """Ask as an analyst, whatever the answer."""
        return self.analyst.get(path, params=params)

    def get(self, path: str, **params: Any) -> Json:
        """Ask for what must be there; of a moment that is not absorbed yet again, as the answer tells to."""
        said = eventually(lambda: self._known(path, params), SETTLE_SECONDS, f"{path} {params}")
        assert said.status_code == 200, f"{path} {params}: {said.status_code} {said.text}"
        answer: Json = said.json()
        return answer

    def _known(self, path: str, params: Json) -> httpx.Response | None:
        said = self.ask(path, **params)
        return None if said.status_code == 409 and said.json()["code"] == "not_yet_known" else said

    def question(self, name: str, body: Json, **headers: str) -> httpx.Response:
        """Ask a question across customers."""
        return self.analyst.post(f"/questions/{name}", json=body, headers=headers)

    def items(self, path: str, **params: Any) -> list[Json]:
        """Return all items of a list, page by page."""
        found: list[Json] = []
        cursor: Json = {}
        while True:
            page = self.get(path, **params, **cursor)
            found += page["items"]
            if page["next_cursor"] is None:
                return found
            cursor = {"cursor": page["next_cursor"]}

    def customer(self, user_id: str, **params: Any) -> Json:
        """Return the profile found by a user id."""
        return self.get(f"/customers/by/user_id/{user_id}", **params)

    def status(self) -> Json:
        return self.get("/status")

    def settle(self, within: float = SETTLE_SECONDS) -> Json:
        """Return the status once everything that was answered with 200 is in the answers."""
        try:
            return eventually(self._settled, within, "the settling of the product")
        except NotInTime as late:
            raise NotInTime(f"{late}: {self.status()}\n{self.product.last_words()}") from None

    def _settled(self) -> Json | None:
        status = self.status()
        return status if status["settled"] else None


def embedded(shop: Shop) -> RunningProduct:
    """Return the product of a shop, for tests that are about the embedded mode."""
    assert isinstance(shop.product, RunningProduct)
    return shop.product


SHARED = pytest.StashKey[Product]()


@pytest.fixture(scope="session")
def product(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The one product that tests share; who kills or fills it starts one of its own. `--mode` says which run mode."""
    stash = request.config.stash
    if SHARED not in stash:
        folder = tmp_path_factory.mktemp("shared")
        if request.config.getoption("--mode") == "distributed":
            stash[SHARED] = request.getfixturevalue("shared_cluster")
        else:
            embedded = RunningProduct(folder / "data")
            embedded.start()
            stash[SHARED] = embedded
    yield stash[SHARED]
    stash[SHARED].close()  # session fixtures end together, after the last test


@pytest.fixture
def shop(product: Product) -> Shop:
    """A fresh store of the shared product."""
    return product.new_store()


@pytest.fixture
def own_product(tmp_path: Path) -> Iterator[RunningProduct]:
    """A product for one test alone, not started yet."""
    running = RunningProduct(tmp_path / "data")
    yield running
    running.close()
