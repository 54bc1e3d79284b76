from __future__ import annotations

import asyncio
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
