"""The recorder of the event store on SQLite, upon that of the `eventsourcing` library (`aggregates.recorder.Recorder`).

Beside the library's table of stored events lie, in the same file and the same transactions: the reservations, the
position of the log that the facts came from, and the clock of the log. One process writes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from eventsourcing.persistence import StoredEvent
from eventsourcing.sqlite import (
    SQLiteApplicationRecorder,
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteCursor,
    SQLiteDatastore,
)

from aggregates.in_lists import in_lists
from aggregates.mapping import StoredFact, stamp
from schemas.facts import Microseconds

_REFUSE = "INSERT INTO refusals VALUES (?, ?) ON CONFLICT (reason) DO UPDATE SET events = events + excluded.events"


def _now() -> Microseconds:
    return time.time_ns() // 1000


class ReservingRecorder(SQLiteApplicationRecorder):
    """The library's recorder, with reservations, the source position and the log's clock in the same transaction."""

    def __init__(self, datastore: SQLiteDatastore, clock: Callable[[], Microseconds] = _now) -> None:
        super().__init__(datastore)
        self._now = clock

    def construct_create_table_statements(self) -> list[str]:
        return [
            *super().construct_create_table_statements(),
            "CREATE TABLE IF NOT EXISTS reservations (key BLOB PRIMARY KEY) WITHOUT ROWID",
            "CREATE TABLE IF NOT EXISTS log (one INTEGER PRIMARY KEY CHECK (one = 1), position INTEGER, clock INTEGER)",
            "INSERT OR IGNORE INTO log VALUES (1, 0, 0)",
            "CREATE TABLE IF NOT EXISTS refusals (reason TEXT PRIMARY KEY, events INTEGER NOT NULL) WITHOUT ROWID",
        ]

    def create_table(self) -> None:
        """Make the tables where there are none. Where there are, nothing is written: the one writer may be at work."""
        if not self._has_tables():
            super().create_table()

    def _has_tables(self) -> bool:
        with self.datastore.transaction(commit=False) as c:
            c.execute("SELECT count(*) FROM sqlite_master WHERE name = 'refusals'")  # the last that came
            return bool(c.fetchone()[0])

    def _insert_events(
        self,
        c: SQLiteCursor,
        stored_events: Sequence[StoredEvent],
        *,
        reservations: Sequence[bytes] = (),
        position: int | None = None,
        refused: Mapping[str, int] = MappingProxyType({}),
        **_: Any,
    ) -> Sequence[int] | None:
        recorded_at = self._advance(c, position)
        c.executemany(_REFUSE, refused.items())
        c.executemany("INSERT INTO reservations VALUES (?)", [(key,) for key in reservations])
        stamped = stamp(recorded_at)
        rows = [(s.originator_id, s.originator_version, s.topic, stamped + s.state) for s in stored_events]
        c.executemany(self.insert_events_statement, rows)
        return None

    def _advance(self, c: SQLiteCursor, position: int | None) -> Microseconds:
        """Move clock and position; the clock only ever rises, whatever the machine's clock does."""
        c.execute("SELECT clock FROM log")
        recorded_at = max(self._now(), int(c.fetchone()[0]) + 1)
        c.execute("UPDATE log SET clock = ?, position = max(position, coalesce(?, 0))", (recorded_at, position))
        return recorded_at

    def refused(self) -> dict[str, int]:
        """See the port."""
        with self.datastore.transaction(commit=False) as c:
            c.execute("SELECT reason, events FROM refusals")
            return {reason: int(events) for reason, events in c.fetchall()}

    def tick(self) -> None:
        """Move the clock alone."""
        with self.datastore.transaction(commit=True) as c:
            self._advance(c, None)

    def state_of_log(self) -> tuple[int, Microseconds]:
        """Return position and clock."""
        with self.datastore.transaction(commit=False) as c:
            c.execute("SELECT position, clock FROM log")
            row = c.fetchone()
            return int(row[0]), int(row[1])

    def taken(self, keys: Sequence[bytes]) -> set[bytes]:
        """Return which of the reservations are there."""
        found: set[bytes] = set()
        with self.datastore.transaction(commit=False) as c:
            for marks, part in in_lists(keys):
                c.execute(f"SELECT key FROM reservations WHERE key IN {marks}", part)
                found.update(row[0] for row in c.fetchall())
        return found

    def max_version(self, streams: Iterable[str]) -> dict[str, int]:
        """Return the highest version of each stream, one look-up in the primary key each."""
        statement = f"SELECT max(originator_version) FROM {self.events_table_name} WHERE originator_id = ?"
        versions = {}
        with self.datastore.transaction(commit=False) as c:
            for stream in streams:
                c.execute(statement, (stream,))
                versions[stream] = int(c.fetchone()[0] or 0)
        return versions

    def select_after(self, after: int, limit: int) -> list[StoredFact]:
        """Return up to `limit` facts of the log above the id `after`, in order."""
        return self._select("rowid > ? ORDER BY rowid LIMIT ?", (after, limit))

    def select_by_ids(self, ids: Sequence[int]) -> list[StoredFact]:
        """Return the facts of the log with these ids."""
        parts = (self._select(f"rowid IN {marks} ORDER BY rowid", part) for marks, part in in_lists(ids))
        return [fact for part in parts for fact in part]

    def reservations_after(self, key: bytes, limit: int) -> list[bytes]:
        """Return up to `limit` reservations that follow one, in their order."""
        with self.datastore.transaction(commit=False) as c:
            c.execute("SELECT key FROM reservations WHERE key > ? ORDER BY key LIMIT ?", (key, limit))
            return [row[0] for row in c.fetchall()]

    def _select(self, condition: str, parameters: Sequence[int]) -> list[StoredFact]:
        """As plain tuples: the library's rows and notifications cost more than all else that reading a fact takes."""
        columns = "rowid, originator_id, originator_version, topic, state"
        with self.datastore.transaction(commit=False) as c:
            c.sqlite_cursor.row_factory = None
            c.execute(f"SELECT {columns} FROM {self.events_table_name} WHERE {condition}", parameters)
            found: list[StoredFact] = c.fetchall()
            return found


class _Connections(SQLiteConnectionPool):
    """The library's connections, which copy the write-ahead log into the file every 16 MB instead of every 4."""

    def _create_connection(self) -> SQLiteConnection:
        connection = super()._create_connection()
        connection.cursor().execute("PRAGMA wal_autocheckpoint = 4000")
        return connection


def open_recorder(path: Path, clock: Callable[[], Microseconds] = _now) -> ReservingRecorder:
    """Open (and make, where there is none) the event store in a file; commits are synchronous."""
    datastore = SQLiteDatastore(str(path), originator_id_type="text")
    datastore.pool.close()
    datastore.pool = _Connections(db_name=str(path), lock_timeout=30)
    recorder = ReservingRecorder(datastore, clock)
    recorder.create_table()
    return recorder
