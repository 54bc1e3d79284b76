"""Copies of a PostgreSQL database's tables: out of one snapshot into files, and from files into empty tables.

A file is CSV with the names of its columns in the first line, so that a later version, with more columns, can read it.
What the tables mean, and which belong to a copy, is told.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection, IsolationLevel
from psycopg.sql import SQL, Identifier

from footfall.backing_up.errors import BackupFailed
from footfall.distributed.postgres_pool import connected

SUFFIX = ".csv"
CHUNK = 1024 * 1024

_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"
_COLUMNS = """
SELECT column_name FROM information_schema.columns
WHERE table_schema = current_schema() AND table_name = %s ORDER BY ordinal_position
"""
_NUMBERED = """
SELECT column_name FROM information_schema.columns
WHERE table_schema = current_schema() AND table_name = %s AND (is_identity = 'YES' OR column_default LIKE 'nextval(%%')
"""
_REFERENCED = "SELECT relname FROM pg_constraint JOIN pg_class ON confrelid = pg_class.oid WHERE contype = 'f'"
_OUT = SQL("COPY {table} ({columns}) TO STDOUT (FORMAT csv, HEADER)")
_IN = SQL("COPY {table} ({columns}) FROM STDIN (FORMAT csv, HEADER)")
_GO_ON = SQL(
    "SELECT setval(pg_get_serial_sequence(%s, %s), (SELECT coalesce(max({column}), 0) + 1 FROM {table}), false)"
)


@contextmanager
def snapshot_of(dsn: str) -> Iterator[Connection[Any]]:
    """Give a connection that sees the database as it is now for as long as this is held."""
    with faults(), connected(dsn) as connection:
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        with connection.transaction():
            connection.execute("SELECT 1")
            yield connection


@contextmanager
def filled(dsn: str) -> Iterator[Connection[Any]]:
    """Give a transaction to fill tables in: all of it is there at its end, or nothing."""
    with faults(), connected(dsn) as connection, connection.transaction():
        yield connection


@contextmanager
def faults() -> Iterator[None]:
    """Say what PostgreSQL says as BackupFailed; it names tables, and no rows."""
    try:
        yield
    except psycopg.Error as error:
        raise BackupFailed(f"PostgreSQL: {error.diag.message_primary or type(error).__name__}") from error


def tables(connection: Connection[Any], but: Collection[str]) -> list[str]:
    """Return the names of all tables, but some."""
    return [name for (name,) in connection.execute(_TABLES).fetchall() if name not in but]


def copy_out(connection: Connection[Any], table: str, path: Path, told: Callable[[int], None]) -> None:
    """Write a table to a new file."""
    columns = [name for (name,) in connection.execute(_COLUMNS, (table,)).fetchall()]
    statement = _OUT.format(table=Identifier(table), columns=_listed(columns))
    done = 0
    with path.open("xb") as file, connection.cursor() as cursor, cursor.copy(statement) as rows:
        for block in rows:
            file.write(block)
            done += len(block)
            told(done)


def copy_in(connection: Connection[Any], files: Mapping[str, Path], told: Callable[[int, int], None]) -> None:
    """Replace the rows of tables by those of files; new rows are numbered behind them. Referenced tables come first."""
    referenced = {name for (name,) in connection.execute(_REFERENCED).fetchall()}
    connection.execute(SQL("TRUNCATE {}").format(_listed(files)))
    for number, table in enumerate(sorted(files, key=lambda name: (name not in referenced, name))):
        told(number, len(files))
        _copy_in(connection, table, files[table])


def _copy_in(connection: Connection[Any], table: str, path: Path) -> None:
    with path.open("rb") as file:
        columns = file.readline().decode().strip().split(",")
        file.seek(0)
        statement = _IN.format(table=Identifier(table), columns=_listed(columns))
        with connection.cursor() as cursor, cursor.copy(statement) as rows:
            while block := file.read(CHUNK):
                rows.write(block)
    for (column,) in connection.execute(_NUMBERED, (table,)).fetchall():
        go_on = _GO_ON.format(column=Identifier(column), table=Identifier(table))
        connection.execute(go_on, (table, column))


def _listed(columns: Iterable[str]) -> Any:
    return SQL(", ").join(map(Identifier, columns))


def count(connection: Connection[Any], table: str) -> int:
    """Return how many rows a table has."""
    ((rows,),) = connection.execute(SQL("SELECT count(*) FROM {}").format(Identifier(table))).fetchall()
    return int(rows)


def ends(connection: Connection[Any]) -> dict[int, int]:
    """Return the last notification of each shard."""
    return dict(connection.execute("SELECT shard, facts FROM shards ORDER BY shard").fetchall())


def versions(connection: Connection[Any], table: str, streams: Collection[str]) -> dict[str, int]:
    """Return the highest version of those streams that have facts in a table of facts."""
    query = "SELECT originator_id, max(originator_version) FROM {} WHERE originator_id = ANY(%s) GROUP BY 1"
    return dict(connection.execute(SQL(query).format(Identifier(table)), (list(streams),)).fetchall())
