"""A person who leaves is gone from every byte that the product wrote, whatever is killed meanwhile (law L7)."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from footfall.erasing.eraser import request
from footfall.erasing.sqlite_ledger import SqliteLedger
from schemas.streams import StreamId
from tests.product.byte_search import places_of
from tests.product.leaving import SECONDS, Person, erase, finished, known, owner
from tests.product.running import RunningProduct, Shop, client, eventually

pytestmark = pytest.mark.product

KILLED = """
import os, signal, sys
from pathlib import Path
from footfall.embedded.erasing import FolderErasing
from footfall.embedded.erasing_desk import opened
from footfall.erasing.sqlite_ledger import SqliteLedger
from footfall.settings import load

class Dying(SqliteLedger):
    def save(self, erasure):
        step = f"{erasure.state} {len(erasure.removed)}"
        if step not in sys.argv[2:]:
            print(step, flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
        super().save(erasure)

settings = load({"data": Path(sys.argv[1])}).settings
with opened(settings) as (folder, side, _, works):
    projector = side.projector()
    projector.start()
    FolderErasing(folder, settings, side, projector, Dying(folder.erasures)).step()
"""
"""Carries erasures out, and is killed when a step is done that it was not told of, before that is noted."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningProduct]:
    product = RunningProduct(tmp_path_factory.mktemp("erasure") / "data")
    product.start()
    yield product
    product.close()


def found(shop: Shop, person: Person) -> dict[str, list[str]]:
    assert isinstance(shop.product, RunningProduct)
    places = places_of(person.texts(), shop.product.data)
    return {text: files for text, files in places.items() if files}


def test_no_byte_of_an_erased_person_is_left_and_others_stay(running: RunningProduct) -> None:
    shop = running.new_store()
    ada, customer_id = known(shop, "adalovelace")
    bob, _ = known(shop, "bobmarlowe")
    before = found(shop, ada)
    assert before.keys() == set(ada.texts())
    assert {file.split("/")[0].split(".")[0] for files in before.values() for file in files} == {
        "inbox", "dead_letters", "clickhouse",
    }  # fmt: skip
    letters = shop.status()["dead_letters"]

    receipt = erase(shop, customer_id)

    assert found(shop, ada) == {}
    assert found(shop, bob).keys() == set(bob.texts())
    for path in (f"/customers/by/user_id/{ada.user_id}", f"/customers/{customer_id}"):
        assert shop.ask(path).status_code == 404
    assert shop.items("/customers/by/email/" + ada.email) == []
    assert shop.customer(bob.user_id)["orders"]["count"] == 1
    assert {one["place"]: one["found"] for one in receipt["places"]} | {"clickhouse": 0} == {
        "event_store": 4, "clickhouse": 0, "dead_letters": 3, "inbox": 0, "backups": 0,
    }  # fmt: skip
    assert shop.status()["dead_letters"] == letters - 3
    assert receipt["pending_until"] is None
    assert not any(text in json.dumps(receipt) for text in ada.texts())
    assert running.run("verify").returncode == 0
    assert running.run("rebuild", "--events").returncode == 0
    assert found(shop, ada) == {}
    assert shop.ask(f"/customers/{customer_id}").status_code == 404


def test_what_happened_before_is_refused_however_late_and_what_comes_later_is_a_new_beginning(
    running: RunningProduct,
) -> None:
    shop = running.new_store()
    ada, customer_id = known(shop, "latecomer")
    refused = shop.status()["refused_for_erasure"]
    receipt = erase(shop, customer_id)
    before = receipt["erased_up_to"]
    late = [{**one, "messageId": f"late-{one['messageId']}", "timestamp": before} for one in ada.messages()]
    for _ in range(2):
        shop.send(*late, server=True)
    shop.send(*ada.messages())  # the same messages once more: they are known, though their facts are gone
    shop.send({"type": "page", "userId": ada.user_id, "messageId": "new"})
    status = shop.settle()
    assert status["refused_for_erasure"] == refused + len(late), "each counts once"
    profile = shop.customer(ada.user_id)
    assert (profile["customer_id"], profile["events"], profile["traits"]) == (customer_id, 1, {})
    eventually(lambda: ada.email not in found(shop, ada), 60, "the end of what was refused")
    running.command("verify")


def test_an_order_that_was_shared_stays_with_whoever_else_reported_it(running: RunningProduct) -> None:
    shop = running.new_store()
    order = {"type": "track", "event": "Order Completed", "properties": {"order_id": "O-1", "total": "10"}}
    shop.send({**order, "anonymousId": "browser", "messageId": "1"})
    shop.send({**order, "userId": "ada", "messageId": "2"}, server=True)
    shop.settle()
    assert shop.get("/customers/by/anonymous_id/browser")["orders"]["count"] == 0
    erase(shop, shop.customer("ada")["customer_id"])
    assert shop.get("/customers/by/anonymous_id/browser")["orders"]["revenue"] == {"EUR": "10.00"}
    running.command("verify")


def test_merged_customers_are_erased_as_one_and_split_ones_alone(running: RunningProduct) -> None:
    shop = running.new_store()
    (ada, first), (eve, second), (bob, third) = (known(shop, name) for name in ("mergedone", "mergedtwo", "splitoff"))
    for other in (second, third):
        assert owner(shop).post(f"/customers/{first}/merge", json={"with": other}).status_code == 200
        shop.settle()
    assert len(shop.customer(ada.user_id)["user_ids"]) == 3
    links = owner(shop).get(f"/customers/{first}/links").json()["items"]
    (link,) = [one["link"] for one in links if one["kind"] == "merge" and bob.user_id in json.dumps(one)]
    assert owner(shop).post(f"/customers/{first}/split", json={"link": link}).status_code == 200
    shop.settle()
    erase(shop, shop.customer(eve.user_id)["customer_id"])
    assert found(shop, eve) == {}
    assert set(found(shop, ada)) <= {ada.user_id}, "of a split one the fact of the split may name her"
    assert found(shop, bob).keys() == set(bob.texts())
    assert shop.customer(bob.user_id)["orders"]["count"] == 1
    running.command("verify")


def test_who_may_not_erase_is_told_so(running: RunningProduct) -> None:
    shop, other = running.new_store(), running.new_store()
    shop.send({"type": "page", "userId": "ada", "messageId": "1"})
    shop.settle()
    customer_id = shop.customer("ada")["customer_id"]
    by_analyst = client(f"{running.api_url}/api/v1", Authorization=f"Bearer {shop.query_token}")
    said = by_analyst.post(f"/customers/{customer_id}/erase")
    assert (said.status_code, said.json()["code"]) == (403, "forbidden")
    assert [owner(other).post(f"/customers/{one}/erase").status_code for one in (customer_id, "nobody")] == [404, 404]
    assert shop.customer("ada")["events"] == 1


def next_kill(product: RunningProduct, noted: list[str]) -> str:
    """Carry erasures out in a process that is killed before it notes a step of its first one that is not in `noted`."""
    line = [sys.executable, "-c", KILLED, str(product.data), *noted]
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=SECONDS)
    assert done.returncode == -signal.SIGKILL, done.stderr
    return done.stdout.strip()


@pytest.mark.slow
def test_a_kill_at_any_step_is_finished_by_the_next_start(own_product: RunningProduct) -> None:
    own_product.start()
    shop = own_product.first_store()
    ada, customer_id = known(shop, "killedmidway")
    own_product.stop()
    with closing(SqliteLedger(own_product.data / "erasures.db")) as ledger:
        ledger.add(request(shop.name, [StreamId(customer_id)], time.time_ns() // 1000))
        (erasure,) = ledger.unfinished()
    noted: list[str] = []
    while not (step := next_kill(own_product, noted)).startswith("done"):
        noted.append(step)
    assert noted == [f"under_way {places}" for places in range(6)]
    own_product.start()
    finished(shop, erasure.id)
    assert found(shop, ada) == {}
    own_product.command("verify")


def test_a_command_erases_whether_the_product_runs_or_not(own_product: RunningProduct) -> None:
    own_product.start()
    shop = own_product.first_store()
    ada, _ = known(shop, "bycommand")
    bob, _ = known(shop, "byanother")
    receipt = json.loads(own_product.command("erase", ada.user_id, "--by", "user_id", "--yes", "--json"))
    assert (receipt["state"], found(shop, ada)) == ("done", {})
    own_product.stop()
    receipt = json.loads(own_product.command("erase", bob.email, "--by", "email", "--yes", "--json"))
    assert (receipt["state"], found(shop, bob)) == ("done", {})
    assert "done" in own_product.command("erasures", receipt["erasure_id"])
    listed = json.loads(own_product.command("erasures", "--json"))["items"]
    assert [one["kind"] for one in listed] == ["request", "request"]
    gone = own_product.run("erase", bob.email, "--by", "email", "--yes")
    assert (gone.returncode, gone.stderr.strip()) == (1, "no such customer")


def test_what_was_sold_stays_without_a_name_where_the_store_says_so(running: RunningProduct) -> None:
    shop = running.new_store()
    running.command("store", "forgetting", shop.name, "--keep-sales")
    ada, customer_id = known(shop, "keptsales")
    receipt = erase(shop, customer_id)
    assert receipt["kept_sales"] == 1
    shop.settle()
    assert found(shop, ada) == {}
    assert places_of([ada.order_id], running.data) == {ada.order_id: []}
    assert shop.items("/customers") == []
    running.command("verify")
