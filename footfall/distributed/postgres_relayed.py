"""How far the relay has come, in PostgreSQL, and what of it the projector has absorbed.

A row of `relayed` says of a shard: up to this notification, and up to this moment, every fact lies below these ends of
the partitions. So a shard is absorbed as far as the newest row whose ends the projector has reached.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from psycopg import Connection
from psycopg_pool import ConnectionPool

from projections.ports import TrackingPosition
from schemas.facts import Microseconds

_CREATE = """
CREATE TABLE IF NOT EXISTS relayed (
    number          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shard           integer NOT NULL,
    notification_id bigint NOT NULL,
    absorbed_at     bigint NOT NULL,
    ends            bigint[] NOT NULL -- of the partitions of the topic, in order
)
"""
_POSITIONS = "SELECT shard, max(notification_id), max(absorbed_at) FROM relayed GROUP BY shard"

_COVERED = """
SELECT number, shard, notification_id, absorbed_at FROM relayed
WHERE NOT EXISTS (
    SELECT FROM unnest(ends) WITH ORDINALITY AS part (last, place)
    WHERE last > coalesce(
        (SELECT next_offset FROM consumed WHERE topic = %(topic)s AND partition = place - 1), 0))
"""
_ABSORBED = f"SELECT shard, max(notification_id), max(absorbed_at) FROM ({_COVERED}) AS covered GROUP BY shard"

_FORGET = f"""
WITH best AS (
    SELECT DISTINCT ON (shard) * FROM ({_COVERED}) AS covered ORDER BY shard, notification_id DESC, absorbed_at DESC
)
DELETE FROM relayed AS old USING best
WHERE old.shard = best.shard AND old.number <> best.number
AND old.notification_id <= best.notification_id AND old.absorbed_at <= best.absorbed_at
"""
_THIN_OUT = """
DELETE FROM relayed WHERE number < (SELECT max(number) FROM relayed) - 1000 AND number % 64 <> 0
"""
"""While a projector stands still, rows wait: of the older ones a few do."""

_HOLD_BACK = """
UPDATE relayed SET absorbed_at = shards.clock FROM shards
WHERE relayed.shard = shards.shard AND relayed.absorbed_at > shards.clock
"""
"""Looks at each row once: while the projector is away there are many, and the relay goes on."""


class Relayed(NamedTuple):
    """What of a shard has been relayed."""

    shard: int
    notification_id: int
    absorbed_at: Microseconds


class PostgresRelayed:
    """The relay's tracking positions, and the projector's."""

    def __init__(self, pool: ConnectionPool[Connection[Any]]) -> None:
        self._pool = pool

    def create_table(self) -> None:
        """Make the table where there is none."""
        with self._pool.connection() as connection:
            connection.execute(_CREATE)

    def positions(self) -> dict[int, TrackingPosition]:
        """Return the relay's position in each shard that it has come to."""
        return self._select(_POSITIONS, {})

    def absorbed(self, topic: str) -> dict[int, TrackingPosition]:
        """Return what the projector has absorbed of each shard."""
        return self._select(_ABSORBED, {"topic": topic})

    def save(self, topic: str, relayed: Sequence[Relayed], ends: Sequence[int]) -> None:
        """Keep how far the relay has come, and forget what newer rows say as well."""
        rows = [(*one, list(ends)) for one in relayed]
        with self._pool.connection() as connection, connection.transaction():
            with connection.cursor() as cursor:
                cursor.executemany(
                    "INSERT INTO relayed (shard, notification_id, absorbed_at, ends) VALUES (%s, %s, %s, %s)", rows
                )
            connection.execute(_FORGET, {"topic": topic})
            connection.execute(_THIN_OUT)

    @staticmethod
    def hold_back(connection: Connection[Any]) -> None:
        """Take back what is absorbed to the clocks of the logs, where these went back for a history that comes."""
        connection.execute(_HOLD_BACK)

    def of(self, topic: str) -> TopicPositions:
        """Return the relay's positions for the topic that it publishes on."""
        return TopicPositions(self, topic)

    def _select(self, query: str, parameters: Mapping[str, Any]) -> dict[int, TrackingPosition]:
        with self._pool.connection() as connection:
            rows = connection.execute(query, parameters).fetchall()
        return {shard: TrackingPosition(notification_id, at) for shard, notification_id, at in rows}


class TopicPositions:
    """`relay.Positions`."""

    def __init__(self, relayed: PostgresRelayed, topic: str) -> None:
        self._relayed = relayed
        self._topic = topic

    def positions(self) -> dict[int, TrackingPosition]:
        """See the port."""
        return self._relayed.positions()

    def save(self, relayed: Sequence[Relayed], ends: Sequence[int]) -> None:
        """See the port."""
        self._relayed.save(self._topic, relayed, ends)


class AbsorbedTracking:
    """`projections.ports.Absorbed`: what the projector has absorbed of each shard."""

    def __init__(self, relayed: PostgresRelayed, topic: str) -> None:
        self._relayed = relayed
        self._topic = topic

    def position(self, shard: int) -> TrackingPosition:
        """See the port."""
        return self._relayed.absorbed(self._topic).get(shard, TrackingPosition(0, 0))
