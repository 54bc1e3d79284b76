from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ingest.ports import Overloaded
from ingest.sqlite_inbox import SQLiteInbox, SQLiteInboxReader
from schemas.facts import AcceptedEvent
from schemas.streams import StreamKind, StreamRef
from tests.builders import accepted_event


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "inbox.db"


@pytest.fixture
def inbox(path: Path) -> Iterator[SQLiteInbox]:
    with closing(SQLiteInbox(path)) as opened:
        yield opened


@pytest.fixture
def reader(path: Path, inbox: SQLiteInbox) -> Iterator[SQLiteInboxReader]:
    with closing(SQLiteInboxReader(path)) as opened:
        yield opened


def append(inbox: SQLiteInbox, *ids: str) -> None:
    asyncio.run(append_each(inbox, *ids))


async def append_each(inbox: SQLiteInbox, *ids: str) -> list[BaseException | None]:
    return await asyncio.gather(*(inbox.append([accepted_event(id_)]) for id_ in ids), return_exceptions=True)


def ids(rows: list[tuple[int, list[AcceptedEvent]]]) -> list[str]:
    return [event.message_id for _, events in rows for event in events]


def test_what_was_appended_is_read_as_it_was(inbox: SQLiteInbox, reader: SQLiteInboxReader) -> None:
    event = accepted_event(claims=(StreamRef(StreamKind.EMAIL, "jo@b.de\0\u20ac"),))
    asyncio.run(inbox.append([event, accepted_event("m-2")]))
    ((sequence, events),) = reader.read(0, 100)
    assert sequence == 1
    assert events[0] == event
    assert isinstance(events[0].stream, StreamRef)
    assert reader.read(1, 100) == []


def test_what_only_counts_a_refusal_is_read_like_an_event_and_is_not_accepted(
    inbox: SQLiteInbox, reader: SQLiteInboxReader
) -> None:
    for each in range(3):
        asyncio.run(inbox.append([accepted_event(f"m-{each}"), accepted_event(f"r-{each}", refused="consent")]))
    assert reader.accepted_total() == 3
    assert ids(reader.read(0, 4)) == ["m-0", "r-0", "m-1", "r-1"]


def test_requests_that_wait_together_are_one_commit(inbox: SQLiteInbox, reader: SQLiteInboxReader) -> None:
    append(inbox, *(str(number) for number in range(500)))
    assert len(reader.read(0, 10_000)) < 50
    assert ids(reader.read(0, 10_000)) == [str(number) for number in range(500)]
    assert reader.accepted_total() == 500


def test_reading_goes_in_bites_of_whole_rows(inbox: SQLiteInbox, reader: SQLiteInboxReader) -> None:
    for number in range(5):
        inbox.append_now([accepted_event(f"{number}a"), accepted_event(f"{number}b")])
    assert ids(reader.read(0, 5)) == ["0a", "0b", "1a", "1b"]
    assert ids(reader.read(2, 1)) == ["2a", "2b"]


def test_a_large_group_is_split_but_committed_as_one(inbox: SQLiteInbox, reader: SQLiteInboxReader) -> None:
    append(inbox, *(str(number) for number in range(5000)))
    assert sum(len(events) for _, events in reader.read(0, 100_000)) == 5000


def test_sequence_numbers_are_never_used_again(path: Path, inbox: SQLiteInbox, reader: SQLiteInboxReader) -> None:
    append(inbox, "1")
    append(inbox, "2")
    reader.forget(2)
    assert reader.read(0, 10) == []
    append(inbox, "3")
    assert [sequence for sequence, _ in reader.read(0, 10)] == [3]
    assert reader.last_sequence() == 3
    assert reader.accepted_total() == 3


def test_forgetting_many_rows_leaves_the_later_ones(inbox: SQLiteInbox, reader: SQLiteInboxReader) -> None:
    for number in range(25):
        inbox.append_now([accepted_event(str(number))])
    reader.forget(22, chunk=10)
    assert ids(reader.read(0, 100)) == ["22", "23", "24"]


def test_a_full_inbox_takes_nothing_until_there_is_room(path: Path) -> None:
    with closing(SQLiteInbox(path, max_bytes=5 * 4096)) as inbox, closing(SQLiteInboxReader(path)) as reader:
        for number in range(5):
            append(inbox, str(number))
        (fault,) = asyncio.run(append_each(inbox, "too much"))
        assert isinstance(fault, Overloaded)
        assert fault.retry_after >= 1
        assert not inbox.ready()
        reader.forget(2)
        assert asyncio.run(append_each(inbox, "5")) == [None]
        assert inbox.ready()
        assert ids(reader.read(0, 100)) == ["2", "3", "4", "5"]
        assert reader.accepted_total() == 6


def test_a_group_that_does_not_fit_leaves_nothing_behind(path: Path) -> None:
    with closing(SQLiteInbox(path, max_bytes=1_000_000)) as inbox, closing(SQLiteInboxReader(path)) as reader:
        faults = asyncio.run(append_each(inbox, *(str(number) for number in range(5000))))
        assert all(isinstance(fault, Overloaded) for fault in faults)
        assert reader.read(0, 10_000) == []
        assert reader.accepted_total() == 0


def test_what_waits_is_bounded(path: Path) -> None:
    with closing(SQLiteInbox(path, max_waiting=2_000)) as inbox, closing(SQLiteInboxReader(path)) as reader:
        faults = asyncio.run(append_each(inbox, *(str(number) for number in range(50))))
        taken = sum(fault is None for fault in faults)
        assert 0 < taken < 50
        assert reader.accepted_total() == taken


def test_a_disk_that_is_full_is_survived(path: Path) -> None:
    with closing(SQLiteInbox(path)) as inbox, closing(SQLiteInboxReader(path)) as reader:
        append(inbox, "1")
        inbox._connection.execute("PRAGMA max_page_count = 30")  # type: ignore[union-attr]  # SQLite then says: full
        faults = asyncio.run(append_each(inbox, *(str(number) for number in range(500))))
        assert all(isinstance(fault, Overloaded) for fault in faults)
        assert asyncio.run(append_each(inbox, "2")) == [None]
        assert ids(reader.read(0, 100)) == ["1", "2"]


def test_a_disk_that_is_too_slow_gives_up_waiting_and_recovers(path: Path) -> None:
    with closing(SQLiteInbox(path, max_wait=0.3)) as inbox, closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        (fault,) = asyncio.run(append_each(inbox, "1"))
        assert isinstance(fault, Overloaded)
        other.rollback()
        asyncio.run(until_taken(inbox))


async def until_taken(inbox: SQLiteInbox) -> None:
    async with asyncio.timeout(10):
        while (await append_each(inbox, "2")) != [None]:
            pass


def test_another_process_may_write_beside(path: Path, inbox: SQLiteInbox, reader: SQLiteInboxReader) -> None:
    script = (
        "import sys\nfrom pathlib import Path\nfrom ingest.sqlite_inbox import SQLiteInbox\n"
        "from tests.builders import accepted_event\ninbox = SQLiteInbox(Path(sys.argv[1]))\n"
        "for number in range(50): inbox.append_now([accepted_event(f'other-{number}')])\ninbox.close()\n"
    )
    root = Path(__file__).resolve().parents[3]
    with subprocess.Popen([sys.executable, "-c", script, str(path)], cwd=root) as other:
        for number in range(20):
            append(inbox, str(number))
        assert other.wait(30) == 0
    assert reader.accepted_total() == 70
    assert len(ids(reader.read(0, 1000))) == 70


def test_what_was_acknowledged_is_there_after_a_restart(path: Path) -> None:
    with closing(SQLiteInbox(path)) as inbox:
        append(inbox, "1")
    with closing(SQLiteInbox(path)) as inbox, closing(SQLiteInboxReader(path)) as reader:
        append(inbox, "2")
        assert ids(reader.read(0, 10)) == ["1", "2"]
        assert reader.accepted_total() == 2


def test_waiting_ends_as_soon_as_something_is_written(inbox: SQLiteInbox, reader: SQLiteInboxReader) -> None:
    reader.wait(0)
    assert reader.wait(0.02) is False
    writer = threading.Timer(0.02, inbox.append_now, [[accepted_event()]])
    writer.start()
    assert reader.wait(20) is True
    writer.join()


def test_closing_commits_what_waits(path: Path) -> None:
    async def close_at_once(inbox: SQLiteInbox) -> None:
        waiting = asyncio.create_task(inbox.append([accepted_event()]))
        await asyncio.sleep(0)
        inbox.close()
        await waiting

    asyncio.run(close_at_once(SQLiteInbox(path)))
    with closing(SQLiteInboxReader(path)) as reader:
        assert ids(reader.read(0, 10)) == ["m-1"]
