"""The migrations of ClickHouse as a whole: from nothing, from every state in between, and once more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any, NamedTuple

import pytest

from footfall.chdb_server import ClickHouseServer
from projections import sql
from projections.clickhouse_connection import Address, Warehouse
from projections.clickhouse_migrations import migrate, migrations

pytestmark = [pytest.mark.product, pytest.mark.embedded("about the ClickHouse that the embedded mode starts")]

NUMBERS = [number for number, _ in migrations()]


class Schema(NamedTuple):
    """Everything that a database is made of."""

    tables: list[tuple[str, ...]]
    columns: list[tuple[str, ...]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouseServer]:
    with ClickHouseServer(tmp_path_factory.mktemp("clickhouse"), 1024**3) as running:
        running.wait_ready()
        yield running


@pytest.fixture
def address(server: ClickHouseServer) -> Address:
    """An empty server."""
    return emptied(server)


def emptied(server: ClickHouseServer) -> Address:
    found = Address(server.host, server.port, server.user, server.password, server.database)
    run(found._replace(database="default"), "DROP DATABASE IF EXISTS footfall SYNC")
    return found


def run(address: Address, *statements: str) -> list[tuple[Any, ...]]:
    """Run statements and return the rows of the last."""
    with closing(Warehouse(address)) as warehouse:
        return [warehouse.select(statement) for statement in statements][-1]


def migrated(address: Address) -> None:
    migrate(address).close()


def schema(address: Address) -> Schema:
    return Schema(
        run(address, "SELECT name, create_table_query FROM system.tables WHERE database = 'footfall' ORDER BY name"),
        run(
            address,
            "SELECT table, name, type FROM system.columns WHERE database = 'footfall' ORDER BY table, position",
        ),
    )


def applied(address: Address) -> list[int]:
    return sorted(number for (number,) in run(address, "SELECT number FROM migrations FINAL"))


def apply_first(address: Address, count: int, statements_of_next: int = 0) -> None:
    """Do what a product did that had only the first migrations, and was cut off within the next one."""
    run(address._replace(database="default"), "CREATE DATABASE IF NOT EXISTS footfall")
    run(
        address,
        "CREATE TABLE IF NOT EXISTS migrations (number UInt32, applied_at DateTime DEFAULT now()) "
        "ENGINE = ReplacingMergeTree ORDER BY number",
    )
    for number, source in migrations()[:count]:
        run(address, *sql.statements(source), f"INSERT INTO migrations (number) SELECT {number}")
    for _, source in migrations()[count : count + 1]:
        run(address, "SELECT 1", *sql.statements(source)[:statements_of_next])


@pytest.fixture(scope="module")
def whole(server: ClickHouseServer) -> Schema:
    """The schema that all migrations make of an empty database."""
    address = emptied(server)
    migrated(address)
    return schema(address)


def test_migrations_are_numbered_without_gaps() -> None:
    assert list(range(1, len(NUMBERS) + 1)) == NUMBERS


def test_all_migrations_run_on_an_empty_database(address: Address, whole: Schema) -> None:
    migrated(address)
    assert applied(address) == NUMBERS
    assert schema(address) == whole
    assert {"events", "profiles", "sessions", "facts"} <= {name for name, *_ in whole.tables}


def test_migrations_run_twice_change_nothing(address: Address, whole: Schema) -> None:
    migrated(address)
    migrated(address)
    assert applied(address) == NUMBERS
    assert schema(address) == whole


def test_every_statement_may_be_run_again(address: Address, whole: Schema) -> None:
    migrated(address)
    run(address, "TRUNCATE TABLE migrations")
    migrated(address)
    assert applied(address) == NUMBERS
    assert schema(address) == whole


@pytest.mark.parametrize("count", range(len(NUMBERS)))
def test_a_product_with_only_the_first_migrations_is_brought_forward(
    address: Address, whole: Schema, count: int
) -> None:
    apply_first(address, count)
    migrated(address)
    assert applied(address) == NUMBERS
    assert schema(address) == whole


@pytest.mark.parametrize("count", range(len(NUMBERS)))
def test_a_migration_cut_off_after_its_first_statement_is_finished(address: Address, whole: Schema, count: int) -> None:
    apply_first(address, count, statements_of_next=1)
    migrated(address)
    assert applied(address) == NUMBERS
    assert schema(address) == whole
