"""Real servers for the tests of the distributed mode, on loopback, ended with the test run."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from footfall.cluster.components import ComponentMissing, require
from footfall.cluster.kafka_broker import KafkaBroker
from footfall.cluster.postgres_server import PostgresServer
from tests.cluster.opened import databases

__all__ = ["broker", "databases", "postgres"]


def needs(*programs: str) -> None:
    """Skip where the machine lacks a program; in CI that is a failure."""
    try:
        require(programs)
    except ComponentMissing as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaBroker]:
    """The one Kafka broker that tests share; who stops it starts one of its own."""
    needs("java", "mvn")
    running = KafkaBroker(tmp_path_factory.mktemp("kafka") / "kafka")
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """The one PostgreSQL server that tests share; who stops it starts one of its own."""
    needs("postgres")
    running = PostgresServer("a-password-of-tests")
    try:
        running.start()
        yield running
    finally:
        running.remove()
