from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ingest.kept_letters import KeptLetter, Wanted, letter_id
from ingest.ports import DeadLetter
from ingest.sqlite_dead_letters import SQLiteDeadLetters
from schemas.clock import DAY
from tests.builders import NOW


def letter(raw: bytes = b"{}", **fields: Any) -> DeadLetter:
    built: dict[str, Any] = {
        "store": "shop", "stage": "admission", "code": "no_id", "field": "userId", "message": "names nobody",
        "raw": raw, "received_at": NOW,
    }  # fmt: skip
    return DeadLetter(**{**built, **fields})


@pytest.fixture
def letters(tmp_path: Path) -> Iterator[SQLiteDeadLetters]:
    with closing(SQLiteDeadLetters(tmp_path / "dead.db", max_store_bytes=10_000)) as opened:
        yield opened


def put(letters: SQLiteDeadLetters, *some: DeadLetter) -> None:
    asyncio.run(letters.put(some))


def test_a_letter_is_kept_with_its_reason_and_bytes(letters: SQLiteDeadLetters) -> None:
    put(letters, letter())
    sent = letter(b"\xff\0", is_import=True, envelope=b'{"context":{}}', shard=3, notification_id=4)
    put(letters, sent)
    assert letters.get(letter_id(sent)) == KeptLetter(letter_id(sent), sent, 2, 1)
    assert letters.get("none") is None


def test_a_letter_put_twice_is_kept_once(letters: SQLiteDeadLetters) -> None:
    put(letters, letter(), letter())
    put(letters, letter(received_at=NOW + 1))
    assert letters.count() == 1


def test_letters_are_listed_newest_first_page_by_page(letters: SQLiteDeadLetters) -> None:
    put(letters, *(letter(b"%d" % number) for number in range(5)), letter(store="other"))
    first = letters.page(Wanted("shop"), limit=3)
    assert [kept.letter.raw for kept in first] == [b"4", b"3", b"2"]
    assert [kept.letter.raw for kept in letters.page(Wanted("shop"), before=first[-1].number)] == [b"1", b"0"]
    assert len(letters.page(Wanted())) == letters.count() == 6


def test_letters_are_discarded(letters: SQLiteDeadLetters) -> None:
    put(letters, letter(b"1"), letter(b"2"))
    one = letters.get(letter_id(letter(b"1")))
    assert one is not None
    assert (letters.delete([one, one._replace(id="none")]), letters.delete([one])) == (1, 0)
    assert [kept.letter.raw for kept in letters.page(Wanted())] == [b"2"]
    assert letters.dropped() == 0


def test_the_oldest_of_a_store_go_when_it_has_too_many_bytes(letters: SQLiteDeadLetters) -> None:
    put(letters, letter(store="other"))
    for number in range(60):
        put(letters, letter(b"%d" % number + b"x" * 600))
    kept = letters.page(Wanted("shop"))
    assert kept[0].letter.raw.startswith(b"59")
    assert sum(len(each.letter.raw) + 200 for each in kept) <= 10_000
    assert letters.dropped("shop") == 60 - letters.count("shop") > 0
    assert letters.count("other") == 1


def test_letters_older_than_a_month_go(letters: SQLiteDeadLetters) -> None:
    put(letters, letter(b"old", received_at=NOW - 31 * DAY))
    put(letters, letter(b"new"))
    assert [kept.letter.raw for kept in letters.page(Wanted())] == [b"new"]
    assert letters.dropped("shop") == 1


def test_a_process_without_a_loop_may_put_too(letters: SQLiteDeadLetters) -> None:
    letters.put_now([letter()])
    assert letters.count("shop") == 1


def test_a_letter_that_came_again_since_it_was_read_is_not_discarded(letters: SQLiteDeadLetters) -> None:
    put(letters, letter())
    (read,) = letters.page(Wanted())
    put(letters, letter())
    assert (letters.delete([read]), letters.count()) == (0, 1)
    assert letters.delete(letters.page(Wanted())) == 1


def test_letters_are_chosen_by_stage_and_code_from_either_end(letters: SQLiteDeadLetters) -> None:
    put(
        letters,
        *(letter(b"%d" % n, stage="project" if n % 2 else "admission", code="ab"[n % 3 == 0]) for n in range(9)),
    )
    odd = Wanted(stage="project")
    newest_first = [kept.letter.raw for kept in letters.page(odd)]
    assert newest_first == [b"7", b"5", b"3", b"1"]
    oldest_first = letters.page_after(odd, after=0, up_to=letters.page(odd)[1].number)
    assert [kept.letter.raw for kept in oldest_first] == [b"1", b"3", b"5"]
    assert [kept.letter.raw for kept in letters.page(Wanted("shop", "project", "b"))] == [b"3"]


def test_the_envelope_counts_as_bytes(letters: SQLiteDeadLetters) -> None:
    for number in range(20):
        put(letters, letter(b"%d" % number, envelope=b"x" * 1_000))
    assert 0 < letters.count() < 10


FIRST_SCHEMA = """
CREATE TABLE dead_letters (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    id          TEXT NOT NULL UNIQUE,
    store       TEXT NOT NULL,
    stage       TEXT NOT NULL,
    code        TEXT NOT NULL,
    field       TEXT NOT NULL,
    message     TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    bytes       INTEGER NOT NULL,
    raw         BLOB NOT NULL
);
CREATE INDEX dead_letters_by_store ON dead_letters (store, number);
CREATE INDEX dead_letters_by_age ON dead_letters (received_at);
CREATE TABLE stores (
    store   TEXT PRIMARY KEY,
    letters INTEGER NOT NULL,
    bytes   INTEGER NOT NULL,
    dropped INTEGER NOT NULL DEFAULT 0
);
CREATE TRIGGER letters_in AFTER INSERT ON dead_letters BEGIN
    INSERT INTO stores (store, letters, bytes) VALUES (NEW.store, 1, NEW.bytes)
        ON CONFLICT (store) DO UPDATE SET letters = letters + 1, bytes = bytes + NEW.bytes;
END;
CREATE TRIGGER letters_out AFTER DELETE ON dead_letters BEGIN
    UPDATE stores SET letters = letters - 1, bytes = bytes - OLD.bytes WHERE store = OLD.store;
END;
"""
"""What version 0.1 made first."""
FIRST_INSERT = """
INSERT INTO dead_letters (id, store, stage, code, field, message, raw, received_at, bytes)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


def test_a_file_of_an_older_version_keeps_its_letters(tmp_path: Path) -> None:
    path = tmp_path / "dead.db"
    old = [
        ("a" * 32, "shop", "admission", "no_id", "userId", "names nobody", b"{}", NOW, 202),
        ("b" * 32, "shop", "project", "poison", "", "KeyError at notification 17", b"{}", NOW, 202),
    ]
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(FIRST_SCHEMA)
        connection.executemany(FIRST_INSERT, old)
        connection.commit()
    for _ in range(2):
        with closing(SQLiteDeadLetters(path)) as letters:
            project, admission = letters.page(Wanted())
            assert admission == KeptLetter("a" * 32, letter(), 1, 1)
            assert (project.letter.notification_id, project.letter.key_class) == (17, "")
            assert letters.count("shop") == 2
    with closing(sqlite3.connect(path)) as connection:  # the older version may still run for a moment
        connection.execute(FIRST_INSERT, ("c" * 32, *old[0][1:]))
        connection.commit()
    with closing(SQLiteDeadLetters(path)) as letters:
        put(letters, letter(b"new", key_class="server"))
        assert [kept.letter.key_class for kept in letters.page(Wanted())] == ["server", "", "", ""]
