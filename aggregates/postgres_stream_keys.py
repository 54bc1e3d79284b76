"""The keys of the streams, in a database of their own, so that the log never lies beside them in a copy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, LiteralString

import psycopg
from psycopg import Connection
from psycopg_pool import ConnectionPool

from aggregates.errors import StorageUnavailable
from aggregates.stream_keys import KeptStreamKeys
from schemas.streams import StreamId

_CREATE = "CREATE TABLE IF NOT EXISTS stream_keys (stream text PRIMARY KEY, key bytea NOT NULL)"
_SELECT = "SELECT stream, key FROM stream_keys WHERE stream = ANY(%s)"
_INSERT = "INSERT INTO stream_keys SELECT * FROM unnest(%s::text[], %b::bytea[]) ON CONFLICT DO NOTHING"
_TAKE_OVER = """
INSERT INTO stream_keys SELECT * FROM unnest(%s::text[], %b::bytea[])
ON CONFLICT (stream) DO UPDATE SET key = excluded.key
"""


class PostgresStreamKeys(KeptStreamKeys):
    """`aggregates.ports.StreamKeys` on PostgreSQL."""

    def __init__(self, pool: ConnectionPool[Connection[Any]]) -> None:
        super().__init__()
        self._pool = pool

    def create_table(self) -> None:
        """Make the table where there is none."""
        with self._pool.connection() as connection:
            connection.execute(_CREATE)

    def _select(self, streams: Sequence[StreamId]) -> Iterable[tuple[StreamId, bytes]]:
        try:
            with self._pool.connection() as connection:
                return connection.execute(_SELECT, (list(streams),), binary=True).fetchall()
        except psycopg.Error as error:
            raise StorageUnavailable(str(error)) from error

    def take_over(self, rows: Sequence[tuple[StreamId, bytes]]) -> None:
        """Take keys as they are, for a history that they open; one made for a fact that was never recorded goes."""
        self._write(_TAKE_OVER, rows)

    def _insert(self, rows: Sequence[tuple[StreamId, bytes]]) -> None:
        self._write(_INSERT, rows)

    def _write(self, statement: LiteralString, rows: Sequence[tuple[StreamId, bytes]]) -> None:
        streams, keys = zip(*rows, strict=True)
        try:
            with self._pool.connection() as connection:
                connection.execute(statement, (list(streams), list(keys)))
        except psycopg.Error as error:
            raise StorageUnavailable(str(error)) from error
