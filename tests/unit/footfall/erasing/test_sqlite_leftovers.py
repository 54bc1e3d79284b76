"""What is deleted leaves no byte in a SQLite file, nor in its write-ahead log."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from aggregates.sqlite_stream_keys import SqliteStreamKeys
from footfall.erasing.sqlite_leftovers import clear
from ingest.sqlite_inbox import SQLiteInbox, SQLiteInboxReader
from schemas.streams import StreamId
from tests.builders import NOW
from tests.unit.aggregates.doubles import said


def on_disk(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))


def test_a_destroyed_key_is_in_no_byte_of_its_file(tmp_path: Path) -> None:
    path = tmp_path / "stream_keys.db"
    keys, streams = SqliteStreamKeys(path), [StreamId(f"a{number:032x}") for number in range(500)]
    found = keys.ensure(streams)
    assert all(known.key in on_disk(path) for known in found.values())
    gone, kept = streams[::2], streams[1::2]
    keys.destroy(dict.fromkeys(gone, 2), NOW)
    clear(path)
    left = on_disk(path)
    assert not any(found[stream].key in left for stream in gone)
    assert all(found[stream].key in left for stream in kept)
    assert keys.find(kept) == {stream: found[stream] for stream in kept}
    assert not SqliteStreamKeys(path).find(gone)[gone[0]].key


def test_what_was_in_the_inbox_is_in_no_byte_of_its_file(tmp_path: Path) -> None:
    path = tmp_path / "inbox.db"
    with closing(SQLiteInbox(path)) as inbox, closing(SQLiteInboxReader(path)) as reader:
        inbox.append_now([said("1", "the-one-who-left")])
        inbox.append_now([said("2", "the-one-who-stays")])
        reader.forget(1)
        assert b"the-one-who-left" in on_disk(path)
        clear(path)
        assert b"the-one-who-left" not in on_disk(path)
        assert [events[0].message_id for _, events in reader.read(0, 10)] == ["2"]
        inbox.append_now([said("3", "the-one-who-stays")])
        assert reader.last_sequence() == 3
