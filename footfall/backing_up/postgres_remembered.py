"""Where backups of a distributed installation were made: a table in the database of the keys, beside the ledger."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from psycopg import Connection
from psycopg_pool import ConnectionPool

from schemas.facts import Microseconds

_SCHEMA = "CREATE TABLE IF NOT EXISTS backups (path text PRIMARY KEY, made_at bigint NOT NULL)"
_ADD = "INSERT INTO backups VALUES (%s, %s) ON CONFLICT (path) DO UPDATE SET made_at = excluded.made_at"


class PostgresRemembered:
    """Paths of backups with the machines that they are on, and when they were begun."""

    def __init__(self, pool: ConnectionPool[Connection[Any]]) -> None:
        self._pool = pool

    def create_table(self) -> None:
        """Make the table where there is none."""
        with self._pool.connection() as connection:
            connection.execute(_SCHEMA)

    def add(self, paths: Iterable[str], at: Microseconds) -> None:
        """Remember paths, durably; before anything is written there."""
        with self._pool.connection() as connection:
            for path in paths:
                connection.execute(_ADD, (path, at))

    def forget(self, path: str) -> bool:
        """Forget a path: what was there is gone; tell whether it was known."""
        with self._pool.connection() as connection:
            return connection.execute("DELETE FROM backups WHERE path = %s", (path,)).rowcount > 0

    def all(self) -> list[tuple[str, Microseconds]]:
        """Return paths and times, the oldest first."""
        with self._pool.connection() as connection:
            return connection.execute("SELECT path, made_at FROM backups ORDER BY made_at, path").fetchall()
