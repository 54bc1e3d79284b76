"""A backup of both databases while facts are recorded, and its restore where nothing is, on a real PostgreSQL; and of a
whole installation, whose processes then answer the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import psycopg
import pytest

from aggregates.customer import propose
from aggregates.ports import Poisoned
from footfall.backing_up.erasures_file import Known, write_known
from footfall.backing_up.errors import BackupDamaged, BackupFailed, BackupRefused
from footfall.backing_up.manifest import Manifest, read
from footfall.cluster.postgres_server import PostgresServer
from footfall.distributed import backing_up
from footfall.distributed.backing_up import back_up, place_of
from footfall.distributed.postgres_databases import Databases
from footfall.distributed.restoring import restore
from footfall.erasing.erasure import UNDER_WAY, Erasure, Removed
from ingest.kept_letters import Wanted
from ingest.ports import AGGREGATE, DeadLetter
from ingest.stores import Store
from tests.builders import NOW
from tests.cluster.opened import Open, installation
from tests.cluster.running_cluster import SERVICES, RunningCluster
from tests.cluster.story import send_story
from tests.product.leaving import erase, finished, known
from tests.product.running import KEY_KINDS, Json, Shop
from tests.unit.aggregates.doubles import SECRET, said, stream_of

pytestmark = pytest.mark.product

PEOPLE = [f"person-{number}" for number in range(8)]


@pytest.fixture
def others(postgres: PostgresServer) -> Iterator[Open]:
    """A second installation, of the same secret."""
    with installation(postgres) as opened:
        yield opened


@pytest.fixture
def original(databases: Open) -> Databases:
    """An installation with stores, facts in both shards, and a dead letter."""
    made = databases()
    made.keys.add_store(Store("shop"))
    record(made, "1")
    made.dead_letters.put_now([letter("1")])
    return made


def letter(message: str) -> DeadLetter:
    raw = b'\x00\xff, "raw"\n\\N' + message.encode()
    return DeadLetter("shop", AGGREGATE, "invalid", "", message, raw, NOW)


def record(databases: Databases, *message_ids: str, people: Sequence[str] = PEOPLE) -> int:
    said_ = [said(one, person) for one in message_ids for person in people]
    with databases.event_store().recording() as recording:
        return recording({number: propose(SECRET, one) for number, one in enumerate(said_)}, poisoned)


def poisoned(found: Sequence[Poisoned]) -> None:
    raise AssertionError(found)


def message_ids(databases: Databases) -> list[tuple[int, int, str, str]]:
    return [
        (log.shard, one.id, one.event.stream, one.event.message_id)
        for log in databases.logs()
        for one in log.read(0, 10_000).notifications
    ]


def told(*_: object) -> None:
    """Nobody looks."""


def made(databases: Databases, to: Path) -> Manifest:
    return back_up(databases, to, lambda: 0, told)


def test_a_restored_installation_has_what_the_original_had_and_goes_on(
    original: Databases, others: Open, tmp_path: Path
) -> None:
    manifest = made(original, tmp_path / "copy")
    other = others()
    assert restore(other, tmp_path / "copy", [], told) == sum(manifest.positions.values()) == len(PEOPLE)
    assert message_ids(other) == message_ids(original)
    assert other.keys.stores() == original.keys.stores()
    kept = [original.dead_letters.page(Wanted(), limit=10), other.dead_letters.page(Wanted(), limit=10)]
    assert kept[0] == kept[1]
    assert len(kept[0]) == 1
    again = others()
    assert record(again, "1", "2") == len(PEOPLE), "what is there is a copy"
    record(original, "2")
    assert message_ids(again) == message_ids(original)
    again.dead_letters.put_now([letter("2")])
    assert [one.number for one in again.dead_letters.page(Wanted(), limit=10)] == [
        kept[0][0].number + 1,
        kept[0][0].number,
    ]


def test_facts_that_are_recorded_meanwhile_are_in_it_as_a_whole_or_not(
    original: Databases, others: Open, tmp_path: Path
) -> None:
    number = 1

    def disturb(*_: object) -> None:
        nonlocal number
        number += 1
        record(original, f"{number}", people=[*PEOPLE, f"new-{number}"])

    manifest = back_up(original, tmp_path / "copy", lambda: 0, disturb)
    assert number > 5
    restore(others(), tmp_path / "copy", [], told)
    found = message_ids(others())
    assert len(found) == sum(manifest.positions.values()), "each fact has its key"
    assert found == [one for one in message_ids(original) if one[1] <= manifest.positions[str(one[0])]]


def test_a_person_erased_since_stays_erased_and_begins_anew(original: Databases, others: Open, tmp_path: Path) -> None:
    ada = stream_of(PEOPLE[0])
    made(original, tmp_path / "copy")
    record(original, "2", "3")
    removed = {"event_store": Removed(found=3, done="", at=NOW), "dead_letters": Removed(found=1, done="", at=NOW)}
    erased = Erasure(
        id="1", store="shop", kind="request", customers=(ada,), requested_at=NOW, until=NOW,
        generations={ada: 4}, removed=removed, finished_at=NOW,
    )  # fmt: skip
    write_known(tmp_path / "export", Known([erased]))
    restore(others(), tmp_path / "copy", [tmp_path / "export"], told)
    other = others()
    assert ada not in {stream for _, _, stream, _ in message_ids(other)}
    assert len(message_ids(other)) == len(PEOPLE) - 1
    (left,) = other.erasures.unfinished()
    assert (left.id, left.state, set(left.removed)) == ("1", UNDER_WAY, {"event_store"})
    record(other, "new", people=PEOPLE[:1])
    assert [message for _, _, stream, message in message_ids(other) if stream == ada] == []
    with other.event_store().recording() as recording:
        recording({0: propose(SECRET, said("newer", PEOPLE[0], occurred_at=NOW + 1))}, poisoned)
    assert [message for _, _, stream, message in message_ids(other) if stream == ada] == ["newer"]


def test_a_restore_that_dies_is_none_and_the_next_one_begins_anew(
    original: Databases, others: Open, tmp_path: Path
) -> None:
    made(original, tmp_path / "copy")
    reports = 0

    def die(what: str, *_: object) -> None:
        nonlocal reports
        reports += what == "restoring facts"
        if reports == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        restore(others(), tmp_path / "copy", [], die)
    assert (message_ids(others()), others().keys.stores()) == ([], [])
    restore(others(), tmp_path / "copy", [], told)
    assert message_ids(others()) == message_ids(original)


def test_what_does_not_fit_is_refused(
    original: Databases, others: Open, postgres: PostgresServer, tmp_path: Path
) -> None:
    made(original, tmp_path / "copy")
    with pytest.raises(BackupRefused, match="not empty"):
        restore(original, tmp_path / "copy", [], told)
    for changed, why in (({"secret": "1" * 64}, "SECRET"), ({"shards": 3}, "SHARDS must be 2")):
        with installation(postgres, **changed) as other, pytest.raises(BackupRefused, match=why):
            restore(other(), tmp_path / "copy", [], told)
    (tmp_path / "copy" / "facts.stores.csv").write_text("name\n")
    with pytest.raises(BackupDamaged):
        restore(others(), tmp_path / "copy", [], told)


def test_where_the_aggregators_do_not_come_on_there_is_no_backup(
    original: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backing_up, "WAIT_SECONDS", 0.1)
    with pytest.raises(BackupFailed, match="7 records"):
        back_up(original, tmp_path / "copy", lambda: 7, told)
    assert list(tmp_path.iterdir()) == []
    assert original.backups.all() == []


def test_a_server_that_goes_away_is_said(original: Databases, tmp_path: Path) -> None:
    def end_all(what: str, *_: object) -> None:
        if what.startswith("keys"):
            with psycopg.connect(original.keys_dsn) as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )

    with pytest.raises(BackupFailed, match="PostgreSQL"):
        back_up(original, tmp_path / "copy", lambda: 0, end_all)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_command_waits_for_the_aggregators_and_is_remembered(
    shared_cluster: RunningCluster, tmp_path: Path
) -> None:
    shop = shared_cluster.new_store()
    shop.send(*({"type": "page", "userId": f"u{number}", "messageId": f"m{number}"} for number in range(50)))
    shared_cluster.command("backup", str(tmp_path / "copy"))
    facts = [path.read_text() for path in (tmp_path / "copy").glob("facts.shard_*_events.csv")]
    assert sum(read(tmp_path / "copy").positions.values()) >= 50
    assert len(facts) == 2
    assert place_of(tmp_path / "copy") in shared_cluster.command("backups")
    assert shared_cluster.run("restore", str(tmp_path / "copy")).returncode == 1, "not empty"
    shared_cluster.command("erasures", "--export", str(tmp_path / "export"))
    shared_cluster.command("backups", "--forget", str(tmp_path / "copy"))


@pytest.fixture
def restored(shared_cluster: RunningCluster, tmp_path: Path) -> Iterator[RunningCluster]:
    """Another installation of the same secret, its processes not started."""
    other = RunningCluster(tmp_path / "other")
    other.servers.secret = shared_cluster.servers.secret
    try:
        other.start([])
        yield other
    finally:
        other.close()


def digests(cluster: RunningCluster) -> list[str]:
    """What `verify` says of each read model, which is then what its facts say."""
    said = cluster.command("verify").splitlines()
    assert [line.split()[0] for line in said] == ["profiles:", "sessions:"], said
    return said


def later(person: str) -> list[Json]:
    """What happens after the restore: to somebody who was there, and to somebody new."""
    page = {"type": "page", "timestamp": "2026-11-20T10:00:00Z"}
    order = {"type": "track", "event": "Order Completed", "timestamp": "2026-11-20T10:05:00Z"}
    return [
        {**page, "userId": person, "anonymousId": "anew", "messageId": "later-1"},
        {**order, "userId": person, "messageId": "later-2", "properties": {"order_id": "later", "total": 5}},
        {**page, "anonymousId": "newcomer", "messageId": "later-3"},
    ]


@pytest.mark.slow
def test_the_processes_of_a_restored_installation_answer_the_same_and_go_on(
    shared_cluster: RunningCluster, restored: RunningCluster, tmp_path: Path
) -> None:
    shop = shared_cluster.new_store()
    send_story(shop, seed=11)
    ada, ada_id = known(shop, "adarestored")
    eve, _ = known(shop, "everestored")
    shared_cluster.command("backup", str(tmp_path / "copy"))
    erasure = erase(shop, ada_id)
    shared_cluster.command("erasures", "--export", str(tmp_path / "export"))

    restored.command("restore", str(tmp_path / "copy"), "--erasures", str(tmp_path / "export"))
    for name in SERVICES:
        restored.start_service(name)
    restored.wait_ready()
    again = Shop(restored, {"store": shop.name, **{kind: getattr(shop, kind) for kind in KEY_KINDS}})
    again.settle(within=180)

    assert finished(again, erasure["erasure_id"])["state"] == "done", "it was made after the backup"
    assert digests(restored) == digests(shared_cluster)
    assert again.items("/customers", order="first_seen") == shop.items("/customers", order="first_seen")
    for one in (shop, again):
        assert one.ask(f"/customers/by/user_id/{ada.user_id}").status_code == 404
        one.send(*later(eve.user_id), server=True)
        one.send(*eve.messages())  # copies of what was there before the backup
        one.settle()
        assert one.customer(eve.user_id)["orders"]["count"] == 2
    assert digests(restored) == digests(shared_cluster)
    assert restored.versions_with_gaps() == []
