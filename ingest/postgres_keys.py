"""Stores and their keys in PostgreSQL: hashed, in the memory of each process, read anew every second.

A process goes on with what it knows while PostgreSQL is away. Plain keys are kept nowhere: who makes a store sees them
once.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import psycopg
from psycopg import Connection
from psycopg_pool import ConnectionPool

from ingest.consent import ConsentChoice
from ingest.key_kinds import KeyKind, StoreKeys
from ingest.ports import Caller
from ingest.stores import (
    REFRESH_SECONDS,
    Forgetting,
    Grant,
    Grants,
    KeptKey,
    MaskedKey,
    Store,
    StoreError,
    digest,
    masked,
    new_key,
    new_keys,
)
from schemas.errors import FootfallError

log = logging.getLogger(__name__)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS stores (
    name      text PRIMARY KEY,
    currency  text NOT NULL,
    time_zone text NOT NULL,
    origins   text[] NOT NULL,
    number    bigint GENERATED ALWAYS AS IDENTITY -- the order in which they were added
);
CREATE TABLE IF NOT EXISTS keys (
    digest      bytea PRIMARY KEY,
    store       text NOT NULL REFERENCES stores (name),
    kind        text NOT NULL,
    masked      text NOT NULL,
    valid_until double precision, -- seconds since 1970; NULL for ever
    number      bigint GENERATED ALWAYS AS IDENTITY
);
ALTER TABLE stores ADD COLUMN IF NOT EXISTS keep_sales boolean NOT NULL DEFAULT false;
ALTER TABLE stores ADD COLUMN IF NOT EXISTS anonymous_days integer NOT NULL DEFAULT 0;
ALTER TABLE stores ADD COLUMN IF NOT EXISTS customer_days integer NOT NULL DEFAULT 0;
ALTER TABLE stores ADD COLUMN IF NOT EXISTS consent text NOT NULL DEFAULT 'record'
"""
_FORGET = "UPDATE stores SET keep_sales = %s, anonymous_days = %s, customer_days = %s WHERE name = %s"
_CONSENT = "UPDATE stores SET consent = %s WHERE name = %s"
_SEEN_ONCE = "keys are kept hashed: they were printed once, when their store was added (footfall store add NAME)"
_INSERT_KEY = "INSERT INTO keys (digest, store, kind, masked) VALUES (%s, %s, %s, %s)"
_TAKE_STORE = """
INSERT INTO stores (name, currency, time_zone, origins) VALUES (%s, %s, %s, %s) ON CONFLICT (name) DO UPDATE
SET currency = excluded.currency, time_zone = excluded.time_zone, origins = excluded.origins
"""
_TAKE_KEY = """
INSERT INTO keys (digest, store, kind, masked, valid_until) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (digest) DO UPDATE SET valid_until = excluded.valid_until
"""


class PostgresKeys:
    """The collector's Keys, and what the commands and the query API ask of stores and keys."""

    def __init__(self, pool: ConnectionPool[Connection[Any]], *, wall_clock: Callable[[], float] = time.time) -> None:
        self._pool = pool
        self._wall_clock = wall_clock
        self._grants = Grants((), ())
        self._closed = threading.Event()

    def create_table(self) -> None:
        """Make the tables where there are none."""
        with self._pool.connection() as connection:
            connection.execute(_SCHEMA)

    def follow(self) -> None:
        """Read what there is, and from now on every second what has changed."""
        self._load()
        threading.Thread(target=self._run, name="keys", daemon=True).start()

    def lookup(self, key: str) -> Caller | None:
        """See Keys."""
        grant = self.find(key)
        return None if grant is None else grant.caller

    def find(self, key: str) -> Grant | None:
        """Return what a key of any kind stands for, if it is valid now."""
        return self._grants.find(key, self._wall_clock())

    def store(self, name: str) -> Store | None:
        """Return the settings of a store; cheap enough for every event."""
        return self._grants.stores.get(name)

    def stores(self) -> list[Store]:
        """Return all stores, the first one first."""
        self._load()
        return list(self._grants.stores.values())

    def add_store(self, store: Store) -> StoreKeys:
        """Add a store and make its keys; return once all processes know them, which is a second later."""
        return self.add_stores([store])[0]

    def add_stores(self, stores: Sequence[Store]) -> list[StoreKeys]:
        """Add several at once."""
        made = [self._added(store) for store in stores]
        self._wait_known()
        return made

    def take_over(self, stores: Sequence[Store], keys: Sequence[KeptKey]) -> None:
        """Take stores and keys as another installation has them; return once all processes know them."""
        with self._pool.connection() as connection, connection.transaction(), connection.cursor() as cursor:
            cursor.executemany(
                _TAKE_STORE, [(one.name, one.currency, one.time_zone, list(one.origins)) for one in stores]
            )
            cursor.executemany(_FORGET, [(*one.forgetting, one.name) for one in stores])
            cursor.executemany(_CONSENT, [(one.consent.value, one.name) for one in stores])
            cursor.executemany(_TAKE_KEY, keys)
        self._wait_known()

    def forget(self, name: str, forgetting: Forgetting) -> None:
        """Change how a store forgets persons; return once all processes know it."""
        with self._pool.connection() as connection:
            changed = connection.execute(_FORGET, (*forgetting, name)).rowcount
        if not changed:
            raise StoreError(f"there is no store {name}")
        self._wait_known()

    def set_consent(self, name: str, choice: ConsentChoice) -> None:
        """Change what a store does with events of those who did not consent; return once all processes know it."""
        with self._pool.connection() as connection:
            changed = connection.execute(_CONSENT, (choice.value, name)).rowcount
        if not changed:
            raise StoreError(f"there is no store {name}")
        self._wait_known()

    def first_store(self, store: Store) -> StoreKeys:
        """Return the keys of a first store, which is added; raises StoreError where there is one."""
        if self.stores():
            raise StoreError(_SEEN_ONCE)
        return self.add_store(store)

    def keys_of(self, name: str) -> StoreKeys:
        """Raise StoreError: plain keys are kept nowhere."""
        raise StoreError(_SEEN_ONCE)

    def rotate(self, name: str, kind: KeyKind, grace_seconds: float) -> str:
        """Make a new key of a kind; the old ones work for a while yet."""
        key = new_key(kind)
        end = self._wall_clock() + grace_seconds
        with self._pool.connection() as connection, connection.transaction():
            connection.execute(
                "UPDATE keys SET valid_until = least(coalesce(valid_until, %(end)s), %(end)s)"
                " WHERE store = %(store)s AND kind = %(kind)s",
                {"end": end, "store": name, "kind": kind.value},
            )
            connection.execute(_INSERT_KEY, (digest(key), name, kind.value, masked(key)))
        self._wait_known()
        return key

    def set_origins(self, name: str, origins: Sequence[str]) -> None:
        """Say which pages may send to a store; any, where none is named."""
        with self._pool.connection() as connection:
            changed = connection.execute("UPDATE stores SET origins = %s WHERE name = %s", (list(origins), name))
        if not changed.rowcount:
            raise StoreError(f"there is no store {name}")
        self._wait_known()

    def masked(self, name: str) -> list[MaskedKey]:
        """Return all keys of a store, masked."""
        with self._pool.connection() as connection:
            found = connection.execute(
                "SELECT kind, masked, valid_until FROM keys WHERE store = %s ORDER BY number", (name,)
            ).fetchall()
        return [MaskedKey(KeyKind(kind), text, until) for kind, text, until in found]

    def close(self) -> None:
        """Follow no more."""
        self._closed.set()

    def _added(self, store: Store) -> StoreKeys:
        keys = new_keys(store)
        try:
            with self._pool.connection() as connection, connection.transaction():
                connection.execute(
                    "INSERT INTO stores (name, currency, time_zone, origins) VALUES (%s, %s, %s, %s)",
                    (store.name, store.currency, store.time_zone, list(store.origins)),
                )
                connection.execute(_FORGET, (*store.forgetting, store.name))
                connection.execute(_CONSENT, (store.consent.value, store.name))
                for kind in KeyKind:
                    key = keys.of(kind)
                    connection.execute(_INSERT_KEY, (digest(key), store.name, kind.value, masked(key)))
        except psycopg.errors.UniqueViolation:
            raise StoreError(f"there is a store {store.name} already") from None
        return keys

    def _wait_known(self) -> None:
        self._closed.wait(REFRESH_SECONDS * 1.5)

    def _run(self) -> None:
        while not self._closed.wait(REFRESH_SECONDS):
            try:
                self._load()
            except (psycopg.Error, FootfallError) as error:
                log.warning("keys cannot be read, what is known stays: %s", type(error).__name__)

    def _load(self) -> None:
        with self._pool.connection() as connection, connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            stores = connection.execute(
                "SELECT name, currency, time_zone, origins, keep_sales, anonymous_days, customer_days, consent"
                " FROM stores ORDER BY number"
            ).fetchall()
            keys = connection.execute("SELECT digest, store, kind, valid_until FROM keys").fetchall()
        found = [
            Store(name, currency, zone, tuple(origins), Forgetting(*forgetting), ConsentChoice(consent))
            for name, currency, zone, origins, *forgetting, consent in stores
        ]
        self._grants = Grants(found, keys)
