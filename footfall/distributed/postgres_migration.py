"""That a history is being brought in (`footfall migrate`), and how far: one row, which all processes look at.

Whoever records holds a shared lock and looks at the row behind it; whoever begins a migration takes the lock alone. So
no fact is recorded between the beginning of a migration and its end, and all that was recorded before is seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.rows import class_row
from psycopg_pool import ConnectionPool

_RECORDING = 0x666F6F7466616C6E
"""Number of the advisory lock; postgres_databases.py has its neighbours."""

_CREATE = """
CREATE TABLE IF NOT EXISTS migration (
    one       integer PRIMARY KEY DEFAULT 1 CHECK (one = 1),
    keyed     text NOT NULL DEFAULT '',     -- the stream whose key was copied last, in the order of ids
    reserved  bytea NOT NULL DEFAULT '',    -- the reservation that was copied last, in their order
    lettered  bigint NOT NULL DEFAULT 0,    -- the number of the dead letter that was copied last
    copied    bigint NOT NULL DEFAULT 0,    -- the notification, in the log that they come from
    last_fact bytea NOT NULL DEFAULT '',    -- digest of its fact: to tell another log by
    log_end   bigint NOT NULL DEFAULT 0,    -- of that log, when keys and reservations were begun
    accepted  bigint NOT NULL DEFAULT 0,    -- events that the embedded product ever took, copies too
    finished  boolean NOT NULL DEFAULT false
)
"""
_SELECT = "SELECT keyed, reserved, lettered, copied, last_fact, log_end, accepted, finished FROM migration"
_UPDATE = """
UPDATE migration SET keyed = %(keyed)s, reserved = %(reserved)s, lettered = %(lettered)s, copied = %(copied)s,
last_fact = %(last_fact)s, log_end = %(log_end)s, accepted = %(accepted)s, finished = %(finished)s
"""


class Migration(NamedTuple):
    """The row."""

    keyed: str = ""
    reserved: bytes = b""
    lettered: int = 0
    copied: int = 0
    last_fact: bytes = b""
    log_end: int = 0
    accepted: int = 0
    finished: bool = False


class Stage(Enum):
    """Where an installation is with its migration."""

    NONE = "none"
    UNDER_WAY = "under way"
    OVER = "over"


def stage_of(migration: Migration | None) -> Stage:
    """Return the stage that a row means."""
    if migration is None:
        return Stage.NONE
    return Stage.OVER if migration.finished else Stage.UNDER_WAY


class PostgresMigration:
    """The row of an installation, and the lock before it."""

    def __init__(self, pool: ConnectionPool[Connection[Any]]) -> None:
        self._pool = pool

    def create_table(self) -> None:
        """Make the table where there is none."""
        with self._pool.connection() as connection:
            connection.execute(_CREATE)

    def find(self) -> Migration | None:
        """Return the row, None where no migration was begun."""
        with self._pool.connection() as connection:
            return _found(connection, _SELECT)

    @contextmanager
    def held_off(self, *others: int) -> Iterator[Stage]:
        """Keep a migration from beginning while this is held; many may hold it. Gives the stage.

        `others` are further advisory locks that are held as well.
        """
        with self._locked("pg_advisory_xact_lock_shared", *others) as connection:
            yield stage_of(_found(connection, _SELECT))

    @contextmanager
    def nobody_records(self) -> Iterator[Connection[Any]]:
        """Give a transaction in which nobody records, to begin in."""
        with self._locked("pg_advisory_xact_lock") as connection:
            yield connection

    @contextmanager
    def moving(self) -> Iterator[Connection[Any]]:
        """Give a transaction for the next step of a migration."""
        with self._pool.connection() as connection, connection.transaction():
            yield connection

    @contextmanager
    def _locked(self, function: str, *others: int) -> Iterator[Connection[Any]]:
        numbers = (_RECORDING, *others)
        with self.moving() as connection:
            connection.execute(f"SELECT {', '.join([f'{function}(%s)'] * len(numbers))}", numbers)
            yield connection


def begin(connection: Connection[Any]) -> Migration:
    """Make the row."""
    connection.execute("INSERT INTO migration DEFAULT VALUES")
    return Migration()


def held(connection: Connection[Any]) -> Migration | None:
    """Return the row, which nobody else can change before this transaction ends."""
    return _found(connection, f"{_SELECT} FOR UPDATE")


def save(connection: Connection[Any], migration: Migration) -> None:
    """Change the row."""
    connection.execute(_UPDATE, migration._asdict())


def _found(connection: Connection[Any], query: str) -> Migration | None:
    with connection.cursor(row_factory=class_row(Migration)) as cursor:
        return cursor.execute(query).fetchone()
