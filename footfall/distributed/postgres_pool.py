"""Connections to a PostgreSQL database; its faults carry our name, by which a retry is known to help."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import Connection
from psycopg_pool import ConnectionPool

from aggregates.errors import StorageUnavailable

CONNECT_SECONDS = 5.0
CONNECTIONS = 4


class PostgresPool(ConnectionPool[Connection[Any]]):
    """A pool in which every statement is a transaction by itself, and a connection that broke is not handed out."""

    def __init__(self, dsn: str) -> None:
        super().__init__(
            dsn,
            kwargs={"autocommit": True},
            min_size=1,
            max_size=CONNECTIONS,
            timeout=CONNECT_SECONDS,
            check=ConnectionPool.check_connection,
            open=True,
        )

    @contextmanager
    def connection(self, timeout: float | None = None) -> Iterator[Connection[Any]]:
        """Give a connection; raises StorageUnavailable where there is none, or where it breaks."""
        try:
            with super().connection(timeout) as connection:
                yield connection
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            raise StorageUnavailable(f"PostgreSQL: {type(error).__name__}") from error
