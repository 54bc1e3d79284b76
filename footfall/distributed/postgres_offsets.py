"""How far each consumer of a topic has come, in PostgreSQL: the truth about it, whatever Kafka's own commits say.

Faust acknowledges what an agent was given, also where the agent was cut off; its tracker knows of wrong offsets after
gaps, and of prefetched records after a rebalance. So an offset here moves only from where the processed records began.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from psycopg import Connection
from psycopg_pool import ConnectionPool

_CREATE = """
CREATE TABLE IF NOT EXISTS consumed (
    topic       text NOT NULL,
    partition   integer NOT NULL,
    next_offset bigint NOT NULL,
    events      bigint NOT NULL, -- in the records before it
    PRIMARY KEY (topic, partition)
)
"""
_MOVE = """
WITH moves AS (
    SELECT * FROM unnest(%s::integer[], %s::bigint[], %s::bigint[], %s::bigint[]) AS m (partition, first, last, events)
), known AS (
    UPDATE consumed AS c SET next_offset = m.last, events = c.events + m.events FROM moves AS m
    WHERE c.topic = %s AND c.partition = m.partition AND c.next_offset = m.first
    RETURNING c.partition
), new AS (
    INSERT INTO consumed
    SELECT %s, partition, last, events FROM moves
    ON CONFLICT (topic, partition) DO NOTHING
    RETURNING partition
)
SELECT partition FROM known UNION ALL SELECT partition FROM new
"""


class Move(NamedTuple):
    """From which offset to which (excluded) records of a partition were processed, and how many events they held."""

    first: int
    last: int
    events: int


class PostgresOffsets:
    """Next offsets by topic and partition. Each topic has one consumer of ours, of any number of workers."""

    def __init__(self, pool: ConnectionPool[Connection[Any]]) -> None:
        self._pool = pool

    def create_table(self) -> None:
        """Make the table where there is none."""
        with self._pool.connection() as connection:
            connection.execute(_CREATE)

    def positions(self, topic: str) -> dict[int, int]:
        """Return the next offset of each partition that was ever consumed."""
        with self._pool.connection() as connection:
            found = connection.execute("SELECT partition, next_offset FROM consumed WHERE topic = %s", (topic,))
            return dict(found.fetchall())

    def events(self, topic: str) -> int:
        """Return how many events were in the records that were consumed."""
        with self._pool.connection() as connection:
            found = connection.execute(
                "SELECT coalesce(sum(events), 0)::bigint FROM consumed WHERE topic = %s", (topic,)
            )
            ((events,),) = found.fetchall()
            return int(events)

    def move(self, topic: str, moves: Mapping[int, Move]) -> set[int]:
        """Move partitions on; return those that were moved: another worker may have moved the others."""
        columns = zip(*((partition, *move) for partition, move in moves.items()), strict=True)
        with self._pool.connection() as connection:
            return {partition for (partition,) in connection.execute(_MOVE, (*map(list, columns), topic, topic))}
