"""Erasures in a data folder: what the eraser works with there, and the places of copies, in one list."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from aggregates.event_store import RecordedEventStore
from aggregates.recording import proposed, record
from footfall.data_folder import SHARD, DataFolder
from footfall.embedded.backups_place import BackupsPlace
from footfall.embedded.dead_letters import open_dead_letters
from footfall.embedded.read_side import ReadSide
from footfall.erasing.answers import Answers, AnswersPlace
from footfall.erasing.eraser import Eraser
from footfall.erasing.erasure import Erasure, Removed
from footfall.erasing.letters import LettersPlace
from footfall.erasing.ports import NotYet, Place
from footfall.erasing.retention import Retention
from footfall.erasing.sqlite_ledger import SqliteLedger
from footfall.erasing.sqlite_leftovers import clear
from footfall.file_lock import FileLock, LockHeld, held
from footfall.settings import Settings
from ingest.sqlite_inbox import SQLiteInboxReader
from projections.projector import Projector
from projections.removal import Removal
from schemas.facts import AcceptedEvent, Microseconds
from schemas.streams import StreamId

INBOX = "inbox"

CLEAR_SECONDS = 15.0
"""How often the inbox is cleared of what was in it, where anybody was ever erased."""


def now() -> Microseconds:
    """Return the moment it is."""
    return time.time_ns() // 1000


class FolderFacts:
    """`footfall.erasing.ports.Facts` of a data folder."""

    def __init__(self, folder: DataFolder, side: ReadSide, projector: Projector, inbox: SQLiteInboxReader) -> None:
        self._folder = folder
        self._side = side
        self._projector = projector
        self._inbox = inbox
        self._store = RecordedEventStore(side.recorder, side.keys)
        self._secret = folder.secret()
        answers = Answers(side.sources, self._secret, side.keeps_sales)
        self.latest, self.sales, self.inactive = answers.latest, answers.sales, answers.inactive
        self.persons = answers.persons

    @contextmanager
    def still(self) -> Iterator[None]:
        """See the port. The projector is ours: it absorbs what is missing."""
        with held(self._folder.recording_lock):
            end = self._side.log.last_id()
            while (position := self._position()) < end:
                self._projector.step()
                if self._position() == position:
                    raise NotYet("the projector does not come forward")
            yield

    def versions(self, streams: Collection[StreamId]) -> Mapping[StreamId, int]:
        """See the port."""
        return {StreamId(stream): version for stream, version in self._side.recorder.max_version(streams).items()}

    def record(self, events: Sequence[AcceptedEvent]) -> None:
        """See the port."""
        if events:
            record(self._store, proposed(self._secret, dict(enumerate(events)), _no_poison), _no_poison)

    def marks(self) -> Mapping[str, int]:
        """See the port."""
        return {INBOX: self._inbox.last_sequence()}

    def destroy(self, generations: Mapping[StreamId, int], until: Microseconds) -> None:
        """See the port."""
        self._side.keys.destroy(generations, until)

    def _position(self) -> int:
        return self._side.tracking.position(SHARD).notification_id


def _cleared(path: Path) -> str:
    clear(path)
    return ""


def _no_poison(poisoned: Sequence[object]) -> None:
    raise AssertionError(f"{len(poisoned)} of our own events cannot be recorded")


class KeysPlace:
    """The event store: its facts are sealed, and what opens them leaves no trace."""

    name = "event_store"

    def __init__(self, folder: DataFolder) -> None:
        self._folder = folder

    def remove(self, erasure: Erasure) -> Removed:
        """See the port."""
        clear(self._folder.stream_keys)
        found = sum(version - 1 for version in erasure.generations.values())
        return Removed(found=found, done="keys destroyed: the facts stay sealed for ever", at=now())


class InboxPlace:
    """The inbox: what was said before is recorded or refused first, and then nothing of it is left in the file."""

    name = INBOX

    def __init__(self, folder: DataFolder, inbox: SQLiteInboxReader) -> None:
        self._folder = folder
        self._inbox = inbox

    def remove(self, erasure: Erasure) -> Removed:
        """See the port."""
        mark = erasure.marks.get(INBOX, 0)
        first = self._inbox.first_sequence()
        if first is not None and first <= mark:
            raise NotYet("events of before are still to be recorded")
        clear(self._folder.inbox)
        return Removed(found=0, done="what was said before is recorded or refused; the file written anew", at=now())


class FolderErasing:
    """Erasures of a data folder, carried out beside the projector."""

    def __init__(
        self, folder: DataFolder, settings: Settings, side: ReadSide, projector: Projector, ledger: SqliteLedger
    ) -> None:
        inbox = SQLiteInboxReader(folder.inbox)
        letters = open_dead_letters(folder, settings)
        self.ledger = ledger
        removal = Removal(side.warehouse, side.upkeep, side.lock)
        self._backups = BackupsPlace(folder, settings, self.ledger)
        places: list[Place] = [
            KeysPlace(folder),
            AnswersPlace(self.ledger, removal, now),
            LettersPlace(letters, folder.secret(), now, lambda: _cleared(folder.dead_letters)),
            InboxPlace(folder, inbox),
            self._backups,
        ]
        facts = FolderFacts(folder, side, projector, inbox)
        self.eraser = Eraser(self.ledger, facts, places, now)
        self._retention = Retention(self.ledger, facts, side.all_stores, now)
        self._folder = folder
        self._inbox = inbox
        self._lock = FileLock(folder.erasing_lock)
        self._cleared, self._next = -1, 0.0

    def step(self) -> bool:
        """Carry on with what there is to do; tell whether all is done. While somebody else does, nothing happens."""
        self._retention.look()
        if not self.eraser.waiting():
            self._clear_inbox()
            self._look_for_backups()
            return True
        try:
            self._lock.acquire(0)
        except LockHeld:
            return False
        try:
            return self.eraser.step()
        finally:
            self._lock.release()

    def _look_for_backups(self) -> None:
        with contextlib.suppress(NotYet):  # one is being made: the next look will do
            self._backups.look()

    def _clear_inbox(self) -> None:
        """Of what comes later of the erased, refused or a copy, nothing stays in the file for long either."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + CLEAR_SECONDS
        came = self._inbox.accepted_total()
        if came != self._cleared and self._inbox.first_sequence() is None and not self.ledger.is_empty():
            with suppress(NotYet):  # in use just now: the next time will do
                clear(self._folder.inbox)
                self._cleared = came
