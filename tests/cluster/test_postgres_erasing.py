"""What an erasure needs of PostgreSQL: keys that are gone, recording that stands still, one eraser, the ledger."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from msgspec.structs import replace

from aggregates.customer import propose
from footfall.cluster.postgres_server import PostgresServer
from footfall.distributed.postgres_databases import Databases
from footfall.erasing.eraser import request
from footfall.erasing.erasure import Removed
from schemas.streams import StreamId
from tests.builders import NOW
from tests.cluster.opened import Open
from tests.unit.aggregates.doubles import SECRET, said, stream_of

pytestmark = pytest.mark.product

LATER = NOW + 10**12


def record(databases: Databases, *message_ids: str, anonymous: str = "erased", at: int = NOW) -> int:
    events = [said(one, anonymous, occurred_at=at, received_at=at) for one in message_ids]
    with databases.event_store().recording() as recording:
        return recording({number: propose(SECRET, event) for number, event in enumerate(events)}, lambda _: None)


def message_ids(databases: Databases) -> list[str]:
    return sorted(one.event.message_id for log in databases.logs() for one in log.read(0, 100).notifications)


def test_every_process_knows_at_once_what_is_erased(databases: Open) -> None:
    aggregator, eraser = databases(), databases()
    assert record(aggregator, "1", "2") + record(aggregator, "kept", anonymous="kept") == 3
    assert message_ids(aggregator) == ["1", "2", "kept"]
    eraser.stream_keys.destroy({stream_of("erased"): 3}, NOW)
    assert message_ids(aggregator) == ["kept"]
    for _ in range(2):
        record(aggregator, "late")
    assert record(aggregator, "new", at=LATER) == 1
    eraser.stream_keys.destroy({stream_of("erased"): 3}, NOW)  # once more: the new generation stays
    assert message_ids(aggregator) == message_ids(databases()) == ["kept", "new"]
    assert eraser.refused() == {"erasure": 1}


def test_recording_stands_still_while_keys_are_destroyed(databases: Open) -> None:
    aggregator, eraser, recorded = databases(), databases(), threading.Event()

    def recording() -> None:
        record(aggregator, "1")
        recorded.set()

    with eraser.nobody_records():
        thread = threading.Thread(target=recording)
        thread.start()
        assert not recorded.wait(0.5)
        aggregator.tick([0])  # clocks go on: what is recorded has to be absorbed
    assert recorded.wait(20)
    thread.join()


def test_of_several_one_erases_and_a_rebuild_keeps_all_waiting(databases: Open) -> None:
    one, other = databases(), databases()
    with one.only_eraser() as mine, other.only_eraser() as also:
        assert (mine, also) == (True, False)
    with one.nothing_erased(), other.only_eraser() as mine:
        assert mine is False
    with other.only_eraser() as mine:
        assert mine is True


def test_a_destroyed_key_is_in_no_byte_of_its_table(databases: Open, postgres: PostgresServer) -> None:
    opened = databases()
    streams = [StreamId(f"a{number:032x}") for number in range(200)]
    keys = opened.stream_keys.ensure(streams)
    gone, kept = streams[::2], streams[1::2]
    opened.stream_keys.destroy(dict.fromkeys(gone, 2), NOW)
    leftovers = opened.clear_keys()
    assert leftovers.log_seconds >= 60
    assert opened.clear_letters().note == ""
    content = table_of(opened, postgres)
    assert not any(keys[stream].key in content for stream in gone)
    assert all(keys[stream].key in content for stream in kept)


def table_of(databases: Databases, postgres: PostgresServer) -> bytes:
    """The bytes of the table of keys on the disk."""
    with databases._keys_pool.connection() as connection:
        connection.execute("CHECKPOINT")
        ((path,),) = connection.execute("SELECT pg_relation_filepath('stream_keys')").fetchall()
    return Path(postgres.folder, "data", path).read_bytes()


def test_the_ledger_keeps_how_far_an_erasure_is(databases: Open) -> None:
    ledger = databases().erasures
    erasures = [request("shop", [stream_of(name)], NOW) for name in ("one", "two", "three")]
    for erasure in erasures:
        ledger.add(erasure)
    begun = replace(erasures[0], until=NOW, removed={"clickhouse": Removed(found=1, done="gone", at=NOW)})
    ledger.save(begun)
    ledger.save(replace(erasures[1], until=NOW, finished_at=NOW))
    again = databases().erasures
    assert again.get(begun.id) == begun
    assert [one.id for one in again.unfinished()] == [erasures[0].id, erasures[2].id]
    assert [one.id for one in again.page("shop", 2)] == [erasures[2].id, erasures[1].id]
    assert [one.id for one in again.page("shop", 2, erasures[1].id)] == [erasures[0].id]
    assert again.page("other", 2) == []
    brought = databases().erasures
    brought.take_over([replace(request("shop", [stream_of("four")], NOW), until=NOW, removed=begun.removed)])
    assert brought.page("shop", 1)[0].removed == {}, "its places are others"
