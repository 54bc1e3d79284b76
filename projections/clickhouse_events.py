"""Writes the table `events`, and says what of the log is in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from projections.clickhouse_bursts import Bursts, Expected
from projections.clickhouse_connection import Warehouse
from projections.rows import COLUMNS, Row
from schemas import json
from schemas.facts import Notification

_TYPES = {
    "stream": "FixedString(33)",
    "occurred_at": "Int64",
    "event_id": "FixedString(32)",
    "version": "UInt64",
    "shard": "UInt16",
    "notification_id": "UInt64",
    "server": "Bool",
    "activity": "Bool",
    "bot": "Bool",
    "judged": "Bool",
    "received_at": "Int64",
    "recorded_at": "Int64",
    "named_streams": "Array(FixedString(33))",
    "named_ids": "Array(String)",
    "product_ids": "Array(String)",
    "quantities": "Array(String)",
    "prices": "Array(String)",
}
"""What a row's values are in JSON; all other columns are texts, and times are integers in microseconds."""


def _insert() -> str:
    """Return the statement that takes rows as JSON arrays, one text each, in the order of `COLUMNS`.

    A text a row costs half of what 38 columns cost the driver; the server takes it apart, in another process.
    """
    types = ", ".join(_TYPES.get(column, "String") for column in COLUMNS)
    values = ", ".join(_value(column, f"row.{number}") for number, column in enumerate(COLUMNS, 1))
    return (
        f"INSERT INTO events ({', '.join(COLUMNS)}) SELECT {values} "
        f"FROM (SELECT JSONExtract(line, 'Tuple({types})') AS row FROM input('line String')) FORMAT Native"
    )


def _value(column: str, said: str) -> str:
    if column == "notification_id":  # they rise from 1: a text that the server cannot read must not become a row
        return f"{said} + throwIf({said} = 0, 'a row that cannot be read')"
    return f"fromUnixTimestamp64Micro({said}, 'UTC')" if column.endswith("_at") else said


_INSERT = _insert()

Block = Sequence[str]
"""Rows as they are sent: one JSON text each."""


def block(rows: Iterable[Row]) -> Block:
    """Return rows as they are sent. Taken one by one they are gone at once, and give the garbage collector no work."""
    return [json.encode(row).decode() for row in rows]


BUCKET = 10_000


class EventsTable:
    """The table `events`."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self._bursts = Bursts(warehouse)

    def expect(self, notifications: Sequence[Notification]) -> Expected:
        """Prepare for facts that are inserted next; return what is to be finished then."""
        return self._bursts.expect(notifications)

    def inserted(self, expected: Expected) -> None:
        """Finish what `expect` prepared."""
        self._bursts.count(expected)

    def all_inserted(self) -> None:
        """Do what `expect` and `inserted` do, for all facts that are there."""
        self._bursts.count_all()

    def insert(self, rows: Block) -> None:
        """Insert rows as one block; repeated rows replace themselves."""
        if rows:
            self._warehouse.insert(_INSERT, [rows])

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
