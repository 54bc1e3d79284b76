"""Takes the stored facts of another event store into the shards of this one, as they are: versions, times, seals.

All of it in transactions of the caller's, who also knows that nobody records meanwhile. Recording does not belong here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import Connection
from psycopg.sql import SQL, Composed, Identifier

from aggregates.mapping import StoredFact, recorded_at
from aggregates.shards import shard_of, shard_of_reservation
from schemas.facts import Microseconds

_FACTS = SQL("SELECT coalesce(sum(facts), 0)::bigint FROM shards")
_ADD = SQL("UPDATE shards SET facts = facts + %s WHERE shard = %s RETURNING facts")
_REFUSED = SQL(
    "INSERT INTO refusals VALUES (0, %s, %s)"
    " ON CONFLICT (shard, reason) DO UPDATE SET events = greatest(refusals.events, excluded.events)"
)
_CLOCKS_BACK = SQL("UPDATE shards SET clock = 0")
_CLOCKS = SQL("UPDATE shards SET clock = greatest(clock, %s)")
_COPY = SQL(
    "COPY {table} (originator_id, originator_version, topic, state, notification_id) FROM STDIN (FORMAT BINARY)"
)
_TYPES = ("text", "int8", "text", "bytea", "int8")
_RESERVE = SQL("INSERT INTO {table} SELECT unnest(%b::bytea[]) ON CONFLICT DO NOTHING")


class PostgresHistory:
    """The shards of an event store, filled from another one."""

    def __init__(self, shards: int) -> None:
        self._shards = shards

    def recorded(self, connection: Connection[Any]) -> int:
        """Return how many facts there are."""
        return int(connection.execute(_FACTS).fetchall()[0][0])

    def clocks_back(self, connection: Connection[Any]) -> None:
        """Set the clocks of empty logs to before every history, so that what comes is no earlier than its log."""
        connection.execute(_CLOCKS_BACK)

    def clocks_to(self, connection: Connection[Any], at: Microseconds) -> None:
        """Move the clocks of all logs on: nothing that is recorded up to then comes any more."""
        connection.execute(_CLOCKS, (at,))

    def refuse(self, connection: Connection[Any], refused: Mapping[str, int]) -> None:
        """Count events that were refused before the history came, by reason; the first shard counts them."""
        for reason, events in refused.items():
            connection.execute(_REFUSED, (reason, events))

    def add(self, connection: Connection[Any], facts: Sequence[StoredFact]) -> None:
        """Append facts, each to its shard, whose log gives it the next id."""
        parts: defaultdict[int, list[StoredFact]] = defaultdict(list)
        for fact in facts:
            parts[shard_of(fact[1], self._shards)].append(fact)
        for shard, part in sorted(parts.items()):
            _append(connection, shard, part)
        self.clocks_to(connection, recorded_at(facts[-1]) - 1)  # others of the same commit may follow

    def reserve(self, connection: Connection[Any], keys: Sequence[bytes]) -> None:
        """Take reservations; those that are there stay."""
        parts: defaultdict[int, list[bytes]] = defaultdict(list)
        for key in keys:
            parts[shard_of_reservation(key, self._shards)].append(key)
        for shard, part in sorted(parts.items()):
            connection.execute(_on(_RESERVE, f"shard_{shard}_reservations"), (part,))


def _append(connection: Connection[Any], shard: int, facts: Sequence[StoredFact]) -> None:
    ((last,),) = connection.execute(_ADD, (len(facts), shard)).fetchall()
    with connection.cursor().copy(_on(_COPY, f"shard_{shard}_events")) as copy:
        copy.set_types(_TYPES)
        for notification_id, (_, *fact) in enumerate(facts, last - len(facts) + 1):
            copy.write_row((*fact, notification_id))


def _on(statement: SQL, table: str) -> Composed:
    return statement.format(table=Identifier(table))
