"""Where backups of a data folder were made: a table in the file of the ledger, which no restore replaces.

An erasure has to reach them all. What is at these places is looked up there.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from threading import Lock

from schemas.facts import Microseconds

_SCHEMA = "CREATE TABLE IF NOT EXISTS backups (path TEXT PRIMARY KEY, made_at INTEGER NOT NULL)"


class SqliteRemembered:
    """Paths of backups, and when they were begun."""

    def __init__(self, ledger: Path) -> None:
        self._lock = Lock()
        self._connection = sqlite3.connect(ledger, timeout=30, isolation_level=None, check_same_thread=False)
        ledger.chmod(0o600)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.execute(_SCHEMA)

    def add(self, paths: Iterable[str], at: Microseconds) -> None:
        """Remember paths, durably; before anything is written there."""
        with self._lock:
            self._connection.executemany("INSERT OR REPLACE INTO backups VALUES (?, ?)", [(one, at) for one in paths])

    def forget(self, path: str) -> bool:
        """Forget a path: what was there is gone; tell whether it was known."""
        with self._lock:
            return self._connection.execute("DELETE FROM backups WHERE path = ?", (path,)).rowcount > 0

    def all(self) -> list[tuple[str, Microseconds]]:
        """Return paths and times, the oldest first."""
        with self._lock:
            return self._connection.execute("SELECT path, made_at FROM backups ORDER BY made_at, path").fetchall()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()
