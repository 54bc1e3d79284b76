"""Brings the schema of ClickHouse up to date: numbered files, each safe to run twice."""

from __future__ import annotations

from contextlib import closing
from importlib.resources import files

from projections import sql
from projections.clickhouse_connection import Address, Warehouse


def migrations() -> list[tuple[int, str]]:
    """Return number and text of every migration, in order."""
    folder = files("projections").joinpath("migrations")
    found = ((int(file.name[:4]), file.read_text("utf-8")) for file in folder.iterdir() if file.name.endswith(".sql"))
    return sorted(found)


def migrate(address: Address) -> Warehouse:
    """Run what has not been run and return the warehouse; a migration cut off in its middle is run again."""
    with closing(Warehouse(address._replace(database="default"))) as server:
        server.select(f"CREATE DATABASE IF NOT EXISTS {address.database}")
    warehouse = Warehouse(address)
    warehouse.select(
        "CREATE TABLE IF NOT EXISTS migrations (number UInt32, applied_at DateTime DEFAULT now()) "
        "ENGINE = ReplacingMergeTree ORDER BY number"
    )
    done = {number for (number,) in warehouse.select("SELECT number FROM migrations")}
    for number, source in migrations():
        if number in done:
            continue
        for statement in sql.statements(source):
            warehouse.select(statement)
        warehouse.insert("INSERT INTO migrations (number) VALUES", [[number]])
    return warehouse
