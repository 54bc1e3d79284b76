"""What the relay keeps of its way, on a real PostgreSQL: what is absorbed, what is forgotten, and at what cost."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator

import pytest

from footfall.cluster.postgres_server import PostgresServer
from footfall.distributed.postgres_offsets import Move, PostgresOffsets
from footfall.distributed.postgres_pool import PostgresPool
from footfall.distributed.postgres_relayed import PostgresRelayed, Relayed
from projections.ports import TrackingPosition

pytestmark = pytest.mark.product

TOPIC = "facts"
MANY = 3_000


class Place:
    """A database of its own."""

    def __init__(self, pool: PostgresPool) -> None:
        self.pool = pool
        self.offsets = PostgresOffsets(pool)
        self.offsets.create_table()
        self.relayed = PostgresRelayed(pool)
        self.relayed.create_table()

    def save(self, notification_id: int, at: int, end: int) -> None:
        self.relayed.save(TOPIC, [Relayed(0, notification_id, at)], [end])

    def rows(self) -> list[tuple[int, int]]:
        with self.pool.connection() as connection:
            return connection.execute("SELECT notification_id, absorbed_at FROM relayed ORDER BY number").fetchall()


@pytest.fixture
def place(postgres: PostgresServer) -> Iterator[Place]:
    name = f"relayed_{uuid.uuid4().hex}"
    postgres.create(name)
    pool = PostgresPool(postgres.dsn(name))
    yield Place(pool)
    pool.close()


def test_what_newer_rows_say_as_well_is_forgotten_once_it_is_absorbed(place: Place) -> None:
    place.save(1, 10, 5)
    place.save(2, 20, 6)
    assert place.relayed.absorbed(TOPIC) == {}
    place.offsets.move(TOPIC, {0: Move(0, 5, 5)})
    place.save(3, 30, 7)
    assert place.rows() == [(1, 10), (2, 20), (3, 30)]
    assert place.relayed.absorbed(TOPIC) == {0: TrackingPosition(1, 10)}
    place.offsets.move(TOPIC, {0: Move(5, 6, 1)})
    place.save(4, 40, 8)
    assert place.rows() == [(2, 20), (3, 30), (4, 40)]


def test_a_second_relay_that_is_behind_forgets_nothing_of_the_first(place: Place) -> None:
    place.save(9, 90, 5)
    place.save(2, 20, 5)
    place.offsets.move(TOPIC, {0: Move(0, 5, 5)})
    place.save(3, 30, 5)
    assert place.rows() == [(9, 90)]
    assert place.relayed.absorbed(TOPIC) == {0: TrackingPosition(9, 90)}


NEWEST = 1_001


def test_the_relay_goes_on_while_the_projector_is_away(place: Place) -> None:
    with place.pool.connection() as connection:
        connection.execute(
            "INSERT INTO relayed (shard, notification_id, absorbed_at, ends) "
            "SELECT 0, n, n, ARRAY[n] FROM generate_series(1, %s) AS n",
            (MANY,),
        )
    began = time.monotonic()
    place.save(MANY + 1, MANY + 1, MANY + 1)
    assert time.monotonic() - began < 1
    rows = place.rows()
    assert rows[-1] == (MANY + 1, MANY + 1)
    assert len(rows) < NEWEST + MANY / 32, "of the older ones a few are kept"
