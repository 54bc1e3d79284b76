"""Before the history nothing is recorded: the gate, the clocks and the keys, on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from aggregates.customer import propose
from aggregates.errors import HistoryComing
from aggregates.ports import Poisoned, StreamKey
from footfall.distributed.postgres_databases import Databases
from footfall.distributed.postgres_relayed import Relayed
from footfall.growing_up.moving import MigrationRefused
from footfall.growing_up.postgres_target import PostgresTarget
from footfall.settings import ConfigurationError
from schemas.facts import Microseconds
from tests.cluster.opened import Open
from tests.unit.aggregates.doubles import SECRET, said, stream_of

pytestmark = pytest.mark.product

TOPIC = "topic"
LONG_AGO: Microseconds = 1_000_000_000_000_000


def record(databases: Databases, *message_ids: str) -> int:
    with databases.event_store().recording() as recording:
        return recording({number: propose(SECRET, said(one)) for number, one in enumerate(message_ids)}, poisoned)


def poisoned(found: Sequence[Poisoned]) -> None:
    raise AssertionError(found)


def test_nothing_is_recorded_between_beginning_and_end(databases: Open) -> None:
    aggregator, target = databases(), PostgresTarget(databases())
    target.begin()
    with pytest.raises(HistoryComing):
        record(aggregator, "1")
    target.finish(LONG_AGO)
    assert record(aggregator, "1") == 1


def test_a_migration_begins_once_the_batch_under_way_is_recorded_and_then_refuses(databases: Open) -> None:
    record(databases(), "1")
    with pytest.raises(MigrationRefused, match="has recorded facts already"):
        PostgresTarget(databases()).begin()


def test_a_key_that_was_made_for_a_fact_never_recorded_gives_way_to_the_historys(databases: Open) -> None:
    aggregator, target = databases(), PostgresTarget(databases())
    store = aggregator.event_store()
    aggregator.stream_keys.ensure({stream_of()})  # and then PostgreSQL went away
    target.begin()
    target.expect(1, 1)
    target.take_keys([(stream_of(), b"the key of the history, 32 bytes", 1, None)])
    target.finish(LONG_AGO)
    with store.recording() as recording:
        recording({0: propose(SECRET, said("1"))}, poisoned)
    assert aggregator.stream_keys.find({stream_of()}) == {stream_of(): StreamKey(b"the key of the history, 32 bytes")}


def test_clocks_stand_before_the_history_and_go_on_after_it(databases: Open) -> None:
    relay, target = databases(), PostgresTarget(databases())
    relay.tick(range(relay.shards))
    relay.relayed.save(TOPIC, [Relayed(shard, 0, recorder.state_of_log()[1]) for shard, recorder in clocks(relay)], [0])
    target.begin()
    relay.tick(range(relay.shards))
    assert {recorder.state_of_log()[1] for _, recorder in clocks(relay)} == {0}
    assert {at for _, at in relay.relayed.absorbed(TOPIC).values()} == {0}
    target.finish(LONG_AGO)
    assert {recorder.state_of_log()[1] for _, recorder in clocks(relay)} == {LONG_AGO}
    relay.tick(range(relay.shards))
    assert all(recorder.state_of_log()[1] > LONG_AGO for _, recorder in clocks(relay))


def clocks(databases: Databases) -> list[tuple[int, Any]]:
    return list(enumerate(databases.recorders))


def test_of_two_migrations_at_once_one_gives_way(databases: Open) -> None:
    one, other = PostgresTarget(databases()), PostgresTarget(databases())
    one.begin()
    other.begin()
    one.expect(5, 5)
    with pytest.raises(MigrationRefused, match="another `footfall migrate` is at work"):
        other.finish(LONG_AGO)


def test_another_secret_is_another_installation(databases: Open) -> None:
    opened = databases()
    opened.secret = b"another secret of 32 bytes ......"
    with pytest.raises(ConfigurationError, match="FOOTFALL_SECRET"):
        opened.prepare()
