"""A backup of a running product, restored, answers as the original did; who was erased since stays erased."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path

import pytest

from tests.product.byte_search import places_of
from tests.product.leaving import Person, erase, finished, known, owner
from tests.product.running import FOOTFALL, RunningProduct, Shop, eventually

pytestmark = pytest.mark.product

DIES = """
import os, signal, sys
from pathlib import Path
from footfall.run_modes import backups_of
from footfall.settings import load

left = int(sys.argv[1])

def told(what, done, of):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

os.umask(0o077)
backups = backups_of(load({"data": Path(sys.argv[3])}).settings)
if left < 0:  # after the last byte, before the name
    Path.rename = die
backups.back_up(Path(sys.argv[4]), told) if sys.argv[2] == "backup" else backups.restore(Path(sys.argv[4]), (), told)
"""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningProduct]:
    product = RunningProduct(tmp_path_factory.mktemp("backup") / "data")
    product.start()
    product.first_store()
    yield product
    product.close()


@contextmanager
def restored(backup: Path, to: Path, *words: str) -> Iterator[RunningProduct]:
    product = RunningProduct(to)
    product.command("restore", str(backup), *words)
    with closing(product):
        product.start()
        yield product


def same(shop: Shop, product: RunningProduct) -> Shop:
    return Shop(product, json.loads(product.command("keys", "--store", shop.name, "--json")))


class Clicks:
    """Somebody who sends one event after the other; `answered` are those that were taken."""

    def __init__(self, shop: Shop) -> None:
        self.answered: list[str] = []
        self._shop = shop
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Clicks:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        for number in count():
            if self._ended.is_set():
                return
            message = {"type": "track", "event": "Clicked", "userId": f"u{number % 7}", "messageId": f"m{number}"}
            self._shop.send(message)
            self.answered.append(f"m{number}")


def events_of(shop: Shop) -> list[str]:
    found = []
    for customer in shop.items("/customers", limit=1000):
        found += [one["message_id"] for one in shop.items(f"/customers/{customer['customer_id']}/events", limit=1000)]
    return found


@pytest.mark.slow
def test_a_backup_under_load_has_each_event_once_that_was_answered_before_it_began(
    running: RunningProduct, tmp_path: Path
) -> None:
    shop = running.new_store()
    with Clicks(shop) as clicks:
        eventually(lambda: len(clicks.answered) > 100, 30, "the first clicks")
        before = list(clicks.answered)
        running.command("backup", str(tmp_path / "copy"))
        later = len(clicks.answered)
        eventually(lambda: len(clicks.answered) > later + 20, 30, "clicks after the backup")
    with restored(tmp_path / "copy", tmp_path / "restored") as again:
        here = same(shop, again)
        here.settle()
        found = events_of(here)
        assert len(found) == len(set(found))
        assert set(before) <= set(found) < set(clicks.answered)
        assert again.versions_with_gaps() == []
        here.send(
            {"type": "page", "userId": "u1", "messageId": "after"}, {"type": "page", "userId": "u1", "messageId": "m1"}
        )
        here.settle()
        assert sorted(events_of(here)) == sorted([*found, "after"])
        assert again.run("verify").returncode == 0


def test_a_restored_product_gives_the_same_answers(running: RunningProduct, tmp_path: Path) -> None:
    shop = running.new_store()
    _, customer_id = known(shop, "adalovelace")
    running.command("backup", str(tmp_path / "copy"))
    digests = running.command("rebuild")
    product = RunningProduct(tmp_path / "restored")
    assert product.command("restore", str(tmp_path / "copy")) == digests
    with closing(product):
        product.start()
        here = same(shop, product)
        for path in (f"/customers/{customer_id}", f"/customers/{customer_id}/journey", "/status"):
            one, other = shop.get(path), here.get(path)
            assert {**one, "lag_seconds": 0} == {**other, "lag_seconds": 0}, path
        assert events_of(here) == events_of(shop)
    assert (tmp_path / "restored").stat().st_mode & 0o777 == 0o700
    assert all(path.stat().st_mode & 0o077 == 0 for path in [*(tmp_path / "copy").iterdir()])


@pytest.mark.slow
def test_who_was_erased_after_a_backup_is_in_none_that_is_restored(running: RunningProduct, tmp_path: Path) -> None:
    shop = running.new_store()
    ada, customer_id = known(shop, "erasedsince")
    bob, _ = known(shop, "bobmarlowe")
    near, far, away = tmp_path / "near", tmp_path / "far", tmp_path / "unplugged"
    for copy in (near, far):
        running.command("backup", str(copy))
    far.rename(away)
    assert (
        found(ada, near)
        == found(ada, away)
        == {text for text in ada.texts() if text not in {ada.name, ada.phone, ada.parameter, ada.visitor}}
    )

    receipt = erase(shop, customer_id)

    (place,) = [one for one in receipt["places"] if one["place"] == "backups"]
    assert (place["found"] >= 1, str(far) in place["pending"], str(near) in place["pending"]) == (True, True, False)
    assert found(ada, near) == set()
    assert found(bob, near) != set()
    running.command("erasures", "--export", str(tmp_path / "erased"))
    for number, (copy, words) in enumerate([(near, ()), (away, ("--erasures", str(tmp_path / "erased")))]):
        with restored(copy, tmp_path / f"restored-{number}", *words) as again:
            here = same(shop, again)
            here.settle()
            assert here.ask(f"/customers/{customer_id}").status_code == 404
            assert here.customer(bob.user_id)["orders"]["count"] == 1
            assert found(ada, again.data) == set()
            finished(here, receipt["erasure_id"])
            late = [
                {**one, "messageId": f"late-{one['messageId']}", "timestamp": receipt["erased_up_to"]}
                for one in ada.messages()
            ]
            here.send(*late, server=True)
            here.send({"type": "page", "userId": ada.user_id, "messageId": "new"})
            here.settle()
            assert here.customer(ada.user_id)["events"] == 1, "a new beginning"
            assert again.run("verify").returncode == 0


def found(person: Person, folder: Path) -> set[str]:
    return {text for text, files in places_of(person.texts(), folder).items() if files}


@pytest.mark.slow
def test_a_backup_that_comes_back_is_reached_by_the_erasures_since(running: RunningProduct, tmp_path: Path) -> None:
    shop = running.new_store()
    ada, customer_id = known(shop, "comesback")
    copy, away = tmp_path / "copy", tmp_path / "unplugged"
    running.command("backup", str(copy))
    copy.rename(away)
    receipt = erase(shop, customer_id)
    assert any(str(copy) in one.get("pending", ()) for one in receipt["places"])
    assert "out of reach" in line_of(running, copy)
    away.rename(copy)
    running.crash()  # a start looks at once

    def is_pending() -> bool:
        places = owner(shop).get(f"/erasures/{receipt['erasure_id']}").json()["places"]
        return any(str(copy) in one.get("pending", ()) for one in places)

    eventually(lambda: not is_pending(), 60, "the erasure in the backup")
    assert found(ada, copy) == set()
    assert "in reach" in line_of(running, copy)
    running.command("backups", "--forget", str(copy))
    assert str(copy) not in running.command("backups")


def line_of(product: RunningProduct, copy: Path) -> str:
    (line,) = [line for line in product.command("backups").splitlines() if line.endswith(str(copy))]
    return line


def test_what_is_no_whole_backup_is_refused_and_nothing_is_overwritten(running: RunningProduct, tmp_path: Path) -> None:
    copy, to = tmp_path / "copy", tmp_path / "restored"
    running.command("backup", str(copy))
    product = RunningProduct(to)
    again = running.run("backup", str(copy))
    assert (again.returncode, "there already" in again.stderr) == (1, True)
    to.mkdir()
    (to / "mine").touch()
    assert "not empty" in product.run("restore", str(copy)).stderr
    (to / "mine").unlink()
    content = bytearray((copy / "events.db").read_bytes())
    content[-1] ^= 1
    (copy / "events.db").write_bytes(content)
    damaged = product.run("restore", str(copy))
    assert (damaged.returncode, "digest differs" in damaged.stderr) == (1, True)
    (copy / "manifest.json").unlink()
    assert "no manifest.json" in product.run("restore", str(copy)).stderr
    assert list(to.iterdir()) == []


def dies(at: int, what: str, data: Path, path: Path) -> int:
    line = [sys.executable, "-c", DIES, str(at), what, str(data), str(path)]
    return subprocess.run(line, check=False, timeout=60, capture_output=True).returncode


@pytest.mark.slow
def test_a_killed_backup_is_none_and_the_next_run_makes_it(running: RunningProduct, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    for at in (3, -1):
        assert dies(at, "backup", running.data, copy) == -signal.SIGKILL
        assert not copy.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["copy.unfinished"]
    running.command("backup", str(copy))
    assert [path.name for path in tmp_path.iterdir()] == ["copy"]
    assert RunningProduct(tmp_path / "restored").run("restore", str(copy)).returncode == 0


def test_what_a_killed_backup_left_is_removed_by_an_erasure(running: RunningProduct, tmp_path: Path) -> None:
    shop = running.new_store()
    _, customer_id = known(shop, "leftinadraft")
    assert dies(5, "backup", running.data, tmp_path / "copy") == -signal.SIGKILL
    receipt = erase(shop, customer_id)
    assert list(tmp_path.iterdir()) == []
    assert not any(str(tmp_path) in one for place in receipt["places"] for one in place.get("pending", ()))


@pytest.mark.slow
def test_a_killed_restore_is_no_product_and_the_next_run_makes_it(running: RunningProduct, tmp_path: Path) -> None:
    copy, to = tmp_path / "copy", tmp_path / "restored"
    running.command("backup", str(copy))
    product = RunningProduct(to)
    for at in (9, 10):  # one report for each of eight files that are checked comes first
        assert dies(at, "restore", to, copy) == -signal.SIGKILL
        for words in (("keys",), ("up",)):
            refused = product.run(*words)
            assert (refused.returncode, "has not ended" in refused.stderr) == (2, True), words
    digests = product.command("restore", str(copy))
    assert digests == running.command("rebuild")
    product.command("keys")


def test_a_full_disk_is_said_and_nothing_of_the_backup_is_left(running: RunningProduct, tmp_path: Path) -> None:
    line = f"ulimit -f 16; {FOOTFALL} backup {tmp_path / 'copy'} --data {running.data}"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False, env=os.environ)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False), done.stderr
    assert list(tmp_path.iterdir()) == []
    shop = running.new_store()
    shop.send({"type": "page", "userId": "ada", "messageId": "1"})
    shop.settle()
    assert str(tmp_path) not in running.command("backups")


def test_a_folder_where_the_product_never_ran_is_no_data_folder(tmp_path: Path) -> None:
    done = RunningProduct(tmp_path / "nothing").run("backup", str(tmp_path / "copy"))
    assert (done.returncode, "no data folder" in done.stderr) == (1, True)
    assert list(tmp_path.iterdir()) == []
