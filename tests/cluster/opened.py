"""The databases of an installation of its own, opened as each process does it; without Kafka and ClickHouse."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import pytest

from footfall.cluster.postgres_server import PostgresServer
from footfall.distributed.postgres_databases import Databases
from footfall.settings import load

Open = Callable[[], Databases]


@pytest.fixture
def databases(postgres: PostgresServer) -> Iterator[Open]:
    """Opens a new installation's databases, as each process does."""
    with installation(postgres) as opened:
        yield opened


@contextmanager
def installation(postgres: PostgresServer, **changed: Any) -> Iterator[Open]:
    """Give what opens a new installation's databases."""
    names = [f"test_{uuid.uuid4().hex}", f"test_{uuid.uuid4().hex}"]
    postgres.create(*names)
    settings: dict[str, Any] = {
        "kafka": "127.0.0.1:1",
        "clickhouse": "clickhouse://127.0.0.1/none",
        "postgres": postgres.dsn(names[0]),
        "postgres_keys": postgres.dsn(names[1]),
        "secret": "0" * 64,
        "shards": 2,
        **changed,
    }
    with ExitStack() as stack:

        def opened() -> Databases:
            made = stack.enter_context(closing(Databases(load(settings, environment={}).settings)))
            made.prepare()
            return made

        yield opened
