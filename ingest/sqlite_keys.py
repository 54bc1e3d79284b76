"""Stores and their keys in SQLite (`keys.db`): hashed, rotatable, looked up at every request of either front door.

The plain keys are in `keys.json` beside it, for the owner of the machine (`ingest/key_file.py`). What a key may do is
said where it is checked.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ingest.consent import ConsentChoice
from ingest.key_file import read_plain_keys, write_plain_keys
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

_SCHEMA = """
CREATE TABLE IF NOT EXISTS stores (
    name      TEXT PRIMARY KEY,
    currency  TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    origins   TEXT NOT NULL, -- JSON
    number    INTEGER NOT NULL -- the order in which they were added
);
CREATE TABLE IF NOT EXISTS keys (
    digest      BLOB PRIMARY KEY,
    store       TEXT NOT NULL REFERENCES stores (name),
    kind        TEXT NOT NULL,
    masked      TEXT NOT NULL,
    valid_until REAL -- seconds since 1970; NULL for ever
);
"""

_ADDED = {
    **dict.fromkeys(Forgetting._fields, "INTEGER NOT NULL DEFAULT 0"),
    "consent": "TEXT NOT NULL DEFAULT 'record'",
}
"""Columns of `stores` that came after the first version."""
_FORGET = f"UPDATE stores SET {', '.join(f'{name} = ?' for name in Forgetting._fields)} WHERE name = ?"
_CONSENT = "UPDATE stores SET consent = ? WHERE name = ?"


class SQLiteKeys:
    """The collector's Keys, and what the commands and the query API ask of stores and keys."""

    def __init__(self, folder: Path, *, wall_clock: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._wall_clock = wall_clock
        self._connection = sqlite3.connect(
            folder / "keys.db", timeout=30, isolation_level=None, check_same_thread=False
        )
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT;")
        self._add_columns()
        self._grants = Grants((), ())
        self._version = -1
        self._look_again_at = 0.0
        self._refresh()

    def lookup(self, key: str) -> Caller | None:
        """See Keys."""
        grant = self.find(key)
        return None if grant is None else grant.caller

    def find(self, key: str) -> Grant | None:
        """Return what a key of any kind stands for, if it is valid now."""
        if time.monotonic() >= self._look_again_at:
            self._refresh()
        grant = self._grants.find(key, self._wall_clock())
        if grant is None:  # another process may have added it just now, and clients drop what a 401 answers
            self._refresh()
            grant = self._grants.find(key, self._wall_clock())
        return grant

    def stores(self) -> list[Store]:
        """Return all stores, the first one first."""
        self._refresh()
        return list(self._grants.stores.values())

    def store(self, name: str) -> Store | None:
        """Return the settings of a store; cheap enough for every event."""
        if time.monotonic() >= self._look_again_at:
            self._refresh()
        return self._grants.stores.get(name)

    def add_store(self, store: Store) -> StoreKeys:
        """Add a store and make its keys."""
        keys = new_keys(store)
        with self._changing():
            if self._connection.execute("SELECT 1 FROM stores WHERE name = ?", (store.name,)).fetchone():
                raise StoreError(f"there is a store {store.name} already")
            self._connection.execute(
                "INSERT INTO stores (name, currency, time_zone, origins, number)"
                " SELECT ?, ?, ?, ?, count(*) + 1 FROM stores",
                (store.name, store.currency, store.time_zone, json.dumps(store.origins)),
            )
            self._connection.execute(_FORGET, (*store.forgetting, store.name))
            self._connection.execute(_CONSENT, (store.consent.value, store.name))
            for kind in KeyKind:
                self._insert(store.name, kind, keys.of(kind))
            write_plain_keys(self._folder, {**read_plain_keys(self._folder), store.name: keys})
        return keys

    def forget(self, name: str, forgetting: Forgetting) -> None:
        """Change how a store forgets persons."""
        with self._changing():
            if self._connection.execute(_FORGET, (*forgetting, name)).rowcount == 0:
                raise StoreError(f"there is no store {name}")

    def set_consent(self, name: str, choice: ConsentChoice) -> None:
        """Change what a store does with events of those who did not consent."""
        with self._changing():
            if self._connection.execute(_CONSENT, (choice.value, name)).rowcount == 0:
                raise StoreError(f"there is no store {name}")

    def first_store(self, store: Store) -> StoreKeys:
        """Return the keys of the first store; where there is none, add the one given."""
        stores = self.stores()
        if stores:
            return self.keys_of(stores[0].name)
        try:
            return self.add_store(store)
        except StoreError:  # another process was quicker
            return self.keys_of(self.stores()[0].name)

    def keys_of(self, name: str) -> StoreKeys:
        """Return the plain keys of a store, from `keys.json`."""
        keys = read_plain_keys(self._folder).get(name)
        if keys is None:
            raise StoreError(f"no keys of a store {name} in keys.json")
        return keys

    def rotate(self, name: str, kind: KeyKind, grace_seconds: float) -> str:
        """Make a new key of a kind; the old ones work for a while yet."""
        key = new_key(kind)
        end = self._wall_clock() + grace_seconds
        with self._changing():
            keys = self.keys_of(name)
            self._connection.execute(
                "UPDATE keys SET valid_until = min(coalesce(valid_until, ?1), ?1) WHERE store = ?2 AND kind = ?3",
                (end, name, kind),
            )
            self._insert(name, kind, key)
            write_plain_keys(self._folder, {**read_plain_keys(self._folder), name: keys.with_key(kind, key)})
        return key

    def set_origins(self, name: str, origins: Sequence[str]) -> None:
        """Say which pages may send to a store; any, where none is named."""
        with self._changing():
            changed = self._connection.execute(
                "UPDATE stores SET origins = ? WHERE name = ?", (json.dumps(origins), name)
            )
            if not changed.rowcount:
                raise StoreError(f"there is no store {name}")

    def masked(self, name: str) -> Sequence[MaskedKey]:
        """Return all keys of a store, masked."""
        found = self._connection.execute(
            "SELECT kind, masked, valid_until FROM keys WHERE store = ? ORDER BY rowid", (name,)
        )
        return [MaskedKey(KeyKind(kind), masked, until) for kind, masked, until in found.fetchall()]

    def kept(self) -> list[KeptKey]:
        """Return all keys as they are kept, in the order in which they were made."""
        found = self._connection.execute("SELECT digest, store, kind, masked, valid_until FROM keys ORDER BY rowid")
        return [KeptKey(*row) for row in found.fetchall()]

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _insert(self, name: str, kind: KeyKind, key: str) -> None:
        self._connection.execute("INSERT INTO keys VALUES (?, ?, ?, ?, NULL)", (digest(key), name, kind, masked(key)))

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """One transaction over both files: the lock on `keys.db` also orders the writers of `keys.json`."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._version = -1
        self._refresh()

    def _add_columns(self) -> None:
        """Add the columns that are missing; another process may do the same at the same time."""
        if self._missing_columns():
            self._connection.execute("BEGIN IMMEDIATE")
            for name in self._missing_columns():
                self._connection.execute(f"ALTER TABLE stores ADD COLUMN {name} {_ADDED[name]}")
            self._connection.execute("COMMIT")

    def _missing_columns(self) -> list[str]:
        present = {row[1] for row in self._connection.execute("PRAGMA table_info(stores)")}
        return [name for name in _ADDED if name not in present]

    def _refresh(self) -> None:
        (version,) = self._connection.execute("PRAGMA data_version").fetchone()
        if version != self._version:
            self._load()
            self._version = version
        self._look_again_at = time.monotonic() + REFRESH_SECONDS

    def _load(self) -> None:
        rows = self._connection.execute(
            f"SELECT name, currency, time_zone, origins, {', '.join(_ADDED)} FROM stores ORDER BY number"
        )
        stores = [
            Store(
                name,
                currency,
                zone,
                tuple(json.loads(origins)),
                Forgetting(bool(keep_sales), *days),
                ConsentChoice(consent),
            )
            for name, currency, zone, origins, keep_sales, *days, consent in rows
        ]
        grants = self._connection.execute("SELECT digest, store, kind, valid_until FROM keys").fetchall()
        self._grants = Grants(stores, grants)
