"""The command line of the contract, on a product that runs and on one that does not: what is said, and exit codes."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from aggregates.sqlite_recorder import open_recorder
from footfall.loopback import free_port
from ingest.snippet_files import pasted_line
from projections.clickhouse_connection import Address, Warehouse
from tests.product.purchases import purchases
from tests.product.running import KEY_KINDS, Json, RunningProduct, Shop, embedded

pytestmark = [pytest.mark.product, pytest.mark.embedded("writes into the files of a data folder")]

REFUSED, WRONG_SETTINGS, INTERRUPTED = 1, 2, 130


def warehouse_of(product: RunningProduct) -> closing[Warehouse]:
    """Reach into the running ClickHouse, as only a test may."""
    return closing(Warehouse(Address(**json.loads((product.data / "clickhouse.json").read_text()))))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningProduct]:
    """A product with few stores: `rebuild` and `verify` go through all of them."""
    product = RunningProduct(tmp_path_factory.mktemp("small") / "data")
    product.start()
    yield product
    product.close()


@pytest.fixture
def small_shop(small: RunningProduct) -> Shop:
    return small.new_store()


def no_traceback(done: subprocess.CompletedProcess[str]) -> bool:
    return "Traceback" not in done.stdout + done.stderr


# up


def test_a_second_product_on_the_same_data_is_refused_and_told_who_has_it(product: RunningProduct) -> None:
    done = product.run("up", "--port", str(free_port()))
    assert done.returncode == WRONG_SETTINGS, done.stderr
    assert f"process {product.pid}" in done.stderr
    assert product.ready()


def test_what_was_begun_goes_on_after_a_stop_and_ctrl_c_ends_it_cleanly(own_product: RunningProduct) -> None:
    own_product.start()
    shop = own_product.first_store()
    printed = own_product.last_words()
    assert pasted_line(own_product.url, shop.write_key) in printed
    assert all(key in printed for key in (shop.write_key, shop.server_key, shop.query_token, shop.admin_token))
    shop.send(*purchases(5), server=True)
    assert own_product.stop() in (0, INTERRUPTED)
    assert own_product.processes() == []
    assert "Traceback" not in own_product.last_words()

    done = own_product.run("verify")
    assert done.returncode == 0, done.stdout + done.stderr
    assert own_product.processes() == []

    own_product.start()
    assert own_product.first_store().write_key == shop.write_key
    shop.settle()
    assert len(shop.items("/customers")) == 5


def test_a_port_that_is_taken_is_said_in_a_sentence(product: RunningProduct, tmp_path: Path) -> None:
    other = RunningProduct(tmp_path / "other")
    done = other.run("up", "--port", str(product.port))
    assert done.returncode == WRONG_SETTINGS
    assert f"cannot listen on 127.0.0.1:{product.port}" in done.stderr
    assert no_traceback(done)


# keys, stores, settings


def test_keys_are_printed_while_it_runs(product: RunningProduct) -> None:
    said = json.loads(product.command("keys", "--json"))
    assert set(said) == {"store", *KEY_KINDS}
    readable = product.command("keys")
    assert all(value in readable for value in said.values())
    done = product.run("keys", "--store", "no-such-store")
    assert done.returncode != 0
    assert no_traceback(done)


def test_keys_work_before_the_first_start(tmp_path: Path) -> None:
    product = RunningProduct(tmp_path / "data")
    said = json.loads(product.command("keys", "--json"))
    assert json.loads(product.command("keys", "--json")) == said
    assert (product.data / "keys.json").stat().st_mode & 0o777 == 0o600
    product.close()


def test_a_store_is_added_while_it_runs_and_only_once(product: RunningProduct) -> None:
    shop = Shop(product, json.loads(product.command("store", "add", "annex", "--currency", "CHF", "--json")))
    shop.wait_known()
    shop.send(*purchases(1), server=True)
    assert json.loads(product.command("keys", "--store", "annex", "--json"))["write_key"] == shop.write_key
    again = product.run("store", "add", "annex")
    assert again.returncode not in (0, None)
    assert no_traceback(again)


def test_the_settings_in_force_tell_where_they_came_from(product: RunningProduct) -> None:
    done = product.run("config", FOOTFALL_BACKDATE_DAYS="7")
    assert done.returncode == 0, done.stderr
    lines = {line.split()[0]: line for line in done.stdout.splitlines()}
    assert lines["backdate_days"].split()[1:] == ["7", "FOOTFALL_BACKDATE_DAYS"]
    assert lines["data"].endswith("command line")
    assert lines["host"].endswith("default")


def test_all_wrong_settings_are_told_at_once(product: RunningProduct) -> None:
    done = product.run("config", FOOTFALL_BACKDATE_DAYS="many", FOOTFALL_PROT="1", FOOTFALL_INBOX_BYTES="1")
    assert done.returncode == WRONG_SETTINGS
    for word in ("backdate_days", "FOOTFALL_PROT", "FOOTFALL_PORT", "inbox_bytes"):
        assert word in done.stderr
    assert no_traceback(done)


# rebuild and verify


@contextmanager
def asking(shop: Shop, user_id: str) -> Iterator[list[Json]]:
    """Ask for a profile again and again; the answers are in the list."""
    answers: list[Json] = []
    ending = threading.Event()
    faults: list[BaseException] = []

    def ask() -> None:
        try:
            while not ending.wait(0.01):
                answers.append(shop.customer(user_id))
        except BaseException as fault:  # noqa: BLE001 - told below
            faults.append(fault)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield answers
    finally:
        ending.set()
        thread.join()
    assert faults == []


@pytest.mark.parametrize("words", [("rebuild",), ("rebuild", "--events"), ("rebuild", "sessions")])
def test_a_rebuild_changes_no_answer_and_questions_are_answered_meanwhile(
    small_shop: Shop, words: tuple[str, ...]
) -> None:
    small_shop.send(*purchases(100), server=True)
    small_shop.settle()
    before = small_shop.items("/customers", order="first_seen", limit=1000)
    profile = small_shop.customer("u-1")
    with asking(small_shop, "u-1") as answers:
        said = small_shop.product.command(*words)
    assert [line.split(":")[0] for line in said.splitlines() if "rebuilt" in line] == (
        ["sessions"] if "sessions" in words else ["profiles", "sessions"]
    )
    assert len(answers) > 5
    assert all(answer == profile for answer in answers)
    assert small_shop.items("/customers", order="first_seen", limit=1000) == before


def test_a_spoilt_row_is_named_by_verify_and_healed_by_rebuild(small_shop: Shop) -> None:
    product = embedded(small_shop)
    small_shop.send(*purchases(3), server=True)
    small_shop.settle()
    spoilt = small_shop.customer("u-1")
    with warehouse_of(product) as warehouse:
        warehouse.select(
            "INSERT INTO profiles SELECT * REPLACE (events + 1 AS events) FROM profiles FINAL"
            " WHERE store = {store:String} AND customer_id = {customer:String}",
            {"store": small_shop.name, "customer": spoilt["customer_id"]},
        )
    assert small_shop.customer("u-1")["events"] == spoilt["events"] + 1
    done = product.run("verify", "profiles")
    assert done.returncode == REFUSED
    assert f"differs: {small_shop.name} {spoilt['customer_id']}" in done.stdout
    assert done.stdout.count("differs:") == 1
    product.command("rebuild", "profiles")
    assert small_shop.customer("u-1") == spoilt
    assert product.run("verify").returncode == 0


def test_a_lost_event_is_named_by_verify_and_put_back_by_rebuild(small_shop: Shop) -> None:
    """ClickHouse does not fsync every insert: a part may be gone after a power cut."""
    product = embedded(small_shop)
    small_shop.send(*purchases(3), server=True)
    small_shop.settle()
    before = small_shop.customer("u-1")
    with warehouse_of(product) as warehouse:
        warehouse.select(
            "ALTER TABLE events DELETE WHERE store = {store:String} AND message_id = 'm-1' SETTINGS mutations_sync = 1",
            {"store": small_shop.name},
        )
    done = product.run("verify")
    assert done.returncode == REFUSED
    assert "1 notifications are missing" in done.stdout
    product.command("rebuild", "--events")
    assert product.run("verify").returncode == 0
    assert small_shop.customer("u-1") == before


def test_the_event_store_opens_while_another_process_writes(tmp_path: Path) -> None:
    """Every command opens it beside a running product, whose aggregator writes twice a second."""
    writer = open_recorder(tmp_path / "events.db")
    with writer.datastore.transaction(commit=True) as cursor:
        cursor.execute("UPDATE log SET clock = clock + 1")
        assert open_recorder(tmp_path / "events.db").state_of_log() == (0, 0)


def test_unknown_words_are_refused(product: RunningProduct) -> None:
    for words in (("rebuild", "shoe_sizes"), ("verify", "shoe_sizes"), ("dance",)):
        done = product.run(*words)
        assert done.returncode == WRONG_SETTINGS
        assert no_traceback(done)
