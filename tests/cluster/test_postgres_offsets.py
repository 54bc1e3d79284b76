"""How far a consumer has come, on a real PostgreSQL: moved only from where the processed records began."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from footfall.cluster.postgres_server import PostgresServer
from footfall.distributed.postgres_offsets import Move, PostgresOffsets
from footfall.distributed.postgres_pool import PostgresPool

pytestmark = pytest.mark.product

TOPIC = "events"


@pytest.fixture
def offsets(postgres: PostgresServer) -> Iterator[PostgresOffsets]:
    name = f"offsets_{uuid.uuid4().hex}"
    postgres.create(name)
    pool = PostgresPool(postgres.dsn(name))
    found = PostgresOffsets(pool)
    found.create_table()
    yield found
    pool.close()


def test_what_was_never_consumed_moves_from_anywhere(offsets: PostgresOffsets) -> None:
    assert offsets.move(TOPIC, {0: Move(7, 9, 3), 4: Move(0, 1, 1)}) == {0, 4}
    assert offsets.positions(TOPIC) == {0: 9, 4: 1}


def test_a_batch_moves_what_is_known_and_what_is_new(offsets: PostgresOffsets) -> None:
    offsets.move(TOPIC, {0: Move(0, 5, 5)})
    assert offsets.move(TOPIC, {0: Move(5, 6, 20), 1: Move(0, 2, 2)}) == {0, 1}
    assert offsets.positions(TOPIC) == {0: 6, 1: 2}
    assert offsets.events(TOPIC) == 27


def test_whoever_began_elsewhere_moves_nothing(offsets: PostgresOffsets) -> None:
    offsets.move(TOPIC, {0: Move(0, 5, 5), 1: Move(0, 5, 5)})
    assert offsets.move(TOPIC, {0: Move(3, 8, 5), 1: Move(5, 8, 3)}) == {1}
    assert offsets.positions(TOPIC) == {0: 5, 1: 8}
    assert offsets.events(TOPIC) == 13


def test_topics_move_apart(offsets: PostgresOffsets) -> None:
    offsets.move(TOPIC, {0: Move(0, 5, 5)})
    assert offsets.move("other", {0: Move(0, 1, 1)}) == {0}
    assert (offsets.positions(TOPIC), offsets.positions("other")) == ({0: 5}, {0: 1})
