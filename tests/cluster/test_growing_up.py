"""`footfall migrate` and `verify --against`: a shop grows out of its data folder while its customers go on clicking."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import psycopg
import pytest

from footfall.children import Child
from footfall.cluster.servers import DATABASE, Servers
from footfall.cluster.services import FOOTFALL, service
from footfall.data_folder import DataFolder
from footfall.loopback import free_port
from tests.cluster.conftest import needs
from tests.cluster.story import send_story
from tests.product.commands import COMMANDS
from tests.product.running import Json, RunningProduct, Shop, client, eventually

pytestmark = [pytest.mark.product, pytest.mark.slow]

KILL_AT = (1, 4, 7, 5, 2)
"""At which report of progress each run kills itself: among keys, reservations, facts."""

KILLED = """
import os, signal, sys
from pathlib import Path
from footfall.growing_up.command import target_of
from footfall.growing_up.folder_history import FolderHistory, stopped
from footfall.growing_up.moving import move
from footfall.settings import load

left = int(sys.argv[2])

def told(what, done, of):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)

settings = load().settings
with stopped(Path(sys.argv[1]), "--from") as folder, target_of(settings, folder) as target:
    move(FolderHistory(folder, settings), target, told, batch=100)
"""


class Grown(Shop):
    """A store of the distributed installation: its collector and its query API are two processes."""

    def __init__(self, shop: Shop, collector: str, query_api: str) -> None:
        self.name, self.write_key, self.server_key = shop.name, shop.write_key, shop.server_key
        self.http = client(collector)
        self.analyst = client(f"{query_api}/api/v1", Authorization=f"Bearer {shop.query_token}")

    def is_known(self) -> bool:
        return self.post("/v1/batch", {"batch": []}).status_code != 401


class Installation:
    """A distributed installation on this machine, with the secret of a data folder."""

    def __init__(self, servers: Servers, secret: str) -> None:
        self.servers = servers
        self.environment = {**os.environ, **servers.environment(), "FOOTFALL_SECRET": secret}
        self.collector, self.query_api = free_port(), free_port()
        self._running: dict[str, Child] = {}

    def start(self, *names: str) -> None:
        for name in names:
            port = {"collector": self.collector, "query-api": self.query_api}.get(name)
            words = [str(FOOTFALL), name, *(["--port", str(port)] if port else [])]
            child = service(name, words, self.environment, self.servers.folder)
            child.start()
            self._running[name] = child

    def stop(self, *names: str) -> None:
        for name in names or list(self._running):
            self._running.pop(name).stop()

    def said_by(self, name: str) -> str:
        log = self.servers.folder / f"{name}.log"
        return log.read_text(errors="replace") if log.exists() else ""

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return COMMANDS.run(words, {**self.environment, **environment}, 120)

    def killed_migration(self, folder: Path, at: int) -> int:
        line = [sys.executable, "-c", KILLED, str(folder), str(at)]
        return subprocess.run(line, env=self.environment, check=False, timeout=60).returncode

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.servers.postgres.dsn(DATABASE)) as connection:
            return connection.execute(query.encode()).fetchall()

    def execute(self, statement: str) -> None:
        with psycopg.connect(self.servers.postgres.dsn(DATABASE)) as connection:
            connection.execute(statement.encode())

    def recorded(self) -> int:
        ((facts,),) = self.rows("SELECT sum(facts)::bigint FROM shards")
        return int(str(facts))

    def shop(self, shop: Shop) -> Grown:
        return Grown(shop, f"http://127.0.0.1:{self.collector}", f"http://127.0.0.1:{self.query_api}")


def clicks(prefix: str, customers: Sequence[Json]) -> list[Json]:
    """A further page view of each customer, by an id that is known of them."""
    said = []
    for number, customer in enumerate(customers):
        who = {"userId": customer["user_ids"][0]} if customer["user_ids"] else {}
        if customer["anonymous_ids"]:
            who["anonymousId"] = customer["anonymous_ids"][0]
        if who:
            said.append({"type": "page", "messageId": f"{prefix}-{number}", "properties": {"path": "/"}, **who})
    return said


def facts_of(shop: Shop) -> dict[str, Json]:
    """All facts of a store by id; each must be there once."""
    found = [
        fact
        for customer in shop.items("/customers", limit=1000)
        for fact in shop.items(f"/customers/{customer['customer_id']}/events", limit=1000)
    ]
    assert Counter(fact["event_id"] for fact in found).most_common(1)[0][1] == 1
    return {fact["event_id"]: fact for fact in found}


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    needs("java", "mvn", "postgres")
    postgres = Path(tempfile.mkdtemp(prefix="footfall-postgres-"))
    running = Servers(tmp_path_factory.mktemp("servers"), postgres)
    try:
        running.start()
        yield running
    finally:
        running.stop()
        shutil.rmtree(postgres, ignore_errors=True)


class Before:
    """The embedded product, its two shops, and what it answered before it was stopped."""

    def __init__(self, product: RunningProduct) -> None:
        self.product = product
        self.folder = product.data
        self.shops = [product.first_store(), product.new_store("second", "USD")]
        for seed, shop in enumerate(self.shops, 1):
            send_story(shop, seed)
        self.shops[1].post("/v1/batch", {"batch": [{"type": "track", "event": "Of Nobody"}]})
        for shop in self.shops:
            shop.settle()
        assert self.shops[1].status()["dead_letters"] == 1
        self.customers = [shop.items("/customers", limit=1000) for shop in self.shops]
        self.facts = [facts_of(shop) for shop in self.shops]
        self.recorded = self.shops[0].status()["recorded"]


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Before]:
    product = RunningProduct(tmp_path_factory.mktemp("embedded") / "data")
    try:
        product.start()
        yield Before(product)
    finally:
        product.close()


@pytest.fixture(scope="module")
def installation(servers: Servers, before: Before) -> Iterator[Installation]:
    made = Installation(servers, DataFolder(before.folder).secret().hex())
    assert made.run("topics", "apply").returncode == 0
    yield made
    made.stop()


def test_a_product_that_runs_and_another_secret_are_refused_with_what_to_do(
    installation: Installation, before: Before
) -> None:
    running = installation.run("migrate", "--from", str(before.folder))
    assert running.returncode == 2
    assert f"in use by process {before.product.pid}" in running.stderr
    late = clicks("late", before.customers[0])
    before.shops[0].send(*late)
    before.product.kill()  # some of these may wait in the inbox yet
    other = installation.run("migrate", "--from", str(before.folder), FOOTFALL_SECRET="0" * 64)
    assert other.returncode == 2
    assert f'FOOTFALL_SECRET="$(cat {before.folder}/secret)"' in other.stderr
    assert DataFolder(before.folder).secret().hex() not in other.stdout + other.stderr
    nowhere = installation.run("migrate", "--from", f"{before.folder}-nowhere")
    assert (nowhere.returncode, "is no data folder" in nowhere.stderr) == (2, True)
    before.recorded += len(late)


def test_a_migration_that_is_killed_again_and_again_goes_on_while_collectors_accept(
    installation: Installation, before: Before
) -> None:
    installation.start("relay", "projector", "query-api")
    assert installation.killed_migration(before.folder, KILL_AT[0]) == -9
    installation.start("collector", "aggregator")
    grown = [installation.shop(shop) for shop in before.shops]
    eventually(lambda: "process.listening" in installation.said_by("collector"), 60, "the collector")
    for shop, customers in zip(grown, before.customers, strict=True):
        eventually(shop.is_known, 10, "the old keys")
        shop.send(*clicks("meanwhile", customers))
    for at in KILL_AT[1:]:
        assert installation.killed_migration(before.folder, at) == -9
    eventually(lambda: "aggregator.waits_for_history" in installation.said_by("aggregator"), 60, "the waiting")
    ((copied, finished),) = installation.rows("SELECT copied, finished FROM migration")
    assert (installation.recorded(), finished) == (copied, False)
    assert 0 < installation.recorded() < before.recorded
    assert not grown[0].status()["settled"]
    said = installation.said_by("aggregator")
    assert (said.count("aggregator.waits_for_history"), said.count("worker.retries")) == (1, 0)
    installation.stop("aggregator")


def test_what_came_answers_as_it_did_before_and_a_second_run_finds_nothing_to_do(
    installation: Installation, before: Before
) -> None:
    done = installation.run("migrate", "--from", str(before.folder))
    assert done.returncode == 0, done.stderr
    assert f"all {before.recorded} facts of {before.folder} are here" in done.stdout
    again = installation.run("migrate", "--from", str(before.folder))
    assert (again.returncode, again.stdout.partition(":")[0]) == (0, "nothing is left to do"), again.stderr
    same = installation.run("verify", "--against", str(before.folder))
    assert same.returncode == 0, same.stdout + same.stderr
    assert [line.split(":")[0] for line in same.stdout.splitlines()] == ["events", "profiles", "sessions"]
    assert installation.recorded() == before.recorded
    assert [installation.shop(shop).status()["dead_letters"] for shop in before.shops] == [0, 1]
    for shop, facts in zip(before.shops, before.facts, strict=True):
        now = facts_of(installation.shop(shop))
        assert {id_: now[id_] for id_ in facts} == facts, "ids and times, recorded_at too, are those of before"


def test_afterwards_the_aggregator_records_what_came_meanwhile_each_once(
    installation: Installation, before: Before
) -> None:
    installation.start("aggregator")
    grown = [installation.shop(shop) for shop in before.shops]
    for shop, customers in zip(grown, before.customers, strict=True):
        shop.send(*clicks("meanwhile", customers), *clicks("after", customers))  # some of them once more
        shop.send(*clicks("late", customers) if customers is before.customers[0] else clicks("after", customers))
    eventually(lambda: grown[0].status()["settled"], 60, "the settling")
    status = grown[0].status()
    assert status["accepted"] > status["recorded"] == status["projected"] == installation.recorded()
    for shop, customers, facts in zip(grown, before.customers, before.facts, strict=True):
        now = facts_of(shop)
        sent = {each["messageId"] for prefix in ("meanwhile", "after") for each in clicks(prefix, customers)}
        messages = Counter(fact["message_id"] for fact in now.values())
        assert all(messages[one] == 1 for one in sent)
        assert {id_: now[id_] for id_ in facts} == facts
        latest = max(fact["recorded_at"] for fact in facts.values())
        assert all(fact["recorded_at"] > latest for fact in now.values() if fact["message_id"] in sent)


def test_versions_and_notifications_have_no_gaps(installation: Installation) -> None:
    for shard in range(2):
        events = f"shard_{shard}_events"
        assert not installation.rows(
            f"SELECT originator_id FROM {events} GROUP BY originator_id"
            " HAVING min(originator_version) != 1 OR max(originator_version) != count(*)"
        )
        ((first, last, count),) = installation.rows(
            f"SELECT min(notification_id), max(notification_id), count(*) FROM {events}"
        )
        assert (first, last) == (1, count)
        ((reservations,),) = installation.rows(f"SELECT count(*) FROM shard_{shard}_reservations")
        assert reservations == count


def test_who_differs_is_named_once_the_installation_knows_more(installation: Installation, before: Before) -> None:
    differs = installation.run("verify", "profiles", "--against", str(before.folder))
    assert differs.returncode == 1, differs.stderr
    profiles = differs.stdout.partition("profiles: ")[2]
    named = {line.strip() for line in profiles.splitlines()[1:]}
    assert named == {
        f"differs: {shop.name} {customer['customer_id']}"
        for shop, customers in zip(before.shops, before.customers, strict=True)
        for customer in customers
        if customer["user_ids"] or customer["anonymous_ids"]
    }


def test_what_the_folder_takes_after_the_end_is_said_not_lost(installation: Installation, before: Before) -> None:
    before.product.start()
    before.shops[0].send(*clicks("too late", before.customers[0][:3]))
    before.product.stop()
    refused = installation.run("migrate", "--from", str(before.folder))
    assert refused.returncode == 1
    assert "has recorded 3 facts since" in refused.stderr


def test_an_aggregator_that_waits_goes_on_by_itself(installation: Installation, before: Before) -> None:
    """The state of a migration is set by hand here: what counts is the worker that waits."""
    shop = installation.shop(before.shops[0])
    installation.execute("UPDATE migration SET finished = false")
    recorded = installation.recorded()
    shop.send(*clicks("waiting", before.customers[0]))
    eventually(lambda: installation.said_by("aggregator").count("waits_for_history") == 2, 30, "the waiting")
    assert installation.recorded() == recorded
    installation.execute("UPDATE migration SET finished = true")
    eventually(lambda: shop.status()["settled"], 30, "the settling")
    assert installation.recorded() == recorded + len(clicks("waiting", before.customers[0]))
