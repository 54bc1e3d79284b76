"""The keys of the streams, in a database of their own, so that the log never lies beside them in a copy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, LiteralString

import psycopg
from psycopg import Connection
from psycopg_pool import ConnectionPool

from aggregates.errors import StorageUnavailable
from aggregates.stream_keys import KeptStreamKeys, KeyRow
from schemas.facts import Microseconds
from schemas.streams import StreamId

_CREATE = (
    "CREATE TABLE IF NOT EXISTS stream_keys (stream text PRIMARY KEY, key bytea NOT NULL)",
    "ALTER TABLE stream_keys ADD COLUMN IF NOT EXISTS from_version bigint NOT NULL DEFAULT 1",
    "ALTER TABLE stream_keys ADD COLUMN IF NOT EXISTS erased_until bigint",
    "CREATE TABLE IF NOT EXISTS destructions (one integer PRIMARY KEY CHECK (one = 1), times bigint NOT NULL)",
    "INSERT INTO destructions VALUES (1, 0) ON CONFLICT DO NOTHING",
)
_SELECT = "SELECT stream, key, from_version, erased_until FROM stream_keys WHERE stream = ANY(%s)"
_INSERT = """
INSERT INTO stream_keys (stream, key) SELECT * FROM unnest(%s::text[], %b::bytea[])
ON CONFLICT (stream) DO UPDATE SET key = excluded.key WHERE length(stream_keys.key) = 0
"""
_ERASE = """
INSERT INTO stream_keys (stream, key, from_version, erased_until)
SELECT stream, ''::bytea, from_version, erased_until
FROM unnest(%s::text[], %s::bigint[], %s::bigint[]) AS erased (stream, from_version, erased_until)
ON CONFLICT (stream) DO UPDATE SET
    key = CASE WHEN stream_keys.from_version < excluded.from_version THEN ''::bytea ELSE stream_keys.key END,
    erased_until = greatest(stream_keys.erased_until, excluded.erased_until),
    from_version = greatest(stream_keys.from_version, excluded.from_version)
"""
_TAKE_OVER = """
INSERT INTO stream_keys (stream, key, from_version, erased_until)
SELECT * FROM unnest(%s::text[], %b::bytea[], %s::bigint[], %s::bigint[])
ON CONFLICT (stream) DO UPDATE SET
    key = excluded.key, from_version = excluded.from_version, erased_until = excluded.erased_until
"""


class PostgresStreamKeys(KeptStreamKeys):
    """`aggregates.ports.StreamKeys` on PostgreSQL."""

    def __init__(self, pool: ConnectionPool[Connection[Any]]) -> None:
        super().__init__()
        self._pool = pool

    def create_table(self) -> None:
        """Make the table where there is none."""
        with self._pool.connection() as connection:
            for statement in _CREATE:
                connection.execute(statement)

    def take_over(self, rows: Sequence[KeyRow]) -> None:
        """Take keys as they are, for a history that they open; one made for a fact that was never recorded goes."""
        self._write(_TAKE_OVER, rows)

    def _count_destructions(self) -> int:
        ((times,),) = self._rows("SELECT times FROM destructions", ())
        return int(times)

    def _select(self, streams: Sequence[StreamId]) -> Iterable[KeyRow]:
        return self._rows(_SELECT, (list(streams),))

    def _insert(self, rows: Sequence[tuple[StreamId, bytes]]) -> None:
        self._write(_INSERT, rows)

    def _erase(self, rows: Sequence[tuple[StreamId, int, Microseconds]]) -> None:
        self._write(_ERASE, rows, "UPDATE destructions SET times = times + 1")

    def _rows(self, query: LiteralString, parameters: Sequence[Any]) -> list[Any]:
        try:
            with self._pool.connection() as connection:
                return connection.execute(query, parameters, binary=True).fetchall()
        except psycopg.Error as error:
            raise StorageUnavailable(str(error)) from error

    def _write(self, statement: LiteralString, rows: Sequence[Sequence[Any]], then: LiteralString = "") -> None:
        columns = [list(column) for column in zip(*rows, strict=True)]
        try:
            with self._pool.connection() as connection, connection.transaction():
                connection.execute(statement, columns)
                if then:
                    connection.execute(then)
        except psycopg.Error as error:
            raise StorageUnavailable(str(error)) from error
