"""Writes the table `events`, and says what of the log is in it."""

from __future__ import annotations

from collections.abc import Sequence

from projections.clickhouse_connection import Warehouse
from projections.rows import COLUMNS, Row

_INSERT = f"INSERT INTO events ({', '.join(COLUMNS)}) VALUES"
BUCKET = 10_000


class EventsTable:
    """The table `events`."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    def insert(self, rows: Sequence[Row]) -> None:
        """Insert rows as one block; repeated rows replace themselves."""
        if rows:
            self._warehouse.insert(_INSERT, list(zip(*rows, strict=True)))

    def missing(self, shard: int, up_to: int) -> list[int]:
        """Return the notification ids from 1 to `up_to` that the table lacks (the log's own holes among them)."""
        counts = dict(
            self._warehouse.select(
                "SELECT intDiv(notification_id - 1, {bucket:UInt64}) AS bucket, uniqExact(notification_id) FROM events "
                "WHERE shard = {shard:UInt16} AND notification_id BETWEEN 1 AND {up_to:UInt64} GROUP BY bucket",
                {"bucket": BUCKET, "shard": shard, "up_to": up_to},
            )
        )
        short = [b for b in range(-(-up_to // BUCKET)) if counts.get(b, 0) < min(BUCKET, up_to - b * BUCKET)]
        return [missing for bucket in short for missing in self._missing_of(shard, bucket, up_to)]

    def _missing_of(self, shard: int, bucket: int, up_to: int) -> list[int]:
        first, last = bucket * BUCKET + 1, min((bucket + 1) * BUCKET, up_to)
        rows = self._warehouse.select(
            "SELECT notification_id FROM events "
            "WHERE shard = {shard:UInt16} AND notification_id BETWEEN {first:UInt64} AND {last:UInt64}",
            {"shard": shard, "first": first, "last": last},
        )
        present = {notification_id for (notification_id,) in rows}
        return [notification_id for notification_id in range(first, last + 1) if notification_id not in present]
