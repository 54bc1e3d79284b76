"""Row 6: events into ClickHouse by the projector, refresh apart, against the driver inserting the same rows at once.

Ours reads the log of the event store in steps of the projector's size, opens and decodes the facts, makes rows of them
and inserts. The floor inserts rows that are ready as columns, into a table with the same definition and the same
materialized views, in a database beside.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.harness import Bench, Result, alone, interleaved, rates, seconds
from benchmarks.seeding import read_side, seed
from footfall.data_folder import DataFolder
from footfall.embedded.read_side import ReadSide
from footfall.embedded.warehouse_access import published_address
from projections.clickhouse_connection import Address, Warehouse
from projections.clickhouse_migrations import migrate
from projections.projection import BATCH_EVENTS
from projections.rows import COLUMNS, row

BESIDE = "footfall_floor"
TABLES = ("events", "claims", "claimants", "order_mentions", "stream_orders", "retractions")
INSERT = f"INSERT INTO events ({', '.join(COLUMNS)}) VALUES"


def insert(bench: Bench) -> Sequence[Result]:
    """Log to rows, and rows alone."""
    events = bench.sizes.insert_events
    with bench.folder() as path:
        alone(seed, path, events)
        with read_side(path) as side:
            beside = beside_of(published_address(DataFolder(path)))
            columns = _columns(side, events)

            def floor() -> float:
                _empty(beside)
                return events / seconds(beside.insert, INSERT, columns)

            def ours() -> float:
                _empty(side.warehouse)
                return events / seconds(_project, side)

            measured = interleaved(bench, floor, ours, "events/s")
    return [rates("events into ClickHouse, refresh apart", "events/s", measured, 0.5)]


def beside_of(address: Address) -> Warehouse:
    """Return a database of the same server, with the tables that events go to."""
    return migrate(address._replace(database=BESIDE))


def _columns(side: ReadSide, events: int) -> list[tuple[Any, ...]]:
    section = side.log.read(0, events)
    return list(zip(*(row(one, lambda _: "EUR") for one in section.notifications), strict=True))


def _project(side: ReadSide) -> None:
    projection, after = side.projection(), 0
    while (section := side.log.read(after, BATCH_EVENTS)).last_id:
        projection.insert(projection.rows(section.notifications))
        after = section.last_id


def _empty(warehouse: Warehouse) -> None:
    for table in TABLES:
        warehouse.select(f"TRUNCATE TABLE {table} SYNC")
