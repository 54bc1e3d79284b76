"""Connections to a PostgreSQL database; its faults carry our name, by which a retry is known to help."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Self

import psycopg
from psycopg import Connection
from psycopg_pool import ConnectionPool, PoolTimeout

from aggregates.errors import StorageUnavailable
from aggregates.postgres_recorder import for_short_statements

CONNECT_SECONDS = 5.0
CONNECTIONS = 4
LONGEST_REASON = 300


class PostgresPool(ConnectionPool[Connection[Any]]):
    """A pool in which every statement is a transaction by itself, and a connection that broke is not handed out."""

    def __init__(self, dsn: str) -> None:
        self._refusal = ""
        super().__init__(
            dsn,
            connection_class=_telling(self._note),
            kwargs={"autocommit": True},
            configure=for_short_statements,
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
        except PoolTimeout as error:
            raise StorageUnavailable(f"PostgreSQL: {self._refusal or type(error).__name__}") from error
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            raise StorageUnavailable(f"PostgreSQL: {type(error).__name__}") from error

    def _note(self, refusal: str) -> None:
        self._refusal = refusal


@contextmanager
def connected(dsn: str) -> Iterator[Connection[Any]]:
    """Give a connection by itself; raises StorageUnavailable, saying why there is none."""
    try:
        connection = psycopg.connect(dsn, autocommit=True, connect_timeout=int(CONNECT_SECONDS))
    except psycopg.OperationalError as error:
        raise StorageUnavailable(f"PostgreSQL: {_reason(error)}") from error
    with connection:
        yield connection


def _telling(note: Callable[[str], None]) -> type[Connection[Any]]:
    """Return connections that say why they do not come about: a pool tells only that its time is over."""

    class Telling(Connection[Any]):
        @classmethod
        def connect(cls, *words: Any, **options: Any) -> Self:
            try:
                made = super().connect(*words, **options)
            except psycopg.OperationalError as error:
                note(_reason(error))
                raise
            note("")
            return made

    return Telling


def _reason(error: psycopg.OperationalError) -> str:
    """What libpq says when it connects names hosts and users, no password, and nothing that is stored."""
    return " ".join(str(error).split())[:LONGEST_REASON]
