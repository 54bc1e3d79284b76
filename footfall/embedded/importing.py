"""Where `footfall import` puts events in a data folder: the inbox, with somebody who records them.

While `footfall up` runs, its aggregator records what is appended; otherwise this process records it itself.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

from footfall.data_folder import DataFolder
from footfall.embedded.write_side import WriteSide
from footfall.file_lock import FileLock, LockHeld
from footfall.importing import MOST_WAITING, pause
from footfall.settings import Settings
from footfall.unrecorded import Unrecorded
from ingest.ports import Overloaded
from ingest.sqlite_inbox import SQLiteInbox
from ingest.sqlite_keys import SQLiteKeys
from ingest.stores import FIRST_STORE, Store
from schemas.facts import AcceptedEvent

POLL_SECONDS = 0.05


@contextmanager
def open_target(settings: Settings) -> Iterator[InboxTarget]:
    """Open the inbox of a data folder, which is made where there is none."""
    folder = DataFolder(settings.data).make()
    with (
        closing(SQLiteKeys(folder.path)) as keys,
        closing(SQLiteInbox(folder.inbox, max_bytes=int(settings.inbox_bytes))) as inbox,
    ):
        yield InboxTarget(folder, WriteSide(folder, settings), keys, inbox)


class InboxTarget:
    """`footfall.importing.Target`."""

    def __init__(self, folder: DataFolder, side: WriteSide, keys: SQLiteKeys, inbox: SQLiteInbox) -> None:
        self._lock = FileLock(folder.up_lock)
        self._side = side
        self._keys = keys
        self._inbox = inbox
        self._unrecorded = Unrecorded(folder.secret(), side.store.taken)
        self._records_itself = False
        self._appended: list[int] = []
        self._interrupted = threading.Event()

    def store(self, name: str | None) -> str:
        """See the port."""
        return (self._keys.keys_of(name) if name else self._keys.first_store(Store(FIRST_STORE))).store

    @contextmanager
    def recording(self, interrupted: threading.Event) -> Iterator[None]:
        """See the port."""
        self._interrupted = interrupted
        try:
            self._lock.acquire(0)
            self._records_itself = True
        except LockHeld:
            self._records_itself = False
        try:
            self._recorded(0)
            yield
            self._recorded(0)
        finally:
            self._lock.release()

    def put(self, events: Sequence[AcceptedEvent]) -> int:
        """See the port."""
        fresh = self._unrecorded.of(events)
        if fresh:
            self._append(fresh)
            self._recorded(MOST_WAITING)
        return len(fresh)

    def _append(self, events: Sequence[AcceptedEvent]) -> None:
        while True:
            try:
                return self._inbox.append_now(events)
            except Overloaded as overloaded:
                if self._records_itself:
                    self._record()
                else:
                    pause(self._interrupted, overloaded.retry_after)

    def _recorded(self, waiting: int) -> None:
        """Return when no more than so many chunks wait to be recorded, besides what others append meanwhile."""
        self._appended.append(self._side.inbox.last_sequence())
        if self._records_itself:
            self._record()
        while len(self._appended) > waiting:
            position = self._side.store.position()
            self._appended = [sequence for sequence in self._appended if sequence > position]
            if len(self._appended) > waiting:
                pause(self._interrupted, POLL_SECONDS)

    def _record(self) -> None:
        while self._side.aggregator.step():
            pass
