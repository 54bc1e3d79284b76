"""One real ClickHouse for the tests of this folder, and a fresh store for each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from footfall.chdb_server import ClickHouseServer
from projections.clickhouse_connection import Address, Warehouse
from projections.clickhouse_migrations import migrate
from tests.product.read_models.shop import Analyst, Store

MEMORY = 1024**3


@pytest.fixture(scope="package")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    with ClickHouseServer(tmp_path_factory.mktemp("read_models") / "clickhouse", MEMORY) as server:
        server.wait_ready()
        opened = migrate(Address(server.host, server.port, server.user, server.password, server.database))
        yield opened
        opened.close()


@pytest.fixture
def store(warehouse: Warehouse, request: pytest.FixtureRequest) -> Store:
    return Store(warehouse, request.node.name)


@pytest.fixture
def analyst(store: Store) -> Analyst:
    store.refreshing = False
    return Analyst(store)
