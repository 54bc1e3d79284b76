"""Removes what deleted rows leave behind in a SQLite file: free pages and the write-ahead log."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from footfall.erasing.ports import NotYet

BUSY_SECONDS = 10.0


def clear(path: Path) -> None:
    """Write the file anew without its free pages, and empty its write-ahead log; raises NotYet while it is in use."""
    with closing(sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)) as connection:
        try:
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("VACUUM")
            (busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.OperationalError as error:
            raise NotYet(f"{path.name} is in use: {error}") from error
    if busy:
        raise NotYet(f"{path.name} is being read")
