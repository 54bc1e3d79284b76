"""The event store on a real PostgreSQL: the conformance suite, several writers, and the shards."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator

import psycopg
import pytest
from eventsourcing.postgres import PostgresDatastore

from aggregates.event_store import RecordedEventStore
from aggregates.notification_log import StoredNotificationLog
from aggregates.ports import StreamKeys
from aggregates.postgres_recorder import ShardRecorder, open_datastore
from footfall.cluster.postgres_server import PostgresServer
from schemas.facts import Microseconds
from tests.unit.aggregates.event_store_suite import EventStoreSuite, Opened

pytestmark = pytest.mark.product


@pytest.fixture
def dsn(postgres: PostgresServer) -> str:
    """A database of one test."""
    name = f"test_{uuid.uuid4().hex}"
    postgres.create(name)
    return postgres.dsn(name)


class TestPostgresRecorder(EventStoreSuite):
    @pytest.fixture(autouse=True)
    def _place(self, dsn: str) -> Iterator[None]:
        self.dsn = dsn
        self.datastores: list[PostgresDatastore] = []
        yield
        for datastore in self.datastores:
            datastore.close()

    def open(self, clock: Callable[[], Microseconds], keys: StreamKeys) -> Opened:
        return Opened(RecordedEventStore(self.recorder(clock), keys), StoredNotificationLog(self.recorder(clock), keys))

    def recorder(self, clock: Callable[[], Microseconds | None] = lambda: None, shard: int = 0) -> ShardRecorder:
        self.datastores.append(open_datastore(self.dsn))
        recorder = ShardRecorder(self.datastores[-1], shard, clock)
        recorder.create_table()
        return recorder

    def topics(self) -> set[str]:
        with psycopg.connect(self.dsn) as connection:
            return {topic for (topic,) in connection.execute("SELECT topic FROM shard_0_events")}
