"""The turns of refreshes, in PostgreSQL: numbers that rise over all projectors (docs/decisions/0004)."""

from __future__ import annotations

from typing import Any

from psycopg import Connection
from psycopg_pool import ConnectionPool


class PostgresTurns:
    """A sequence."""

    def __init__(self, pool: ConnectionPool[Connection[Any]]) -> None:
        self._pool = pool

    def create_sequence(self) -> None:
        """Make it where there is none."""
        with self._pool.connection() as connection:
            connection.execute("CREATE SEQUENCE IF NOT EXISTS turns")

    def next(self) -> int:
        """Return a number above all that were returned before, to whichever process."""
        with self._pool.connection() as connection:
            ((turn,),) = connection.execute("SELECT nextval('turns')").fetchall()
        return int(turn)
