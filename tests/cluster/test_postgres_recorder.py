"""The event store on a real PostgreSQL: the conformance suite, several writers, and the shards."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from eventsourcing.postgres import PostgresDatastore

from aggregates.errors import RecordConflict
from aggregates.event_store import RecordedEventStore
from aggregates.notification_log import StoredNotificationLog
from aggregates.ports import EventStore, StreamKeys
from aggregates.postgres_recorder import ShardRecorder, open_datastore
from aggregates.recording import proposed, record
from footfall.cluster.postgres_server import PostgresServer
from schemas.facts import AcceptedEvent, Microseconds
from tests.unit.aggregates.doubles import SECRET, MemoryKeys, said
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

    def refused(self) -> dict[str, int]:
        return self.recorder().refused()

    def topics(self) -> set[str]:
        with psycopg.connect(self.dsn) as connection:
            return {topic for (topic,) in connection.execute("SELECT topic FROM shard_0_events")}

    def test_several_writers_leave_no_gap_and_no_disorder(self, keys: MemoryKeys) -> None:
        """Each with connections of its own, on the same streams: conflicts are decided again."""

        recorders = [self.recorder() for _ in range(4)]

        def write(writer: int) -> None:
            store = RecordedEventStore(recorders[writer], keys)
            for number in range(40):
                events = [said(f"{writer}-{number}", f"a-{number % 3}"), said(f"both-{number}", "a-0")]
                until_recorded(store, dict(enumerate(events)))

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(write, range(4)))
        section = StoredNotificationLog(recorders[0], keys).read(0, 10_000)
        assert [one.id for one in section.notifications] == list(range(1, 4 * 40 + 40 + 1))
        times = [one.event.recorded_at for one in section.notifications]
        assert times == sorted(times)
        for stream in {one.event.stream for one in section.notifications}:
            versions = [one.event.version for one in section.notifications if one.event.stream == stream]
            assert versions == list(range(1, len(versions) + 1))


def until_recorded(store: EventStore, events: Mapping[int, AcceptedEvent]) -> None:
    while True:
        try:
            record(store, proposed(SECRET, events, no_poison), no_poison)
        except RecordConflict:
            continue
        return


def no_poison(poisoned: object) -> None:
    raise AssertionError(poisoned)
