"""The embedded log: a bounded, durable inbox in SQLite, written by the collector and read by the aggregator's process.

A commit is one INSERT, and so one transaction and one fsync, for all requests that were waiting: its row holds their
events, a line of JSON each. Rows go once their events are recorded. What an event means does not belong here.

Two processes share the file (and a third, `footfall import`, may write too), so counters and bounds are kept in it.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from ingest.group_commit import GroupCommit
from ingest.ports import Overloaded
from schemas.facts import AcceptedEvent

GIBIBYTE = 1024**3
PAGE = 4096

MAX_ROW_BYTES = 512 * 1024
"""A group beyond this becomes several rows, so that the reader can take it in bites."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS inbox (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice, also when all rows are gone
    events   INTEGER NOT NULL, -- accepted ones
    bytes    INTEGER NOT NULL, -- what the row takes on the disk
    body     BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS totals (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    accepted INTEGER NOT NULL, -- events ever
    bytes    INTEGER NOT NULL  -- of the rows that are there
);
INSERT OR IGNORE INTO totals VALUES (1, 0, 0);
CREATE TRIGGER IF NOT EXISTS count_in AFTER INSERT ON inbox BEGIN
    UPDATE totals SET accepted = accepted + NEW.events, bytes = bytes + NEW.bytes;
END;
CREATE TRIGGER IF NOT EXISTS count_out AFTER DELETE ON inbox BEGIN
    UPDATE totals SET bytes = bytes - OLD.bytes;
END;
"""
_INSERT = """
INSERT INTO inbox (events, bytes, body)
SELECT ?1, ?2, ?3 WHERE (SELECT bytes FROM totals) + ?2 <= ?4
"""

_encode_lines = msgspec.json.Encoder().encode_lines
_decode_lines = msgspec.json.Decoder(AcceptedEvent).decode_lines


def _connect(path: Path, synchronous: str, busy_seconds: float) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        connection.execute("PRAGMA wal_autocheckpoint = 4000")
        connection.execute("PRAGMA journal_size_limit = 67108864")
        if connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'count_out'").fetchone() == (0,):
            connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT;")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


class _Lines:
    """The events of one request, encoded; `events` counts the accepted ones among them."""

    __slots__ = ("body", "events")

    def __init__(self, events: Sequence[AcceptedEvent]) -> None:
        self.events = sum(not event.refused for event in events)
        self.body = _encode_lines(events)


class SQLiteInbox:
    """The writing side: the collector's Log."""

    def __init__(
        self, path: Path, *, max_bytes: int = GIBIBYTE, max_waiting: int = 16 * 1024 * 1024, max_wait: float = 10.0
    ) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._max_wait = max_wait
        self._connection: sqlite3.Connection | None = _connect(path, "FULL", max_wait)
        self._commits: GroupCommit[_Lines] = GroupCommit("inbox", self._write, max_waiting, max_wait)

    async def append(self, events: Sequence[AcceptedEvent]) -> None:
        """See Log."""
        lines = _Lines(events)
        await self._commits.commit(lines, len(lines.body))

    def append_now(self, events: Sequence[AcceptedEvent]) -> None:
        """Append from a process without an event loop (`footfall import`); durable on return, or Overloaded."""
        self._write([_Lines(events)])

    def ready(self) -> bool:
        """See Log."""
        return self._commits.ready()

    def close(self) -> None:
        """Commit what waits, then let go of the file."""
        self._commits.close()
        self._let_go()

    def _write(self, group: list[_Lines]) -> None:
        """Commit a group. A fault drops the connection, and with it what was half done; the next group begins anew."""
        try:
            if self._connection is None:
                self._connection = _connect(self._path, "FULL", self._max_wait)
            written = self._insert(self._connection, _rows(group))
        except sqlite3.Error as error:
            self._let_go()
            raise Overloaded(f"the inbox cannot be written: {error}", 5) from None
        if not written:
            raise Overloaded("the inbox is full", 5)

    def _insert(self, connection: sqlite3.Connection, rows: list[tuple[int, int, bytes]]) -> bool:
        """Insert rows in one transaction; False (and nothing written) where they would not fit."""
        if len(rows) == 1:  # a statement by itself is a transaction: fewest hand-overs between threads
            return connection.execute(_INSERT, (*rows[0], self._max_bytes)).rowcount == 1
        connection.execute("BEGIN IMMEDIATE")
        for row in rows:
            if connection.execute(_INSERT, (*row, self._max_bytes)).rowcount != 1:
                connection.execute("ROLLBACK")
                return False
        connection.execute("COMMIT")
        return True

    def _let_go(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None


def _rows(group: list[_Lines]) -> list[tuple[int, int, bytes]]:
    rows: list[tuple[int, int, bytes]] = []
    bodies: list[bytes] = []
    events = size = 0
    for lines in group:
        bodies.append(lines.body)
        events += lines.events
        size += len(lines.body)
        if size >= MAX_ROW_BYTES:
            rows.append(_row(events, size, bodies))
            bodies, events, size = [], 0, 0
    if bodies:
        rows.append(_row(events, size, bodies))
    return rows


def _row(events: int, size: int, bodies: list[bytes]) -> tuple[int, int, bytes]:
    return events, (size // PAGE + 1) * PAGE, b"".join(bodies)


class SQLiteInboxReader:
    """The reading side, for the aggregator's process."""

    IDLE_FIRST, IDLE_LAST = 0.005, 0.025

    def __init__(self, path: Path, *, busy_seconds: float = 30.0) -> None:
        self._connection = _connect(path, "NORMAL", busy_seconds)
        self._seen = -1

    def read(self, after: int, max_events: int) -> list[tuple[int, list[AcceptedEvent]]]:
        """Return the next rows, in order: their sequence numbers and events; at least one row where there is one."""
        rows: list[tuple[int, list[AcceptedEvent]]] = []
        count = 0
        found = self._connection.execute(
            "SELECT sequence, body FROM inbox WHERE sequence > ? ORDER BY sequence", (after,)
        )
        for sequence, body in found:
            lines = body.count(b"\n")
            if rows and count + lines > max_events:
                break
            rows.append((sequence, _decode_lines(body)))
            count += lines
        found.close()  # an open read would keep the write-ahead log from being reset
        return rows

    def forget(self, up_to: int, chunk: int = 200) -> None:
        """Delete the rows up to a sequence number, in small transactions that let the collector in between."""
        deleted = chunk
        while deleted == chunk:
            deleted = self._connection.execute(
                "DELETE FROM inbox WHERE sequence IN"
                " (SELECT sequence FROM inbox WHERE sequence <= ? ORDER BY sequence LIMIT ?)",
                (up_to, chunk),
            ).rowcount

    def wait(self, timeout: float) -> bool:
        """Return True as soon as anything may have been written since the last call, False after the timeout."""
        deadline = time.monotonic() + timeout
        pause = self.IDLE_FIRST
        while True:
            (version,) = self._connection.execute("PRAGMA data_version").fetchone()
            if version != self._seen:
                self._seen = version
                return True
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            time.sleep(min(pause, left))
            pause = min(pause * 1.5, self.IDLE_LAST)

    def accepted_total(self) -> int:
        """Return how many events were ever accepted."""
        (total,) = self._connection.execute("SELECT accepted FROM totals").fetchone()
        return int(total)

    def first_sequence(self) -> int | None:
        """Return the sequence number of the oldest row, None where there is none."""
        found = self._connection.execute("SELECT min(sequence) FROM inbox").fetchone()
        return None if found[0] is None else int(found[0])

    def last_sequence(self) -> int:
        """Return the highest sequence number ever given, 0 before the first."""
        found = self._connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'inbox'").fetchone()
        return int(found[0]) if found else 0

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()
