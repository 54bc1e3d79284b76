"""Tracking positions in a SQLite file: durable, and readable by other processes while the projector runs."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from threading import Lock

from projections.ports import TrackingPosition


class SqliteTracking:
    """`projections.ports.Tracking` on SQLite."""

    def __init__(self, path: Path) -> None:
        self._lock = Lock()
        self._connection = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS tracking "
            "(shard INTEGER PRIMARY KEY, notification_id INTEGER NOT NULL, absorbed_at INTEGER NOT NULL)"
        )

    def position(self, shard: int) -> TrackingPosition:
        with self._lock:
            row = self._connection.execute(
                "SELECT notification_id, absorbed_at FROM tracking WHERE shard = ?", (shard,)
            ).fetchone()
        return TrackingPosition(*row) if row else TrackingPosition(0, 0)

    def advance(self, shard: int, position: TrackingPosition) -> None:
        with self._lock:
            self._connection.execute(
                "INSERT INTO tracking VALUES (?, ?, ?) ON CONFLICT (shard) DO UPDATE SET "
                "notification_id = max(notification_id, excluded.notification_id), "
                "absorbed_at = max(absorbed_at, excluded.absorbed_at)",
                (shard, *position),
            )
