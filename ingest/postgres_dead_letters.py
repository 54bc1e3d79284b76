"""Dead letters in PostgreSQL, where operators find them: bounded by age and by bytes for each store.

They come from the topic of dead letters, some of them more than once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, LiteralString

from psycopg import Connection
from psycopg.rows import tuple_row
from psycopg_pool import ConnectionPool

from ingest.kept_letters import KeptLetter, Wanted, letter_id, size
from ingest.ports import DeadLetter
from schemas.clock import DAY
from schemas.facts import Microseconds

MAX_AGE: Microseconds = 30 * DAY
MAX_STORE_BYTES = 256 * 1024 * 1024

_SCHEMA = """
CREATE TABLE IF NOT EXISTS dead_letters (
    number          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- the order of arrival
    id              text NOT NULL UNIQUE,                            -- of the content: put twice it is kept once
    puts            integer NOT NULL DEFAULT 1,
    bytes           integer NOT NULL,
    store           text NOT NULL,
    stage           text NOT NULL,
    code            text NOT NULL,
    field           text NOT NULL,
    message         text NOT NULL,
    raw             bytea NOT NULL,
    received_at     bigint NOT NULL,
    key_class       text NOT NULL,
    type            text NOT NULL,
    is_import       boolean NOT NULL,
    envelope        bytea NOT NULL,
    ip              text NOT NULL,
    shard           integer NOT NULL,
    notification_id bigint NOT NULL
);
CREATE INDEX IF NOT EXISTS dead_letters_by_store ON dead_letters (store, number);
CREATE INDEX IF NOT EXISTS dead_letters_by_age ON dead_letters (received_at)
"""
_FIELDS = """store, stage, code, field, message, raw, received_at, key_class, type, is_import, envelope, ip, shard,
notification_id"""
_PUT = f"""
INSERT INTO dead_letters (id, bytes, {_FIELDS})
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (id) DO UPDATE SET puts = dead_letters.puts + 1
"""
_DELETE = "DELETE FROM dead_letters WHERE id = %s AND puts = %s"
_DROP_OLD = "DELETE FROM dead_letters WHERE received_at < %s"
_MAKE_ROOM = """
DELETE FROM dead_letters WHERE number IN (
    SELECT number FROM (
        SELECT number, sum(bytes) OVER (ORDER BY number DESC) AS kept FROM dead_letters WHERE store = %s) AS newest
    WHERE kept > %s)
"""
_WANTED = """
(%(store)s::text IS NULL OR store = %(store)s) AND (%(stage)s::text IS NULL OR stage = %(stage)s)
AND (%(code)s::text IS NULL OR code = %(code)s)
"""
_PAGE = f"""
SELECT id, number, puts, {_FIELDS} FROM dead_letters
WHERE {_WANTED} AND (%(before)s::bigint IS NULL OR number < %(before)s) ORDER BY number DESC LIMIT %(limit)s
"""
_PAGE_AFTER = f"""
SELECT id, number, puts, {_FIELDS} FROM dead_letters
WHERE {_WANTED} AND number > %(after)s AND number <= %(up_to)s ORDER BY number LIMIT %(limit)s
"""
_GET = f"SELECT id, number, puts, {_FIELDS} FROM dead_letters WHERE id = %(id)s"


class PostgresDeadLetters:
    """What operators list, show, replay and discard."""

    def __init__(
        self,
        pool: ConnectionPool[Connection[Any]],
        *,
        max_age: Microseconds = MAX_AGE,
        max_store_bytes: int = MAX_STORE_BYTES,
    ) -> None:
        self._pool = pool
        self._max_age = max_age
        self._max_store_bytes = max_store_bytes

    def create_table(self) -> None:
        """Make the table where there is none."""
        with self._pool.connection() as connection:
            connection.execute(_SCHEMA)

    def put_now(self, letters: Sequence[DeadLetter]) -> None:
        """Keep letters; a letter put twice is kept once. The oldest of a store go first."""
        if not letters:
            return
        rows = [(letter_id(letter), size(letter), *map(_storable, letter)) for letter in letters]
        with self._pool.connection() as connection, connection.transaction():
            with connection.cursor() as cursor:
                cursor.executemany(_PUT, rows)
            connection.execute(_DROP_OLD, (max(letter.received_at for letter in letters) - self._max_age,))
            for store in sorted({letter.store for letter in letters}):
                connection.execute(_MAKE_ROOM, (store, self._max_store_bytes))

    def page(self, wanted: Wanted, *, limit: int, before: int | None = None) -> list[KeptLetter]:
        """Return letters with numbers below `before`, newest first."""
        return self._select(_PAGE, {**wanted._asdict(), "limit": limit, "before": before})

    def page_after(self, wanted: Wanted, *, after: int, up_to: int, limit: int) -> list[KeptLetter]:
        """Return letters with numbers above `after` and not above `up_to`, oldest first."""
        return self._select(_PAGE_AFTER, {**wanted._asdict(), "limit": limit, "after": after, "up_to": up_to})

    def get(self, id_: str) -> KeptLetter | None:
        """Return one letter."""
        found = self._select(_GET, {"id": id_})
        return found[0] if found else None

    def delete(self, letters: Sequence[KeptLetter]) -> int:
        """Discard letters, except those that came again since they were read; say how many went."""
        with self._pool.connection() as connection, connection.transaction():
            return sum(
                connection.execute(
                    "DELETE FROM dead_letters WHERE id = %s AND puts = %s", (kept.id, kept.puts)
                ).rowcount
                for kept in letters
            )

    def count(self, store: str) -> int:
        """Return how many letters of a store there are."""
        with self._pool.connection() as connection:
            ((count,),) = connection.execute("SELECT count(*) FROM dead_letters WHERE store = %s", (store,)).fetchall()
        return int(count)

    def _select(self, query: LiteralString, parameters: dict[str, Any]) -> list[KeptLetter]:
        with self._pool.connection() as connection, connection.cursor(row_factory=tuple_row) as cursor:
            rows = cursor.execute(query, parameters).fetchall()
        return [KeptLetter(id_, DeadLetter(*letter), number, puts) for id_, number, puts, *letter in rows]


def _storable(value: Any) -> Any:
    """PostgreSQL's texts hold no NUL, which a sender's names of fields may."""
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value
