"""The recorder of one shard of the event store on PostgreSQL, upon that of the `eventsourcing` library.

The shard's row in `shards` holds the number of its facts, the position and the clock of its log. An append updates it
first, so the row's lock orders the appends of a shard: ids of notifications rise in the order of commits and have no
gaps, and the table lock of the library is not needed. One statement appends all, in one round trip.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import ConnectionPool, PostgresApplicationRecorder, PostgresDatastore
from psycopg import Connection
from psycopg.rows import DictRow, dict_row, tuple_row
from psycopg.sql import SQL, Composed, Identifier

from aggregates.mapping import StoredFact
from schemas.facts import Microseconds
from schemas.streams import StreamId

CONNECT_SECONDS = 5.0

_SHARDS = SQL("""
CREATE TABLE IF NOT EXISTS shards (
    shard    integer PRIMARY KEY,
    facts    bigint NOT NULL DEFAULT 0, -- and the id of the last notification
    position bigint NOT NULL DEFAULT 0,
    clock    bigint NOT NULL DEFAULT 0  -- microseconds since 1970
)
""")
_RESERVATIONS = SQL("CREATE TABLE IF NOT EXISTS {reservations} (key bytea PRIMARY KEY)")
_REFUSALS = SQL("""
CREATE TABLE IF NOT EXISTS refusals (
    shard integer NOT NULL, reason text NOT NULL, events bigint NOT NULL, PRIMARY KEY (shard, reason)
)
""")
_SHARD = SQL("INSERT INTO shards VALUES ({shard}) ON CONFLICT DO NOTHING")

_TICK = SQL("""
UPDATE shards SET
    facts = facts + %(facts)s,
    position = greatest(position, coalesce(%(position)s, 0)),
    clock = greatest(clock + 1, coalesce(%(now)s, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint))
WHERE shard = {shard}
RETURNING facts, clock
""")

_APPEND = SQL("""
WITH log AS ({tick}),
reserved AS (INSERT INTO {reservations} SELECT unnest(%(reservations)b::bytea[])),
refused AS (
    INSERT INTO refusals SELECT {shard}, * FROM unnest(%(reasons)s::text[], %(refused)s::bigint[])
    ON CONFLICT (shard, reason) DO UPDATE SET events = refusals.events + excluded.events
)
INSERT INTO {events} (originator_id, originator_version, topic, state, notification_id)
SELECT new.id, new.version, new.topic, int8send(log.clock) || new.state, log.facts - %(facts)s + new.place
FROM log, unnest(%(ids)s::text[], %(versions)s::bigint[], %(topics)s::text[], %(states)b::bytea[])
    WITH ORDINALITY AS new (id, version, topic, state, place)
ORDER BY new.place
""")

_TAKEN = SQL("SELECT key FROM {reservations} WHERE key = ANY(%b)")
_VERSIONS = SQL("""
SELECT asked.id, coalesce((SELECT max(originator_version) FROM {events} WHERE originator_id = asked.id), 0)
FROM unnest(%s::text[]) AS asked (id)
""")
_STATE = SQL("SELECT position, clock FROM shards WHERE shard = {shard}")
_REFUSED = SQL("SELECT reason, events FROM refusals WHERE shard = {shard}")
_LAST = SQL("SELECT facts FROM shards WHERE shard = {shard}")
_SELECT = SQL("""
SELECT notification_id, originator_id, originator_version, topic, state FROM {events}
WHERE {condition} ORDER BY notification_id
""")
_AFTER, _BY_IDS = SQL("notification_id > %s"), SQL("notification_id = ANY(%s)")


def open_datastore(dsn: str, connections: int = 4) -> PostgresDatastore:
    """Return the library's datastore for a database; connects when it is first used."""
    datastore = PostgresDatastore("", "", "", "", "", originator_id_type="text")
    after_connect = datastore.after_connect_func()

    def configure(connection: Connection[Any]) -> None:
        after_connect(connection)
        for_short_statements(connection)

    datastore.pool.close()
    datastore.pool = ConnectionPool(
        dsn,
        connection_class=Connection[DictRow],
        kwargs={"row_factory": dict_row},
        min_size=1,
        max_size=connections,
        open=False,
        configure=configure,
        timeout=CONNECT_SECONDS,
    )
    return datastore


def for_short_statements(connection: Connection[Any]) -> None:
    """Compile nothing, and read no table from end to end where an index serves: of a young table the planner believes,
    and remembers in its plans, that it is small.
    """
    connection.execute("SET jit = off")
    connection.execute("SET enable_seqscan = off")
    connection.commit()


class ShardRecorder(PostgresApplicationRecorder):
    """`aggregates.recorder.Recorder` for one shard; safe for threads, and for as many processes as there are.

    `clock` stands in for the clock of the database, which all processes share.
    """

    def __init__(
        self, datastore: PostgresDatastore, shard: int, clock: Callable[[], Microseconds | None] = lambda: None
    ) -> None:
        super().__init__(datastore, events_table_name=f"shard_{shard}_events")
        self._now = clock
        names = {
            "events": Identifier(self.events_table_name),
            "reservations": Identifier(f"shard_{shard}_reservations"),
            "shard": SQL(str(int(shard))),
        }
        is_function = ("FUNCTION", "PROCEDURE", "CREATE TYPE")  # the library's, for what is not used here
        self.sql_create_statements = [
            *(one for one in self.sql_create_statements if not any(word in one.as_string() for word in is_function)),
            *(statement.format(**names) for statement in (_SHARDS, _RESERVATIONS, _REFUSALS, _SHARD)),
        ]
        tick = _TICK.format(**names)
        self._tick, self._append = tick, _APPEND.format(tick=tick, **names)
        self._taken, self._versions = _TAKEN.format(**names), _VERSIONS.format(**names)
        self._refused = _REFUSED.format(**names)
        self._state, self._last = _STATE.format(**names), _LAST.format(**names)
        self._after = _SELECT.format(condition=_AFTER, **names) + SQL(" LIMIT %s")
        self._by_ids = _SELECT.format(condition=_BY_IDS, **names)

    def insert_events(
        self,
        stored_events: Sequence[StoredEvent],
        *,
        reservations: Sequence[bytes] = (),
        position: int | None = None,
        refused: Mapping[str, int] = MappingProxyType({}),
        **_: Any,
    ) -> Sequence[int] | None:
        """See the port."""
        parameters = {
            "reasons": list(refused),
            "refused": list(refused.values()),
            "facts": len(stored_events),
            "position": position,
            "now": self._now(),
            "reservations": list(reservations),
            "ids": [event.originator_id for event in stored_events],
            "versions": [event.originator_version for event in stored_events],
            "topics": [event.topic for event in stored_events],
            "states": [event.state for event in stored_events],
        }
        with self.datastore.get_connection() as connection:
            connection.execute(self._append, parameters, prepare=True)
        return None

    def taken(self, keys: Sequence[bytes]) -> set[bytes]:
        """See the port."""
        return {row[0] for row in self._rows(self._taken, (list(keys),))} if keys else set()

    def max_version(self, streams: Iterable[str]) -> dict[str, int]:
        """See the port."""
        asked = list(streams)
        return dict(self._rows(self._versions, (asked,))) if asked else {}

    def refused(self) -> dict[str, int]:
        """See the port."""
        return dict(self._rows(self._refused, ()))

    def tick(self) -> None:
        """See the port."""
        self._rows(self._tick, {"facts": 0, "position": None, "now": self._now()})

    def state_of_log(self) -> tuple[int, Microseconds]:
        """See the port."""
        ((position, clock),) = self._rows(self._state, ())
        return position, clock

    def select_after(self, after: int, limit: int) -> list[StoredFact]:
        """See the port."""
        return self._facts(self._after, (after, limit))

    def select_by_ids(self, ids: Sequence[int]) -> list[StoredFact]:
        """See the port."""
        return self._facts(self._by_ids, (list(ids),))

    def max_notification_id(self) -> int | None:
        """See the port."""
        ((facts,),) = self._rows(self._last, ())
        return int(facts)

    def _facts(self, statement: Composed, parameters: Sequence[Any]) -> list[StoredFact]:
        return [
            (id_, StreamId(stream), version, topic, bytes(state))
            for id_, stream, version, topic, state in self._rows(statement, parameters)
        ]

    def _rows(self, statement: Composed, parameters: Any) -> list[tuple[Any, ...]]:
        with self.datastore.get_connection() as connection, connection.cursor(row_factory=tuple_row) as cursor:
            cursor.execute(statement, parameters, prepare=True, binary=True)
            return cursor.fetchall()
