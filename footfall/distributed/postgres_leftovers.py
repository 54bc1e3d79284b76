"""What deleted and changed rows leave behind in PostgreSQL: dead tuples, and the write-ahead log."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.sql import SQL, Identifier
from psycopg_pool import ConnectionPool

from schemas.facts import Microseconds

LARGEST = 1024**3
"""Bytes of a table that is written anew as a whole, while nobody can read it."""

_UNITS: dict[str, int] = {"s": 1, "min": 60, "h": 3600, "d": 86_400}


class Leftovers(NamedTuple):
    """How long the write-ahead log is needed at the most, and what else may stay."""

    log_seconds: int
    note: str


def clear(pool: ConnectionPool[Connection[Any]], table: str) -> Leftovers:
    """Write a table anew without its dead tuples; of a large one only give up their room."""
    with pool.connection() as connection:
        ((size,),) = connection.execute("SELECT pg_total_relation_size(%s)", (table,)).fetchall()
        is_small = size <= LARGEST
        connection.execute(SQL("VACUUM FULL {}" if is_small else "VACUUM {}").format(Identifier(table)))
        ((timeout,),) = connection.execute("SHOW checkpoint_timeout").fetchall()
        ((archive,),) = connection.execute("SHOW archive_mode").fetchall()
    notes = (
        []
        if is_small
        else [f"{table} is large: the room of deleted rows is given up, and overwritten when it is used again"]
    )
    if archive != "off":
        notes.append("the write-ahead log is archived: the archive goes by its own retention")
    return Leftovers(2 * _seconds(timeout), "; ".join(notes))


def pending_until(now: Microseconds, leftovers: Leftovers) -> Microseconds:
    """Return until when the write-ahead log may hold what was there: after two checkpoints it is recycled."""
    return now + leftovers.log_seconds * 1_000_000


def _seconds(setting: str) -> int:
    found = re.fullmatch(r"(\d+)(s|min|h|d)", setting)
    return int(found[1]) * _UNITS[found[2]] if found else 3600
