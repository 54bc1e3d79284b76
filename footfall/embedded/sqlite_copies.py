"""Copies of SQLite files that are in use: snapshots held together, then copied at leisure by the online backup API.

A snapshot is an open read transaction. Its file goes on being written, to the write-ahead log, which grows by what is
written meanwhile. What the files mean does not belong here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from eventsourcing.persistence import PersistenceError

from footfall.backing_up.errors import BackupFailed
from footfall.backing_up.manifest import synced

PAGES = 2_000
"""Pages of one step of a copy."""

BUSY_SECONDS = 30.0
Snapshot = sqlite3.Connection
"""A connection that sees a file as it was at one moment."""

_LAST = "SELECT coalesce(max(rowid), 0) FROM stored_events"
_VERSION = "SELECT coalesce(max(originator_version), 0) FROM stored_events WHERE originator_id = ?"


@contextmanager
def faults() -> Iterator[None]:
    """Turn what SQLite says, of a full disk above all, into BackupFailed."""
    try:
        yield
    except (sqlite3.Error, PersistenceError) as error:
        raise BackupFailed(f"not finished: {error}") from error


@contextmanager
def snapshot(path: Path) -> Iterator[Snapshot]:
    """Give a connection that sees the file as it is now for as long as this is held."""
    with closing(_connected(path, "rw")) as connection:
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        yield connection


@contextmanager
def unchanged(path: Path) -> Iterator[None]:
    """Nobody writes to the file while this is held."""
    with closing(_connected(path, "rw")) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield


def copy(source: Snapshot, to: Path, told: Callable[[int, int], None]) -> None:
    """Write a snapshot to a new file."""
    with closing(sqlite3.connect(to)) as target:
        source.backup(target, pages=PAGES, progress=lambda _, left, pages: told(pages - left, pages))


def make_sole(path: Path) -> None:
    """Leave a file of ours without companions, and on the disk; it takes them again when it is next written."""
    with closing(sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode = DELETE")
    synced(path)


def last_notification(path: Path) -> int:
    """Return the id of the last fact of an event store that nobody writes."""
    with closing(_connected(path, "ro")) as connection:
        return int(connection.execute(_LAST).fetchone()[0])


def versions(path: Path, streams: Iterable[str]) -> Mapping[str, int]:
    """Return the highest version of each stream of such an event store, 0 where it has no facts."""
    with closing(_connected(path, "ro")) as connection:
        return {stream: int(connection.execute(_VERSION, (stream,)).fetchone()[0]) for stream in streams}


def _connected(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=BUSY_SECONDS, isolation_level=None
    )
