"""The event store on SQLite: the conformance suite, and what lies in its files."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec
import pytest

from aggregates.errors import StorageUnavailable
from aggregates.event_store import RecordedEventStore
from aggregates.notification_log import StoredNotificationLog
from aggregates.ports import StreamKey, StreamKeys
from aggregates.sqlite_recorder import ReservingRecorder, open_recorder
from aggregates.sqlite_stream_keys import SqliteStreamKeys
from schemas.facts import Microseconds
from schemas.streams import StreamId, StreamKind, StreamRef
from tests.builders import NOW
from tests.unit.aggregates.doubles import Hands, MemoryKeys, facts, said, stream_of
from tests.unit.aggregates.event_store_suite import EventStoreSuite, Opened


def opened_at(path: Path, clock: Callable[[], Microseconds], keys: StreamKeys) -> Opened:
    """Store and log each with connections of their own, as their processes have them."""
    store = RecordedEventStore(open_recorder(path, clock), keys)
    return Opened(store, StoredNotificationLog(open_recorder(path), keys))


class TestRecordedEventStore(EventStoreSuite):
    @pytest.fixture(autouse=True)
    def _place(self, tmp_path: Path) -> None:
        self.path = tmp_path / "events.db"

    def open(self, clock: Callable[[], Microseconds], keys: StreamKeys) -> Opened:
        return opened_at(self.path, clock, keys)

    def refused(self) -> dict[str, int]:
        return open_recorder(self.path).refused()

    def topics(self) -> set[str]:
        with closing(sqlite3.connect(self.path)) as connection:
            return {topic for (topic,) in connection.execute("SELECT topic FROM stored_events")}


PRIVATE = ("a-private-id", "ada.winter@example.com", "+4915112345678", "Ada Winter's birthday", "a-message-id")


def record_private_things(folder: Path) -> Opened:
    keys = SqliteStreamKeys(folder / "stream_keys.db")
    opened = opened_at(folder / "events.db", Hands(), keys)
    raw_id, email, phone, payload, message_id = PRIVATE
    event = said(
        message_id,
        raw_id,
        claims=(StreamRef(StreamKind.EMAIL, email), StreamRef(StreamKind.PHONE, phone)),
        message=msgspec.Raw(msgspec.json.encode({"type": "track", "properties": {"note": payload}})),
    )
    opened.store.append(facts(opened.store, event), 1)
    return opened


def bytes_of(folder: Path, name: str) -> bytes:
    """All that lies on the disk for a database: its file and its write-ahead log."""
    found = sorted(folder.glob(f"{name}*"))
    assert found
    return b"".join(path.read_bytes() for path in found)


def test_no_id_and_no_text_of_a_customer_lies_in_the_file_of_events(tmp_path: Path) -> None:
    opened = record_private_things(tmp_path)
    on_disk = bytes_of(tmp_path, "events.db")
    assert b"ProductViewed:1" in on_disk, "the event itself is there"
    assert [secret for secret in PRIVATE if secret.encode() in on_disk] == []
    (event,) = opened.recorded()
    assert [raw for _, raw in event.names] == list(PRIVATE[:3])
    assert PRIVATE[3].encode() in bytes(event.message)


def test_no_id_of_a_customer_lies_in_the_file_of_keys(tmp_path: Path) -> None:
    record_private_things(tmp_path)
    on_disk = bytes_of(tmp_path, "stream_keys.db")
    assert [secret for secret in PRIVATE if secret.encode() in on_disk] == []


def test_no_key_lies_in_the_file_of_events(tmp_path: Path) -> None:
    record_private_things(tmp_path)
    with closing(sqlite3.connect(tmp_path / "stream_keys.db")) as connection:
        keys = [key for (key,) in connection.execute("SELECT key FROM stream_keys")]
    on_disk = bytes_of(tmp_path, "events.db")
    assert keys
    assert not any(key in on_disk for key in keys)


def test_the_file_of_keys_is_for_its_owner_only(tmp_path: Path) -> None:
    SqliteStreamKeys(tmp_path / "stream_keys.db")
    assert (tmp_path / "stream_keys.db").stat().st_mode & 0o777 == 0o600


def destroy(folder: Path, anonymous: str) -> None:
    SqliteStreamKeys(folder / "stream_keys.db").destroy({stream_of(anonymous): 2}, NOW)


def two_streams(folder: Path) -> None:
    opened = opened_at(folder / "events.db", Hands(), SqliteStreamKeys(folder / "stream_keys.db"))
    opened.record("1", anonymous="erased")
    opened.record("2", anonymous="kept")


def test_without_its_key_a_stream_cannot_be_read_and_the_log_leaves_it_out(tmp_path: Path) -> None:
    two_streams(tmp_path)
    destroy(tmp_path, "erased")
    again = opened_at(tmp_path / "events.db", Hands(), SqliteStreamKeys(tmp_path / "stream_keys.db"))
    assert again.message_ids() == ["2"]
    assert again.log.last_id() == 2


def test_new_facts_in_an_erased_stream_do_not_stop_the_log(tmp_path: Path) -> None:
    two_streams(tmp_path)
    destroy(tmp_path, "erased")
    again = opened_at(tmp_path / "events.db", Hands(), SqliteStreamKeys(tmp_path / "stream_keys.db"))
    again.record("3", anonymous="erased")
    assert again.message_ids() == ["2", "3"]


def test_a_process_that_keeps_a_key_in_memory_knows_at_once_that_it_is_destroyed(tmp_path: Path) -> None:
    two_streams(tmp_path)
    opened = opened_at(tmp_path / "events.db", Hands(), SqliteStreamKeys(tmp_path / "stream_keys.db"))
    assert opened.message_ids() == ["1", "2"]
    destroy(tmp_path, "erased")
    assert opened.message_ids() == ["2"]
    opened.record("3", anonymous="erased")
    assert opened.message_ids() == ["2", "3"]


def test_to_destroy_once_more_leaves_the_new_generation(tmp_path: Path) -> None:
    two_streams(tmp_path)
    destroy(tmp_path, "erased")
    opened = opened_at(tmp_path / "events.db", Hands(), SqliteStreamKeys(tmp_path / "stream_keys.db"))
    opened.record("3", anonymous="erased")
    destroy(tmp_path, "erased")
    assert opened.message_ids() == ["2", "3"]


def test_keys_of_the_first_version_are_those_of_first_generations(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "stream_keys.db", isolation_level=None)) as connection:
        connection.execute("CREATE TABLE stream_keys (stream TEXT PRIMARY KEY, key BLOB NOT NULL) WITHOUT ROWID")
        connection.execute("INSERT INTO stream_keys VALUES (?, ?)", (stream_of(), b"k" * 32))
    keys = SqliteStreamKeys(tmp_path / "stream_keys.db")
    assert keys.find({stream_of()}) == {stream_of(): StreamKey(b"k" * 32, 1, None)}


def test_two_processes_that_make_the_key_of_a_stream_get_the_same_one(tmp_path: Path) -> None:
    one, other = (SqliteStreamKeys(tmp_path / "stream_keys.db") for _ in range(2))
    assert one.ensure({stream_of()}) == other.ensure({stream_of()})
    assert one.find({stream_of("unknown")}) == {}


class Work:
    """What SQLite does for a recorder: the statements it is given, and the steps of its virtual machine."""

    def __init__(self) -> None:
        self.statements: list[str] = []
        self.steps = 0

    def step(self) -> int:
        self.steps += 1
        return 0


@contextmanager
def watched(recorder: ReservingRecorder) -> Iterator[Work]:
    work = Work()
    with recorder.datastore.get_connection(commit=True) as held:
        connection = held._sqlite_conn
    connection.set_trace_callback(work.statements.append)
    connection.set_progress_handler(work.step, 1)
    yield work
    connection.set_trace_callback(None)
    connection.set_progress_handler(None, 0)


def work_of_appending_to(path: Path, events: int) -> Work:
    keys, recorder = MemoryKeys(), open_recorder(path)
    filled = Opened(RecordedEventStore(recorder, keys), StoredNotificationLog(recorder, keys))
    filled.record(*(f"old-{number}" for number in range(events)))
    fresh = Opened(RecordedEventStore(recorder, keys), filled.log)  # remembers no version
    with watched(recorder) as work:
        fresh.record("old-1", "new")
    assert fresh.store.versions([stream_of()]) == {stream_of(): events + 1}
    return work


def test_appending_costs_the_same_however_long_the_history_is(tmp_path: Path) -> None:
    short = work_of_appending_to(tmp_path / "short.db", 10)
    long = work_of_appending_to(tmp_path / "long.db", 10_000)
    assert len(long.statements) == len(short.statements) > 3
    assert long.steps <= short.steps * 1.2


def test_a_file_that_cannot_be_written_is_a_fault_that_a_retry_can_help(tmp_path: Path) -> None:
    keys, recorder = MemoryKeys(), open_recorder(tmp_path / "events.db")
    opened = Opened(RecordedEventStore(recorder, keys), StoredNotificationLog(recorder, keys))
    opened.record("1", position=1)
    with recorder.datastore.get_connection(commit=True) as held:
        held._sqlite_conn.execute("PRAGMA query_only=ON")
    with pytest.raises(StorageUnavailable):
        opened.record("2", position=2)
    with recorder.datastore.get_connection(commit=True) as held:
        held._sqlite_conn.execute("PRAGMA query_only=OFF")
    opened.record("2", position=2)
    assert (opened.message_ids(), opened.store.position()) == (["1", "2"], 2)


def test_keys_and_reservations_are_given_in_their_order_part_by_part(tmp_path: Path) -> None:
    keys, recorder = SqliteStreamKeys(tmp_path / "stream_keys.db"), open_recorder(tmp_path / "events.db")
    opened = Opened(RecordedEventStore(recorder, keys), StoredNotificationLog(recorder, keys))
    for number in range(7):
        opened.record(f"m-{number}", anonymous=f"a-{number}")
    streams: list[StreamId] = []
    while part := keys.after(streams[-1] if streams else "", 3):
        streams += [stream for stream, *_ in part]
    assert streams == sorted(stream_of(f"a-{number}") for number in range(7))
    reservations: list[bytes] = []
    while found := recorder.reservations_after(reservations[-1] if reservations else b"", 3):
        reservations += found
    assert reservations == sorted(set(reservations))
    assert len(reservations) == 7


def test_who_met_a_destroyed_key_finds_the_next_one_that_another_process_makes(tmp_path: Path) -> None:
    stream = stream_of("erased")
    projector, aggregator = (SqliteStreamKeys(tmp_path / "stream_keys.db") for _ in range(2))
    aggregator.ensure([stream])
    aggregator.destroy({stream: 2}, NOW)
    assert projector.find([stream])[stream].key == b"", "as at its start, looking at facts that have no rows"
    made = aggregator.ensure([stream])[stream]
    assert projector.find([stream])[stream] == made
