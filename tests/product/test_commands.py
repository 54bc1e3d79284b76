"""The command line of the contract, on a product that runs and on one that does not: what is said, and exit codes."""

from __future__ import annotations

import gzip
import json
import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from aggregates.sqlite_recorder import open_recorder
from footfall.loopback import free_port
from projections.clickhouse_connection import Address, Warehouse
from tests.product.running import FOOTFALL, KEY_KINDS, Json, RunningProduct, Shop, embedded, eventually

pytestmark = [pytest.mark.product, pytest.mark.embedded("writes into the files of a data folder")]

REFUSED, WRONG_SETTINGS, INTERRUPTED = 1, 2, 130


def purchases(count: int, prefix: str = "m") -> list[Json]:
    return [
        {
            "type": "track",
            "event": "Order Completed",
            "userId": f"u-{number % 50}",
            "messageId": f"{prefix}-{number}",
            "timestamp": "1997-01-01T12:00:00Z",
            "properties": {"order_id": f"{prefix}-o-{number}", "total": 1.5, "currency": "USD"},
        }
        for number in range(count)
    ]


def written(file: Path, messages: Sequence[Json]) -> Path:
    text = "".join(json.dumps(message) + "\n" for message in messages).encode()
    file.write_bytes(gzip.compress(text) if file.suffix == ".gz" else text)
    return file


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
    assert own_product.url in printed
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


# import


def test_an_import_is_there_once_however_often_it_is_repeated(shop: Shop, tmp_path: Path) -> None:
    product = shop.product
    plain, packed = tmp_path / "plain.jsonl", tmp_path / "packed.jsonl.gz"
    written(plain, purchases(1200))
    written(packed, purchases(1200))
    for file, counts in ((plain, "accepted 1200, duplicate 0"), (packed, "accepted 0, duplicate 1200")):
        assert f"{counts}, refused 0" in product.command("import", str(file), "--store", shop.name)
    shop.settle()
    orders = [customer["orders"] for customer in shop.items("/customers")]
    assert sum(one["count"] for one in orders) == 1200
    assert {one["first_at"] for one in orders} == {"1997-01-01T12:00:00.000000Z"}


def test_lines_without_an_id_of_their_own_get_one_by_file_and_line(shop: Shop, tmp_path: Path) -> None:
    messages = [{**message, "messageId": None} for message in purchases(20)]
    file = written(tmp_path / "without.jsonl", messages)
    copy = written(tmp_path / "a-copy-of-it.jsonl", messages)
    assert "accepted 20, duplicate 0" in shop.product.command("import", str(file), "--store", shop.name)
    assert "accepted 0, duplicate 20" in shop.product.command("import", str(copy), "--store", shop.name)


def test_refused_lines_are_in_a_file_with_their_reason(shop: Shop, tmp_path: Path) -> None:
    good, file = purchases(3), tmp_path / "mixed.jsonl"
    bad = {"type": "track", "event": "Product Viewed", "messageId": "nobody"}
    text = [json.dumps(good[0]), "{not json", json.dumps(good[1]), json.dumps(bad), "", json.dumps(good[2])]
    file.write_text("\n".join(text) + "\n")
    done = shop.product.run("import", str(file), "--store", shop.name)
    assert done.returncode == REFUSED
    assert "accepted 3, duplicate 0, refused 2" in done.stdout
    (named,) = [line.rsplit(" ", 1)[1] for line in done.stdout.splitlines() if line.startswith("refused lines")]
    refused = [json.loads(line) for line in Path(named).read_text().splitlines()]
    assert [(one["line"], one["code"]) for one in refused] == [(2, "invalid_json"), (4, "no_id")]
    assert refused[0]["raw"] == "{not json"


def test_archived_browser_traffic_is_taken_as_by_a_write_key(shop: Shop, tmp_path: Path) -> None:
    refund = {**purchases(1)[0], "event": "Order Refunded", "messageId": "refund"}
    bot = {"type": "page", "anonymousId": "bot", "messageId": "bot", "context": {"userAgent": "Googlebot/2.1"}}
    file = written(tmp_path / "archive.jsonl", [*purchases(2), refund, bot])
    done = shop.product.run("import", str(file), "--store", shop.name, "--as", "write")
    assert done.returncode == REFUSED
    assert "accepted 3, duplicate 0, refused 1" in done.stdout
    shop.settle()
    assert sorted(customer["user_ids"] for customer in shop.items("/customers")) == [["u-0"], ["u-1"]]


def test_an_import_without_a_running_product_records_by_itself(tmp_path: Path) -> None:
    with closing(RunningProduct(tmp_path / "data")) as product:
        file = written(tmp_path / "file.jsonl", purchases(60))
        assert "accepted 60, duplicate 0, refused 0" in product.command("import", str(file))
        assert "accepted 0, duplicate 60, refused 0" in product.command("import", str(file))
        product.start()
        shop = product.first_store()
        shop.settle()
        assert sum(customer["orders"]["count"] for customer in shop.items("/customers")) == 60


@pytest.mark.slow
def test_an_import_that_was_interrupted_is_finished_by_running_it_again(shop: Shop, tmp_path: Path) -> None:
    count = 20_000
    file = written(tmp_path / "large.jsonl", purchases(count))
    before = shop.status()["accepted"]
    line = [str(FOOTFALL), "import", str(file), "--store", shop.name, "--data", str(embedded(shop).data)]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        eventually(lambda: shop.status()["accepted"] > before, 60, "the first events of the import")
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
    assert running.returncode == INTERRUPTED, out + err
    assert "Traceback" not in err
    said = shop.product.command("import", str(file), "--store", shop.name)
    accepted, duplicate = (int(part.split()[1]) for part in said.splitlines()[0].split(", ")[:2])
    assert (accepted + duplicate, accepted > 0, duplicate > 0) == (count, True, True)
    shop.settle()
    assert sum(customer["orders"]["count"] for customer in shop.items("/customers")) == count


def test_an_import_into_no_store_or_of_no_file_is_refused(product: RunningProduct, tmp_path: Path) -> None:
    file = written(tmp_path / "file.jsonl", purchases(1))
    for words in (("import", str(file), "--store", "no-such-store"), ("import", str(tmp_path / "nothing.jsonl"))):
        done = product.run(*words)
        assert done.returncode not in (0, None)
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
