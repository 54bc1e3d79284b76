"""Shards: a stream's shard is frozen, and each shard records its own."""

from __future__ import annotations

from pathlib import Path

from aggregates.event_store import RecordedEventStore
from aggregates.notification_log import StoredNotificationLog
from aggregates.recording import proposed
from aggregates.shards import Shards, shard_of
from aggregates.sqlite_recorder import open_recorder
from schemas.streams import StreamId
from tests.unit.aggregates.doubles import SECRET, Hands, MemoryKeys, said


def no_poison(poisoned: object) -> None:
    raise AssertionError(poisoned)


def test_the_shard_of_a_stream_is_frozen() -> None:
    streams = [StreamId("u" + f"{number:08x}" + "0" * 24) for number in (0, 1, 5, 0xFFFFFFFF)]
    assert [shard_of(stream, 4) for stream in streams] == [0, 1, 1, 3]


def test_each_stream_is_recorded_in_its_shard_once(tmp_path: Path) -> None:
    keys = MemoryKeys()
    recorders = [open_recorder(path, Hands()) for path in (tmp_path / f"{shard}.db" for shard in range(3))]
    shards = Shards([RecordedEventStore(recorder, keys) for recorder in recorders])
    events = dict(enumerate([said(f"m-{number}", f"a-{number % 7}") for number in range(30)]))
    with shards.recording() as record:
        assert record(proposed(SECRET, events, no_poison), no_poison) == 30
        assert record(proposed(SECRET, events, no_poison), no_poison) == 0
    found = [
        (number, notification.event)
        for number, recorder in enumerate(recorders)
        for notification in StoredNotificationLog(recorder, keys, number).read(0, 100).notifications
    ]
    assert len(found) == 30
    assert all(shard_of(event.stream, 3) == number for number, event in found)
    assert {number for number, _ in found} == {0, 1, 2}
