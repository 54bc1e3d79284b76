"""`footfall import`: files of Segment messages into the inbox, idempotent, resumable by running it again.

While `footfall up` runs, its aggregator records what is appended; otherwise this process records it itself.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import json
import signal
import threading
import time
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aggregates.customer import propose
from footfall.data_folder import DataFolder
from footfall.embedded.write_side import WriteSide
from footfall.file_lock import FileLock, LockHeld
from footfall.rules import admission_rules
from footfall.settings import Settings
from footfall.up import FIRST_STORE
from ingest.admission import Arrival, Rules, admit
from ingest.ports import Caller, Overloaded
from ingest.sqlite_inbox import SQLiteInbox
from ingest.sqlite_keys import SQLiteKeys
from ingest.stores import Store
from schemas import json as exact_json
from schemas.errors import FootfallError, InvalidInput
from schemas.facts import AcceptedEvent, KeyClass

CHUNK = 1_000
MOST_WAITING = 50
"""Chunks that may wait in the inbox for the aggregator of a running product."""
REMEMBERED = 200_000
"""Event ids remembered, to tell duplicates within what is not recorded yet: more than can wait."""

Told = Callable[[str, int, int], None]


class DamagedFile(FootfallError):
    """A gzip file that ends too early or is no gzip file all the way."""


@dataclass
class Outcome:
    """Counts of lines, and the files that hold the refused ones."""

    accepted: int = 0
    duplicate: int = 0
    refused: int = 0
    refusals: list[Path] = field(default_factory=list)


def import_files(
    settings: Settings, files: Sequence[Path], store: str | None, key_class: KeyClass, told: Told
) -> Outcome:
    """Import files one after the other and return the counts."""
    folder = DataFolder(settings.data).make()
    keys = SQLiteKeys(folder.path)
    name = (keys.keys_of(store) if store else keys.first_store(Store(FIRST_STORE))).store
    rules = Rules(write_key_max_age=None, allowed_parameters=admission_rules(settings).allowed_parameters)
    with contextlib.closing(SQLiteInbox(folder.inbox, max_bytes=int(settings.inbox_bytes))) as inbox:
        target = _Target(folder, settings, inbox)
        outcome = Outcome()
        with target.recording(), _interrupted_between_lines() as interrupted:
            target.interrupted = interrupted
            for file in files:
                _import_file(file, Caller(name, key_class), rules, target, outcome, told)
    return outcome


@contextlib.contextmanager
def _interrupted_between_lines() -> Iterator[threading.Event]:
    """Take Ctrl-C as a flag: raised in the middle of a check, a library might take it for a fault of the line."""
    interrupted = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield interrupted
        return
    before = signal.signal(signal.SIGINT, lambda *_: interrupted.set())
    try:
        yield interrupted
    finally:
        signal.signal(signal.SIGINT, before)


class _Target:
    """Where accepted events go: the inbox, with somebody who records them."""

    def __init__(self, folder: DataFolder, settings: Settings, inbox: SQLiteInbox) -> None:
        self._folder = folder
        self._inbox = inbox
        self._side = WriteSide(folder, settings)
        self._secret = folder.secret()
        self._records_itself = False
        self._recent: OrderedDict[str, None] = OrderedDict()
        self._appended: list[int] = []
        self.interrupted = threading.Event()

    @contextlib.contextmanager
    def recording(self) -> Iterator[None]:
        """Record in this process unless a running product does."""
        lock = FileLock(self._folder.up_lock)
        try:
            lock.acquire(0)
            self._records_itself = True
        except LockHeld:
            self._records_itself = False
        try:
            yield
            self._recorded(0)
        finally:
            lock.release()

    def put(self, events: Sequence[AcceptedEvent]) -> int:
        """Append events that are not there yet and return how many are."""
        proposals = [propose(self._secret, event) for event in events]
        taken = self._side.store.taken([proposal.reservation for proposal in proposals])
        fresh = [p for p in proposals if p.reservation not in taken and self._is_new(p.event_id)]
        if fresh:
            self._append([proposal.accepted for proposal in fresh])
            self._appended.append(self._side.inbox.last_sequence())
            self._recorded(MOST_WAITING)
        return len(events) - len(fresh)

    def _is_new(self, event_id: str) -> bool:
        if event_id in self._recent:
            return False
        self._recent[event_id] = None
        if len(self._recent) > REMEMBERED:
            self._recent.popitem(last=False)
        return True

    def _append(self, events: Sequence[AcceptedEvent]) -> None:
        while True:
            try:
                return self._inbox.append_now(events)
            except Overloaded as overloaded:
                if self._records_itself:
                    self._record()
                else:
                    time.sleep(overloaded.retry_after)

    def _recorded(self, waiting: int) -> None:
        """Return when no more than so many chunks wait to be recorded."""
        if self._records_itself:
            self._record()
        while len(self._appended) > waiting:
            position = self._side.store.position()
            self._appended = [sequence for sequence in self._appended if sequence > position]
            if len(self._appended) > waiting:
                time.sleep(0.05)

    def _record(self) -> None:
        while self._side.aggregator.step():
            pass


def _import_file(file: Path, caller: Caller, rules: Rules, target: _Target, outcome: Outcome, told: Told) -> None:
    digest = _digest(file)
    refusals = file.with_name(f"{file.name}.refused.jsonl")
    chunk: list[AcceptedEvent] = []
    with contextlib.ExitStack() as stack:
        stack.callback(lambda: _put(chunk, target, outcome))
        report: io.TextIOBase | None = None
        lines = 0
        for number, line in _lines(file):
            if target.interrupted.is_set():
                raise KeyboardInterrupt
            lines = number
            try:
                chunk.append(_admitted(line, f"{digest}-{number}", caller, rules))
            except InvalidInput as fault:
                outcome.refused += 1
                if report is None:
                    report = stack.enter_context(refusals.open("w", encoding="utf-8"))
                    outcome.refusals.append(refusals)
                report.write(_refusal(number, fault, line))
            if len(chunk) == CHUNK:
                _put(chunk, target, outcome)
                chunk = []
                told(file.name, lines, 0)
        told(file.name, lines, lines)


def _put(chunk: Sequence[AcceptedEvent], target: _Target, outcome: Outcome) -> None:
    duplicates = target.put(chunk) if chunk else 0
    outcome.duplicate += duplicates
    outcome.accepted += len(chunk) - duplicates


def _admitted(line: bytes, message_id: str, caller: Caller, rules: Rules) -> AcceptedEvent:
    message = exact_json.decode(line)
    if isinstance(message, dict) and not message.get("messageId"):
        message = {**message, "messageId": message_id}
    arrival = Arrival(caller, time.time_ns() // 1000, is_import=True)
    return admit(message, None, arrival, rules)


def _refusal(number: int, fault: InvalidInput, line: bytes) -> str:
    said = {"line": number, "code": fault.code, "field": fault.field, "message": fault.message}
    return json.dumps({**said, "raw": line.decode("utf-8", "replace")}) + "\n"


def _lines(file: Path) -> Iterator[tuple[int, bytes]]:
    """Return number (from 1) and text of every line that is not empty; gzip is known by its first bytes."""
    with file.open("rb") as raw:
        zipped = raw.read(2) == b"\x1f\x8b"
    with gzip.open(file, "rb") if zipped else file.open("rb") as text:
        number = 0
        try:
            for number, line in enumerate(text, 1):
                if line.strip():
                    yield number, line.strip()
        except (EOFError, zlib.error, gzip.BadGzipFile) as damage:
            raise DamagedFile(f"{file} is damaged after line {number}; what came before is imported") from damage


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()[:32]
