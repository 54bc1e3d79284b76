"""The embedded mode: one core put together from SQLite files and a ClickHouse child.

Decides only who calls the core; a rule of the answers does not belong here.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path

from aggregates.aggregator import Aggregator
from aggregates.sqlite_event_store import SqliteEventStore, open_recorder
from aggregates.sqlite_notification_log import SqliteNotificationLog
from aggregates.sqlite_stream_keys import SqliteStreamKeys
from footfall.chdb_server import ClickHouseServer, FolderBusy
from footfall.data_folder import DataFolder
from footfall.file_lock import FileLock
from footfall.logs import logger
from footfall.settings import Settings
from ingest.key_kinds import KeyKind
from ingest.ports import DeadLetter
from ingest.sqlite_dead_letters import SQLiteDeadLetters
from ingest.sqlite_inbox import SQLiteInboxReader
from ingest.sqlite_keys import SQLiteKeys
from projections.clickhouse_connection import Address, Warehouse
from projections.clickhouse_events import EventsTable
from projections.clickhouse_migrations import migrate
from projections.projector import Projector
from projections.rebuild import Rebuild
from projections.refresh import Refresh, Rules
from projections.scope import Scope
from projections.sqlite_tracking import SqliteTracking
from query_api.ports import Progress, Reader
from schemas.facts import Microseconds, Notification
from schemas.identifiers import email_address, phone_number
from schemas.streams import StreamKind, StreamRef, stream_id

log = logger(__name__)

SHARD = 0
LOCK_TIMEOUT = 600.0


def rules_of(settings: Settings) -> Rules:
    """Return the rules of the answers."""
    return Rules(session_timeout=settings.session_timeout // timedelta(microseconds=1))


class WriteSide:
    """The event store of a data folder, for the one process that writes it."""

    def __init__(self, folder: DataFolder) -> None:
        self.inbox = SQLiteInboxReader(folder.inbox)
        self.recorder = open_recorder(folder.events)
        self.keys = SqliteStreamKeys(folder.stream_keys)
        self.store = SqliteEventStore(self.recorder, self.keys)
        self.aggregator = Aggregator(folder.secret(), self.inbox, self.store)


class Currencies:
    """The currency of each store, from its settings."""

    def __init__(self, keys: SQLiteKeys) -> None:
        self._keys = keys

    def currency(self, store: str) -> str:
        """See `projections.ports.StoreCurrencies`."""
        found = self._keys.store(store)
        return found.currency if found else "EUR"


class ReadSide:
    """The projections of a data folder."""

    def __init__(self, folder: DataFolder, address: Address, rules: Rules) -> None:
        self.warehouse = Warehouse(address)
        self.log = SqliteNotificationLog(open_recorder(folder.events), SqliteStreamKeys(folder.stream_keys), SHARD)
        self.tracking = SqliteTracking(folder.tracking)
        self.scope = Scope(self.warehouse)
        self.refresh = Refresh(self.warehouse, rules)
        self._lock = folder.projection_lock
        self._keys = SQLiteKeys(folder.path)
        self._dead_letters = SQLiteDeadLetters(folder.dead_letters)

    @property
    def lock(self) -> Callable[[], AbstractContextManager[None]]:
        """Keeps read models still while it is held."""
        return lambda: held(self._lock)

    def projector(self) -> Projector:
        """Return the projector."""
        return Projector(
            log=self.log,
            tracking=self.tracking,
            events=EventsTable(self.warehouse),
            scope=self.scope,
            refresh=self.refresh,
            currencies=Currencies(self._keys),
            lock=self.lock,
            poison=self._poison,
        )

    def rebuild(self) -> Rebuild:
        """Return what rebuilds and verifies."""
        return Rebuild(self.warehouse, self.scope, self.refresh, self.log, self.tracking, self.lock)

    def gaps(self) -> list[int]:
        """Return the notifications that should be in `events` and are not."""
        position = self.tracking.position(SHARD).notification_id
        missing = EventsTable(self.warehouse).missing(SHARD, position)
        return [notification.id for notification in self.log.read_ids(missing)]

    def stores(self) -> list[str]:
        """Return the names of all stores."""
        return [store.name for store in self._keys.stores()]

    def _poison(self, notification: Notification, error: Exception) -> None:
        event = notification.event
        reason = f"{type(error).__name__} at notification {notification.id}"
        letter = DeadLetter(event.store, "project", "poison", "", reason, bytes(event.message), event.received_at)
        self._dead_letters.put_now([letter])
        log.error("projector.poison", error=error, notification=notification.id)


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock of a file."""
    lock = FileLock(path)
    lock.acquire(LOCK_TIMEOUT)
    try:
        yield
    finally:
        lock.release()


def publish_address(folder: DataFolder, server: ClickHouseServer) -> Address:
    """Leave word for the other processes where ClickHouse listens."""
    address = Address(server.host, server.port, server.user, server.password, server.database)
    draft = folder.clickhouse_address.with_suffix(".draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        json.dump(address._asdict(), out)
    draft.replace(folder.clickhouse_address)
    return address


def published_address(folder: DataFolder) -> Address:
    """Return where the running ClickHouse listens."""
    return Address(**json.loads(folder.clickhouse_address.read_text(encoding="utf-8")))


@contextmanager
def clickhouse(folder: DataFolder, settings: Settings) -> Iterator[Address]:
    """Use the ClickHouse of a running `footfall up`, or start one for as long as this is used."""
    server = ClickHouseServer(folder.clickhouse, int(settings.clickhouse_memory_bytes))
    try:
        server.start(busy_timeout=0)
    except FolderBusy:
        yield published_address(folder)
        return
    try:
        server.wait_ready()
        address = publish_address(folder, server)
        migrate(address).close()
        yield address
    finally:
        server.stop()


class Hashing:
    """From raw ids to streams, as the aggregates hash them."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def stream(self, store: str, kind: str, raw_id: str) -> str:
        """See `query_api.ports.Hashing`."""
        normal = {"email": email_address, "phone": phone_number}.get(kind)
        value = (normal(raw_id, kind) or "") if normal else raw_id
        return stream_id(self._secret, store, StreamRef(StreamKind(kind), value))


class Tokens:
    """Query and admin tokens of the stores."""

    def __init__(self, keys: SQLiteKeys) -> None:
        self._keys = keys

    def reader(self, token: str) -> Reader | None:
        """See `query_api.ports.Tokens`."""
        grant = self._keys.find(token)
        return Reader(grant.store) if grant and grant.kind in (KeyKind.QUERY, KeyKind.ADMIN) else None


class PipelineState:
    """How far the pipeline of a data folder is, read from its files by any thread."""

    def __init__(self, folder: DataFolder, dead_letters: SQLiteDeadLetters) -> None:
        self._folder = folder
        self._recorder = open_recorder(folder.events)
        self._tracking = SqliteTracking(folder.tracking)
        self._dead_letters = dead_letters
        self._local = threading.local()

    def progress(self, store: str) -> Progress:
        """See `query_api.ports.Pipeline`. Upstream is read before downstream: `settled` never comes too early."""
        inbox = self._inbox()
        accepted, appended = inbox.accepted_total(), inbox.last_sequence()
        taken, _ = self._recorder.state_of_log()
        recorded = self._recorder.max_notification_id() or 0
        projected = self._tracking.position(SHARD)
        settled = taken >= appended and projected.notification_id >= recorded
        lag = 0.0 if settled else max(0.0, time.time() - projected.absorbed_at / 1e6)
        letters = self._dead_letters.count(store)
        return Progress(accepted, recorded, projected.notification_id, letters, round(lag, 3), settled)

    def absorbed(self) -> Mapping[int, tuple[int, Microseconds]]:
        """See `query_api.ports.Pipeline`."""
        return {SHARD: self._tracking.position(SHARD)}

    def _inbox(self) -> SQLiteInboxReader:
        reader: SQLiteInboxReader | None = getattr(self._local, "inbox", None)
        if reader is None:
            reader = self._local.inbox = SQLiteInboxReader(self._folder.inbox)
        return reader
