"""The keys of the streams, in a file of their own, so that the log never lies beside them in a copy."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from aggregates.errors import StorageUnavailable
from aggregates.in_lists import in_lists
from aggregates.stream_keys import KeptStreamKeys, KeyRow
from schemas.facts import Microseconds
from schemas.streams import StreamId

FAULTS: tuple[type[Exception], ...] = (sqlite3.Error,)
"""What any of the SQLite files raises when it is full, locked or broken: a retry can help."""

_ROW = "stream, key, from_version, erased_until"
_VERSION = 1
_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS stream_keys (stream TEXT PRIMARY KEY, key BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS destructions (one INTEGER PRIMARY KEY CHECK (one = 1), times INTEGER NOT NULL)",
    "INSERT OR IGNORE INTO destructions VALUES (1, 0)",
)
_ADDED = {"from_version": "INTEGER NOT NULL DEFAULT 1", "erased_until": "INTEGER"}
"""Columns that came after the first version."""

_INSERT = """
INSERT INTO stream_keys (stream, key) VALUES (?, ?)
ON CONFLICT (stream) DO UPDATE SET key = excluded.key WHERE length(stream_keys.key) = 0
"""
_ERASE = """
INSERT INTO stream_keys (stream, key, from_version, erased_until) VALUES (?, x'', ?, ?)
ON CONFLICT (stream) DO UPDATE SET
    key = CASE WHEN from_version < excluded.from_version THEN x'' ELSE key END,
    erased_until = max(coalesce(erased_until, excluded.erased_until), excluded.erased_until),
    from_version = max(from_version, excluded.from_version)
"""


class SqliteStreamKeys(KeptStreamKeys):
    """`aggregates.ports.StreamKeys` on SQLite."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._connection = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        path.chmod(0o600)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.execute("PRAGMA secure_delete=ON")
        if self._connection.execute("PRAGMA user_version").fetchone() < (_VERSION,):
            self._make_tables()

    def _make_tables(self) -> None:
        """Make what is missing; another process may do the same at the same time."""
        with self._changing():
            for statement in _SCHEMA:
                self._connection.execute(statement)
            present = {row[1] for row in self._connection.execute("PRAGMA table_info(stream_keys)")}
            for name, definition in _ADDED.items():
                if name not in present:
                    self._connection.execute(f"ALTER TABLE stream_keys ADD COLUMN {name} {definition}")
            self._connection.execute(f"PRAGMA user_version = {_VERSION}")

    def after(self, stream: str, limit: int) -> list[KeyRow]:
        """Return up to `limit` rows of the streams that follow one, in the order of their ids."""
        found = self._connection.execute(
            f"SELECT {_ROW} FROM stream_keys WHERE stream > ? ORDER BY stream LIMIT ?", (stream, limit)
        )
        return found.fetchall()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _count_destructions(self) -> int:
        return int(self._connection.execute("SELECT times FROM destructions").fetchone()[0])

    def _select(self, streams: Sequence[StreamId]) -> Iterator[KeyRow]:
        for marks, part in in_lists(streams):
            yield from self._connection.execute(f"SELECT {_ROW} FROM stream_keys WHERE stream IN {marks}", part)

    def _insert(self, rows: Sequence[tuple[StreamId, bytes]]) -> None:
        with self._changing():
            self._connection.executemany(_INSERT, rows)

    def _erase(self, rows: Sequence[tuple[StreamId, int, Microseconds]]) -> None:
        with self._changing():
            self._connection.executemany(_ERASE, rows)
            self._connection.execute("UPDATE destructions SET times = times + 1")

    @contextmanager
    def _changing(self) -> Iterator[None]:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            yield
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise StorageUnavailable(str(error)) from error
