"""The keys of the streams, in a file of their own, so that the log never lies beside them in a copy."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from aggregates.errors import StorageUnavailable
from aggregates.in_lists import in_lists
from aggregates.stream_keys import KeptStreamKeys
from schemas.streams import StreamId

FAULTS: tuple[type[Exception], ...] = (sqlite3.Error,)
"""What any of the SQLite files raises when it is full, locked or broken: a retry can help."""


class SqliteStreamKeys(KeptStreamKeys):
    """`aggregates.ports.StreamKeys` on SQLite."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._connection = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        path.chmod(0o600)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.execute("PRAGMA secure_delete=ON")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS stream_keys (stream TEXT PRIMARY KEY, key BLOB NOT NULL) WITHOUT ROWID"
        )

    def after(self, stream: str, limit: int) -> list[tuple[StreamId, bytes]]:
        """Return up to `limit` keys of the streams that follow one, in the order of their ids."""
        found = self._connection.execute(
            "SELECT stream, key FROM stream_keys WHERE stream > ? ORDER BY stream LIMIT ?", (stream, limit)
        )
        return found.fetchall()

    def _select(self, streams: Sequence[StreamId]) -> Iterator[tuple[StreamId, bytes]]:
        for marks, part in in_lists(streams):
            yield from self._connection.execute(f"SELECT stream, key FROM stream_keys WHERE stream IN {marks}", part)

    def _insert(self, rows: Sequence[tuple[StreamId, bytes]]) -> None:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany("INSERT OR IGNORE INTO stream_keys VALUES (?, ?)", rows)
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise StorageUnavailable(str(error)) from error
