"""The PostgreSQL databases of an installation: connections, tables, and that all processes mean the same installation.

Two databases, so that no copy of one holds both the facts and the keys that open them.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from eventsourcing.postgres import PostgresDatastore
from psycopg import Connection

from aggregates.event_store import RecordedEventStore
from aggregates.notification_log import StoredNotificationLog
from aggregates.postgres_recorder import ShardRecorder, open_datastore
from aggregates.postgres_stream_keys import PostgresStreamKeys
from aggregates.shards import Shards
from footfall.backing_up.postgres_remembered import PostgresRemembered
from footfall.distributed.postgres_leftovers import Leftovers, clear
from footfall.distributed.postgres_migration import PostgresMigration, Stage
from footfall.distributed.postgres_offsets import PostgresOffsets
from footfall.distributed.postgres_pool import CONNECTIONS, PostgresPool, connected
from footfall.distributed.postgres_relayed import PostgresRelayed
from footfall.distributed.postgres_turns import PostgresTurns
from footfall.distributed.recording_gate import RecordingGate
from footfall.erasing.postgres_ledger import PostgresLedger
from footfall.settings import ConfigurationError, Settings
from ingest.postgres_dead_letters import PostgresDeadLetters
from ingest.postgres_keys import PostgresKeys
from schemas.clock import DAY

_MAKING = 0x666F6F7466616C6C
"""Number of the advisory lock under which tables are made: `CREATE TABLE IF NOT EXISTS` fails where two do it."""

_READ_MODELS = _MAKING + 1
"""The same for read models."""

_GATE, _ERASING = _MAKING + 3, _MAKING + 4
"""The same for recording while an erasure destroys keys, and for who carries erasures out."""

_INSTALLATION = """
CREATE TABLE IF NOT EXISTS installation (
    one    integer PRIMARY KEY CHECK (one = 1),
    shards integer NOT NULL,
    secret bytea NOT NULL -- a digest, to tell another one by
)
"""


class Databases:
    """Everything that is kept in PostgreSQL."""

    def __init__(self, settings: Settings) -> None:
        self.shards = settings.shards
        self.secret = bytes.fromhex(settings.secret.get_secret_value())
        self.dsn = settings.postgres.get_secret_value()
        self._pool = PostgresPool(self.dsn)
        self.keys_dsn = settings.postgres_keys.get_secret_value()
        self._keys_pool = PostgresPool(self.keys_dsn)
        self.stream_keys = PostgresStreamKeys(self._keys_pool)
        self.keys = PostgresKeys(self._pool)
        self.erasures = PostgresLedger(self._keys_pool)
        self.backups = PostgresRemembered(self._keys_pool)
        self.offsets = PostgresOffsets(self._pool)
        self.relayed = PostgresRelayed(self._pool)
        self.turns = PostgresTurns(self._pool)
        self.migration = PostgresMigration(self._pool)
        self.dead_letters = PostgresDeadLetters(
            self._pool, max_age=settings.dead_letter_days * DAY, max_store_bytes=int(settings.dead_letter_bytes)
        )

    @cached_property
    def _datastore(self) -> PostgresDatastore:
        return open_datastore(self.dsn, CONNECTIONS)

    @cached_property
    def recorders(self) -> list[ShardRecorder]:
        """The recorders of all shards, in the order of their numbers."""
        return [ShardRecorder(self._datastore, shard) for shard in range(self.shards)]

    def event_store(self) -> Shards:
        """Return the event store."""
        gate = RecordingGate(lambda: self.migration.held_off(_GATE), self.stream_keys.forget)
        return Shards([RecordedEventStore(recorder, self.stream_keys) for recorder in self.recorders], gate)

    def logs(self) -> list[StoredNotificationLog]:
        """Return the notification logs of all shards."""
        return [
            StoredNotificationLog(recorder, self.stream_keys, shard) for shard, recorder in enumerate(self.recorders)
        ]

    def tick(self, shards: Iterable[int]) -> None:
        """Move the clocks of some logs to the present, unless facts of the past are still to come."""
        with self.migration.held_off() as stage:
            for shard in shards if stage is not Stage.UNDER_WAY else ():
                self.recorders[shard].tick()

    def refused(self) -> Mapping[str, int]:
        """Return how many events were ever refused, by reason."""
        total: Counter[str] = Counter()
        for recorder in self.recorders:
            total.update(recorder.refused())
        return total

    @contextmanager
    def nobody_records(self) -> Iterator[None]:
        """Keep everybody from recording while this is held."""
        with self._lock("pg_advisory_xact_lock", _GATE):
            yield

    @contextmanager
    def only_eraser(self) -> Iterator[bool]:
        """Tell whether nobody else carries erasures out, who cannot begin then either."""
        with self._pool.connection() as connection, connection.transaction():
            ((is_mine,),) = connection.execute("SELECT pg_try_advisory_xact_lock(%s)", (_ERASING,)).fetchall()
            yield is_mine

    @contextmanager
    def nothing_erased(self) -> Iterator[None]:
        """Keep erasures waiting while this is held."""
        with self._lock("pg_advisory_xact_lock", _ERASING):
            yield

    def clear_keys(self) -> Leftovers:
        """Remove what destroyed keys leave behind."""
        return clear(self._keys_pool, "stream_keys")

    def clear_letters(self) -> Leftovers:
        """Remove what deleted dead letters leave behind."""
        return clear(self._pool, "dead_letters")

    def last_ids(self) -> dict[int, int]:
        """Return the id of the last notification of each shard."""
        with self._pool.connection() as connection:
            return dict(connection.execute("SELECT shard, facts FROM shards ORDER BY shard").fetchall())

    @contextmanager
    def projecting(self) -> Iterator[None]:
        """Keep read models from being swapped while this is held; many may hold it."""
        with self._lock("pg_advisory_xact_lock_shared", _READ_MODELS):
            yield

    @contextmanager
    def read_models_still(self) -> Iterator[None]:
        """Keep all projectors still while this is held."""
        with self._lock("pg_advisory_xact_lock", _READ_MODELS):
            yield

    @contextmanager
    def _lock(self, function: str, number: int) -> Iterator[None]:
        with self._pool.connection() as connection, connection.transaction():
            connection.execute(f"SELECT {function}(%s)", (number,))
            yield

    def prepare(self) -> None:
        """Make what is missing, and check that these settings mean this installation; raises ConfigurationError."""
        with self.making() as connection:
            connection.execute(_INSTALLATION)
            self._check(connection)
            self.stream_keys.create_table()
            self.erasures.create_table()
            self.backups.create_table()
            self.keys.create_table()
            self.offsets.create_table()
            self.relayed.create_table()
            self.turns.create_sequence()
            self.migration.create_table()
            self.dead_letters.create_table()
            for recorder in self.recorders:
                recorder.create_table()

    def close(self) -> None:
        """Let go of all connections."""
        self.keys.close()
        self._datastore.close()
        self._pool.close()
        self._keys_pool.close()

    @contextmanager
    def making(self) -> Iterator[Connection[Any]]:
        """Be the only process that makes tables, here or in ClickHouse."""
        with connected(self.dsn) as connection:
            connection.execute("SELECT pg_advisory_lock(%s)", (_MAKING,))
            yield connection

    def _check(self, connection: Connection[Any]) -> None:
        digest = hashlib.blake2b(self.secret, digest_size=16, person=b"footfall-secret").digest()
        connection.execute("INSERT INTO installation VALUES (1, %s, %s) ON CONFLICT DO NOTHING", (self.shards, digest))
        ((shards, known),) = connection.execute("SELECT shards, secret FROM installation").fetchall()
        problems = []
        if shards != self.shards:
            problems.append(f"FOOTFALL_SHARDS: the event store was made with {shards} shards, which never change")
        if known != digest:
            problems.append("FOOTFALL_SECRET: the event store was made with another secret; ids would not be found")
        if problems:
            raise ConfigurationError(problems)
