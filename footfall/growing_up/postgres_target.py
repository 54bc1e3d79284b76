"""The PostgreSQL of an installation that a history moves into: each step with its position, in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import Connection

from aggregates.mapping import StoredFact
from aggregates.postgres_history import PostgresHistory
from aggregates.stream_keys import KeyRow
from footfall.distributed.postgres_databases import Databases
from footfall.distributed.postgres_migration import Migration, begin, held, save
from footfall.erasing.erasure import Erasure
from footfall.growing_up.moving import MigrationRefused, Taken
from ingest.kept_letters import KeptLetter
from ingest.stores import KeptKey, Store
from schemas.facts import Microseconds


class PostgresTarget:
    """`moving.Installation`."""

    def __init__(self, databases: Databases) -> None:
        self._databases = databases
        self._migration = databases.migration
        self._shards = PostgresHistory(databases.shards)
        self._at = Migration()

    def begin(self) -> tuple[int, bytes, bool]:
        """See the port."""
        with self._migration.nobody_records() as connection:
            self._at = held(connection) or self._begun(connection)
        return self._at.copied, self._at.last_fact, self._at.finished

    def _begun(self, connection: Connection[Any]) -> Migration:
        if self._shards.recorded(connection):
            raise MigrationRefused(
                "this installation has recorded facts already, and a history only fits before them: "
                "migrate into one whose databases are empty, before its aggregator runs for the first time"
            )
        self._shards.clocks_back(connection)
        self._databases.relayed.hold_back(connection)
        return begin(connection)

    def take_stores(self, stores: Sequence[Store], keys: Sequence[KeptKey]) -> None:
        """See the port."""
        self._databases.keys.take_over(stores, keys)

    def take_erasures(self, erasures: Sequence[Erasure], refused: Mapping[str, int]) -> None:
        """See the port."""
        self._databases.erasures.take_over(erasures)
        with self._migration.moving() as connection:
            self._shards.refuse(connection, refused)

    def expect(self, log_end: int, accepted: int) -> Taken:
        """See the port. In a log that has grown, new keys lie anywhere: it begins again with the first."""
        if self._at.log_end != log_end:
            with self._step(self._at._replace(keyed="", reserved=b"", log_end=log_end, accepted=accepted)):
                pass
        return Taken(self._at.lettered, self._at.keyed, self._at.reserved)

    def take_letters(self, letters: Sequence[KeptLetter]) -> None:
        """See the port. A letter of a fact stays: our projector meets that fact too, and knows its place here."""
        self._databases.dead_letters.put_now([kept.letter for kept in letters if not kept.letter.notification_id])
        with self._step(self._at._replace(lettered=letters[-1].number)):
            pass

    def take_keys(self, rows: Sequence[KeyRow]) -> None:
        """See the port. They lie in another database: there first, so that none is left out."""
        self._databases.stream_keys.take_over(rows)
        with self._step(self._at._replace(keyed=rows[-1][0])):
            pass

    def take_reservations(self, keys: Sequence[bytes]) -> None:
        """See the port."""
        with self._step(self._at._replace(reserved=keys[-1])) as connection:
            self._shards.reserve(connection, keys)

    def take_facts(self, facts: Sequence[StoredFact], last: bytes) -> None:
        """See the port."""
        with self._step(self._at._replace(copied=facts[-1][0], last_fact=last)) as connection:
            self._shards.add(connection, facts)
            self._databases.relayed.hold_back(connection)

    def finish(self, clock: Microseconds) -> None:
        """See the port."""
        with self._step(self._at._replace(finished=True)) as connection:
            self._shards.clocks_to(connection, clock)
            self._databases.relayed.hold_back(connection)

    @contextmanager
    def _step(self, to: Migration) -> Iterator[Connection[Any]]:
        """Give the transaction of one step, which ends with the migration being there."""
        try:
            with self._migration.moving() as connection:
                if held(connection) != self._at:
                    raise MigrationRefused("another `footfall migrate` is at work: wait for its end")
                yield connection
                save(connection, to)
        except psycopg.errors.UniqueViolation as error:
            raise MigrationRefused("facts were recorded here meanwhile: begin anew with empty databases") from error
        self._at = to
