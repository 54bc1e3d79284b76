"""Which shard a stream lies in is frozen, and its reservations lie in the same."""

from __future__ import annotations

import pytest

from aggregates.customer import propose
from aggregates.event_store import reservation_key
from aggregates.shards import shard_of, shard_of_reservation
from tests.unit.aggregates.doubles import SECRET, said, stream_of


def test_the_shard_of_a_stream_is_frozen() -> None:
    assert [shard_of(stream_of(f"a-{number}"), 4) for number in range(8)] == [0, 2, 2, 2, 3, 1, 1, 3]


@pytest.mark.parametrize("shards", [1, 2, 7, 1024])
def test_a_reservation_lies_in_the_shard_of_its_stream(shards: int) -> None:
    for number in range(50):
        proposal = propose(SECRET, said(f"m-{number}", f"a-{number}"))
        key = reservation_key(*proposal.reservation)
        assert shard_of_reservation(key, shards) == shard_of(proposal.stream, shards)
