"""The ledger of erasures in the database of the keys, which is never restored together with the facts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, LiteralString

import msgspec
from msgspec.structs import replace
from psycopg import Connection
from psycopg_pool import ConnectionPool

from footfall.erasing.erasure import Erasure

_SCHEMA = """
CREATE TABLE IF NOT EXISTS erasures (
    number   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- the order in which they were asked for
    id       text NOT NULL UNIQUE,
    store    text NOT NULL,
    finished boolean NOT NULL DEFAULT false,
    body     bytea NOT NULL -- an Erasure as JSON
);
CREATE INDEX IF NOT EXISTS erasures_unfinished ON erasures (number) WHERE NOT finished
"""
_PAGE = """
SELECT body FROM erasures
WHERE store = %(store)s
AND (%(before)s::text IS NULL OR number < (SELECT number FROM erasures WHERE id = %(before)s))
ORDER BY number DESC LIMIT %(limit)s
"""

_TAKE = "INSERT INTO erasures (id, store, finished, body) VALUES (%s, %s, %s, %s) ON CONFLICT (id) DO NOTHING"

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Erasure).decode


class PostgresLedger:
    """`footfall.erasing.ports.Ledger` on PostgreSQL."""

    def __init__(self, pool: ConnectionPool[Connection[Any]]) -> None:
        self._pool = pool

    def create_table(self) -> None:
        """Make the table where there is none."""
        with self._pool.connection() as connection:
            connection.execute(_SCHEMA)

    def add(self, erasure: Erasure) -> None:
        """See the port."""
        self._write(
            "INSERT INTO erasures (id, store, body) VALUES (%s, %s, %s)", erasure.id, erasure.store, _encode(erasure)
        )

    def save(self, erasure: Erasure) -> None:
        """See the port."""
        finished = erasure.finished_at is not None
        self._write(
            "UPDATE erasures SET finished = %s, body = %s WHERE id = %s", finished, _encode(erasure), erasure.id
        )

    def take_over(self, erasures: Sequence[Erasure]) -> None:
        """Take erasures of another installation, also once more; what is not done there is done here from its start."""
        for erasure in erasures:
            here = erasure if erasure.finished_at is not None else replace(erasure, removed={})
            self._write(_TAKE, here.id, here.store, here.finished_at is not None, _encode(here))

    def get(self, id_: str) -> Erasure | None:
        """See the port."""
        return next(iter(self._select("SELECT body FROM erasures WHERE id = %(id)s", id=id_)), None)

    def unfinished(self) -> Sequence[Erasure]:
        """See the port."""
        return self._select("SELECT body FROM erasures WHERE NOT finished ORDER BY number")

    def page(self, store: str, limit: int, before: str | None = None) -> Sequence[Erasure]:
        """See the port."""
        return self._select(_PAGE, store=store, limit=limit, before=before)

    def everything(self) -> Sequence[Erasure]:
        """Return all erasures, in the order in which they were asked for."""
        return self._select("SELECT body FROM erasures ORDER BY number")

    def _write(self, statement: LiteralString, *parameters: object) -> None:
        with self._pool.connection() as connection:
            connection.execute(statement, parameters)

    def _select(self, query: LiteralString, **parameters: object) -> list[Erasure]:
        with self._pool.connection() as connection:
            return [_decode(body) for (body,) in connection.execute(query, parameters).fetchall()]
