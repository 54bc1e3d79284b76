"""`footfall import` of the contract, in either run mode: what is counted and refused, and that it may be repeated."""

from __future__ import annotations

import gzip
import json
import signal
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from tests.product.purchases import purchases
from tests.product.running import Json, Product, RunningProduct, Shop, eventually

pytestmark = pytest.mark.product

REFUSED, INTERRUPTED = 1, 130


def written(file: Path, messages: Sequence[Json]) -> Path:
    text = "".join(json.dumps(message) + "\n" for message in messages).encode()
    file.write_bytes(gzip.compress(text) if file.suffix == ".gz" else text)
    return file


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


@pytest.mark.embedded("in the distributed mode aggregators record, and nobody else")
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
    with shop.product.begin("import", str(file), "--store", shop.name) as running:
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


def test_an_import_into_no_store_or_of_no_file_is_refused(product: Product, tmp_path: Path) -> None:
    file = written(tmp_path / "file.jsonl", purchases(1))
    for words in (("import", str(file), "--store", "no-such-store"), ("import", str(tmp_path / "nothing.jsonl"))):
        done = product.run(*words)
        assert done.returncode not in (0, None)
        assert "Traceback" not in done.stdout + done.stderr
