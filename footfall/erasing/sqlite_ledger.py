"""The ledger of erasures in a file of its own: what a backup of everything else would bring back is named here."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from threading import Lock

import msgspec

from footfall.erasing.erasure import Erasure

_SCHEMA = """
CREATE TABLE IF NOT EXISTS erasures (
    number   INTEGER PRIMARY KEY AUTOINCREMENT, -- the order in which they were asked for
    id       TEXT NOT NULL UNIQUE,
    store    TEXT NOT NULL,
    finished INTEGER NOT NULL,
    body     BLOB NOT NULL -- an Erasure as JSON
);
CREATE INDEX IF NOT EXISTS erasures_unfinished ON erasures (number) WHERE NOT finished;
"""
_PAGE = """
SELECT body FROM erasures
WHERE store = ?1 AND (?2 IS NULL OR number < (SELECT number FROM erasures WHERE id = ?2)) ORDER BY number DESC LIMIT ?3
"""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Erasure).decode


class SqliteLedger:
    """`footfall.erasing.ports.Ledger`; safe for threads, readable and writable by several processes."""

    def __init__(self, path: Path) -> None:
        self._lock = Lock()
        self._connection = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        path.chmod(0o600)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT;")

    def add(self, erasure: Erasure) -> None:
        """See the port."""
        with self._lock:
            self._connection.execute(
                "INSERT INTO erasures (id, store, finished, body) VALUES (?, ?, 0, ?)",
                (erasure.id, erasure.store, _encode(erasure)),
            )

    def save(self, erasure: Erasure) -> None:
        """See the port."""
        with self._lock:
            self._connection.execute(
                "UPDATE erasures SET finished = ?, body = ? WHERE id = ?",
                (erasure.finished_at is not None, _encode(erasure), erasure.id),
            )

    def get(self, id_: str) -> Erasure | None:
        """See the port."""
        return next(iter(self._select("SELECT body FROM erasures WHERE id = ?", (id_,))), None)

    def unfinished(self) -> Sequence[Erasure]:
        """See the port."""
        return self._select("SELECT body FROM erasures WHERE NOT finished ORDER BY number", ())

    def page(self, store: str, limit: int, before: str | None = None) -> Sequence[Erasure]:
        """See the port."""
        return self._select(_PAGE, (store, before, limit))

    def everything(self) -> Sequence[Erasure]:
        """Return all erasures, in the order in which they were asked for."""
        return self._select("SELECT body FROM erasures ORDER BY number", ())

    def is_empty(self) -> bool:
        """Tell whether nobody was ever erased."""
        return not self._select("SELECT body FROM erasures LIMIT 1", ())

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _select(self, query: str, parameters: Sequence[object]) -> list[Erasure]:
        with self._lock:
            return [_decode(body) for (body,) in self._connection.execute(query, parameters).fetchall()]
