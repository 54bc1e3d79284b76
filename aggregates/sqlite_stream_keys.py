"""The keys of the streams, in a file of their own, so that the log never lies beside them in a copy."""

from __future__ import annotations

import os
import sqlite3
from collections import OrderedDict
from collections.abc import Collection, Mapping
from pathlib import Path
from threading import Lock

from aggregates.errors import StorageUnavailable
from aggregates.in_lists import in_lists
from schemas.streams import StreamId

FAULTS: tuple[type[Exception], ...] = (sqlite3.Error,)
"""What any of the SQLite files raises when it is full, locked or broken: a retry can help."""

KEY_BYTES = 32
KEYS_KEPT = 20_000


class SqliteStreamKeys:
    """`aggregates.ports.StreamKeys` on SQLite; bounded in memory, safe for threads."""

    def __init__(self, path: Path) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[StreamId, bytes] = OrderedDict()
        self._connection = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        path.chmod(0o600)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.execute("PRAGMA secure_delete=ON")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS stream_keys (stream TEXT PRIMARY KEY, key BLOB NOT NULL) WITHOUT ROWID"
        )

    def ensure(self, streams: Collection[StreamId]) -> Mapping[StreamId, bytes]:
        found = dict(self.find(streams))
        missing = [stream for stream in streams if stream not in found]
        if missing:
            self._make(missing)
            found |= self.find(missing)
        return found

    def find(self, streams: Collection[StreamId]) -> Mapping[StreamId, bytes]:
        with self._lock:
            found = {stream: self._kept[stream] for stream in streams if stream in self._kept}
            unknown = [stream for stream in streams if stream not in found]
            for marks, part in in_lists(unknown):
                asked = f"SELECT stream, key FROM stream_keys WHERE stream IN {marks}"
                found |= {stream: self._keep(stream, key) for stream, key in self._connection.execute(asked, part)}
            return found

    def _make(self, streams: Collection[StreamId]) -> None:
        rows = [(stream, os.urandom(KEY_BYTES)) for stream in sorted(streams)]
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                self._connection.executemany("INSERT OR IGNORE INTO stream_keys VALUES (?, ?)", rows)
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise StorageUnavailable(str(error)) from error

    def _keep(self, stream: StreamId, key: bytes) -> bytes:
        self._kept[stream] = key
        if len(self._kept) > KEYS_KEPT:
            self._kept.popitem(last=False)
        return key
