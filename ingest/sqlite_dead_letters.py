"""Dead letters in SQLite: what was refused, with its reason and bytes, bounded by age and by bytes for each store.

The oldest of a store go first, and are counted. Replaying a dead letter is the caller's business. A file by an older
version gets the columns that it lacks, with its letters as they are.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ingest.group_commit import GroupCommit
from ingest.kept_letters import KeptLetter, Wanted, letter_id, size
from ingest.ports import DeadLetter, Overloaded
from schemas.clock import DAY
from schemas.facts import Microseconds

MAX_AGE: Microseconds = 30 * DAY
MAX_STORE_BYTES = 256 * 1024 * 1024
_SCHEMA = """
CREATE TABLE IF NOT EXISTS dead_letters (
    number      INTEGER PRIMARY KEY AUTOINCREMENT, -- the order of arrival
    id          TEXT NOT NULL UNIQUE,              -- of the content: a letter put twice is kept once
    store       TEXT NOT NULL,
    stage       TEXT NOT NULL,
    code        TEXT NOT NULL,
    field       TEXT NOT NULL,
    message     TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    bytes       INTEGER NOT NULL,
    raw         BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS dead_letters_by_store ON dead_letters (store, number);
CREATE INDEX IF NOT EXISTS dead_letters_by_age ON dead_letters (received_at);
CREATE TABLE IF NOT EXISTS stores (
    store   TEXT PRIMARY KEY,
    letters INTEGER NOT NULL,          -- that are there
    bytes   INTEGER NOT NULL,
    dropped INTEGER NOT NULL DEFAULT 0 -- ever, for want of room or by age
);
CREATE TRIGGER IF NOT EXISTS letters_in AFTER INSERT ON dead_letters BEGIN
    INSERT INTO stores (store, letters, bytes) VALUES (NEW.store, 1, NEW.bytes)
        ON CONFLICT (store) DO UPDATE SET letters = letters + 1, bytes = bytes + NEW.bytes;
END;
CREATE TRIGGER IF NOT EXISTS letters_out AFTER DELETE ON dead_letters BEGIN
    UPDATE stores SET letters = letters - 1, bytes = bytes - OLD.bytes WHERE store = OLD.store;
END;
"""
_ADDED = {
    "key_class": "TEXT NOT NULL DEFAULT ''",
    "type": "TEXT NOT NULL DEFAULT ''",
    "is_import": "INTEGER NOT NULL DEFAULT 0",
    "envelope": "BLOB NOT NULL DEFAULT x''",
    "ip": "TEXT NOT NULL DEFAULT ''",
    "shard": "INTEGER NOT NULL DEFAULT 0",
    "notification_id": "INTEGER NOT NULL DEFAULT 0",
    "puts": "INTEGER NOT NULL DEFAULT 1",
}
"""Columns that came after the first version; a later one goes to the end."""
_VERSION = 2
_FROM_MESSAGE = """
UPDATE dead_letters SET notification_id = CAST(substr(message, instr(message, ' at notification ') + 17) AS INTEGER)
WHERE stage = 'project' AND notification_id = 0 AND instr(message, ' at notification ') > 0
"""
"""The first version said the place of a fact in the message alone."""

_LETTER = ", ".join(DeadLetter._fields)
_COLUMNS = f"id, number, puts, {_LETTER}"
_INSERT = (
    f"INSERT INTO dead_letters (id, bytes, {_LETTER}) VALUES ({', '.join('?' * (len(DeadLetter._fields) + 2))})"
    " ON CONFLICT (id) DO UPDATE SET puts = puts + 1"
)
_WANTED = "(?1 IS NULL OR store = ?1) AND (?2 IS NULL OR stage = ?2) AND (?3 IS NULL OR code = ?3)"
_NEWEST = 2**63 - 1


def _kept(row: tuple[Any, ...]) -> KeptLetter:
    id_, number, puts, *fields = row
    letter = DeadLetter(*fields)
    return KeptLetter(id_, letter._replace(is_import=bool(letter.is_import)), number, puts)


class SQLiteDeadLetters:
    """The collector's DeadLetters, and what operators list, show and discard (from any process)."""

    def __init__(
        self,
        path: Path,
        *,
        max_age: Microseconds = MAX_AGE,
        max_store_bytes: int = MAX_STORE_BYTES,
        max_waiting: int = 16 * 1024 * 1024,
        max_wait: float = 10.0,
    ) -> None:
        self._path = path
        self._max_age = max_age
        self._max_store_bytes = max_store_bytes
        self._max_wait = max_wait
        self._connection: sqlite3.Connection | None = self._connect()
        self._commits: GroupCommit[Sequence[DeadLetter]] = GroupCommit(
            "dead-letters", self._write, max_waiting, max_wait
        )

    async def put(self, letters: Sequence[DeadLetter]) -> None:
        """See DeadLetters."""
        await self._commits.commit(letters, sum(map(size, letters)))

    def put_now(self, letters: Sequence[DeadLetter]) -> None:
        """Put from a process without an event loop (the aggregator); durable on return, or Overloaded."""
        self._write([letters])

    def ready(self) -> bool:
        """Say whether a letter would be taken now."""
        return self._commits.ready()

    def close(self) -> None:
        """Commit what waits, then let go of the file."""
        self._commits.close()
        self._let_go()

    def page(self, wanted: Wanted, *, limit: int = 100, before: int | None = None) -> list[KeptLetter]:
        """Return letters, newest first; `before` is the number of the last one seen."""
        return self._select(
            f"{_WANTED} AND number < ?4 ORDER BY number DESC LIMIT ?5", (*wanted, before or _NEWEST, limit)
        )

    def page_after(self, wanted: Wanted, *, after: int, up_to: int, limit: int = 100) -> list[KeptLetter]:
        """Return letters with numbers above `after` and not above `up_to`, oldest first."""
        return self._select(
            f"{_WANTED} AND number > ?4 AND number <= ?5 ORDER BY number LIMIT ?6", (*wanted, after, up_to, limit)
        )

    def get(self, id_: str) -> KeptLetter | None:
        """Return one letter."""
        return next(iter(self._select("id = ?", (id_,))), None)

    def _select(self, condition: str, parameters: Sequence[Any]) -> list[KeptLetter]:
        with self._reading() as connection:
            found = connection.execute(f"SELECT {_COLUMNS} FROM dead_letters WHERE {condition}", parameters)
            return [_kept(row) for row in found.fetchall()]

    def delete(self, letters: Sequence[KeptLetter]) -> int:
        """Discard letters, except those that came again since they were read; say how many went."""
        statement = "DELETE FROM dead_letters WHERE id = ? AND puts = ?"
        with self._reading() as connection:
            connection.execute("BEGIN IMMEDIATE")
            count = sum(connection.execute(statement, (kept.id, kept.puts)).rowcount for kept in letters)
            connection.execute("COMMIT")
        return count

    def count(self, store: str | None = None) -> int:
        """Return how many letters there are."""
        return self._total("letters", store)

    def dropped(self, store: str | None = None) -> int:
        """Return how many letters ever went for want of room or by age."""
        return self._total("dropped", store)

    def _total(self, column: str, store: str | None) -> int:
        with self._reading() as connection:
            (total,) = connection.execute(
                f"SELECT coalesce(sum({column}), 0) FROM stores WHERE ?1 IS NULL OR store = ?1", (store,)
            ).fetchone()
        return int(total)

    def _reading(self) -> contextlib.closing[sqlite3.Connection]:
        """Operators come rarely, and from any thread: a connection each."""
        return contextlib.closing(self._connect())

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=self._max_wait, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA journal_size_limit = 67108864")
            if connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'letters_out'").fetchone() == (0,):
                connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT;")
            if connection.execute("PRAGMA user_version").fetchone() < (_VERSION,):
                _add_columns(connection)
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _write(self, groups: list[Sequence[DeadLetter]]) -> None:
        letters = [letter for group in groups for letter in group]
        try:
            if self._connection is None:
                self._connection = self._connect()
            self._insert(self._connection, letters)
        except sqlite3.Error as error:
            self._let_go()
            raise Overloaded(f"dead letters cannot be written: {error}", 5) from None

    def _insert(self, connection: sqlite3.Connection, letters: list[DeadLetter]) -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(_INSERT, [(letter_id(letter), size(letter), *letter) for letter in letters])
        if letters:
            self._drop_old(connection, max(letter.received_at for letter in letters) - self._max_age)
        for store in {letter.store for letter in letters}:
            self._make_room(connection, store)
        connection.execute("COMMIT")

    def _drop_old(self, connection: sqlite3.Connection, oldest: Microseconds) -> None:
        old = connection.execute(
            "SELECT store, count(*) FROM dead_letters WHERE received_at < ? GROUP BY store", (oldest,)
        ).fetchall()
        if old:
            connection.execute("DELETE FROM dead_letters WHERE received_at < ?", (oldest,))
            connection.executemany("UPDATE stores SET dropped = dropped + ?2 WHERE store = ?1", old)

    def _make_room(self, connection: sqlite3.Connection, store: str) -> None:
        """Drop a store's oldest letters, a few at a time, until it keeps to its bytes."""
        while True:
            kept = connection.execute("SELECT bytes FROM stores WHERE store = ?", (store,)).fetchone()
            if kept is None or kept[0] <= self._max_store_bytes:
                return
            dropped = connection.execute(
                "DELETE FROM dead_letters WHERE number IN"
                " (SELECT number FROM dead_letters WHERE store = ? ORDER BY number LIMIT 16)",
                (store,),
            ).rowcount
            connection.execute("UPDATE stores SET dropped = dropped + ? WHERE store = ?", (dropped, store))

    def _let_go(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None


def _add_columns(connection: sqlite3.Connection) -> None:
    """Add the columns that are missing; another process may do the same at the same time."""
    connection.execute("BEGIN IMMEDIATE")
    present = {row[1] for row in connection.execute("PRAGMA table_info(dead_letters)")}
    for name, definition in _ADDED.items():
        if name not in present:
            connection.execute(f"ALTER TABLE dead_letters ADD COLUMN {name} {definition}")
    connection.execute(_FROM_MESSAGE)
    connection.execute(f"PRAGMA user_version = {_VERSION}")
    connection.execute("COMMIT")
