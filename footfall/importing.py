"""`footfall import`: files of Segment messages, checked line by line, idempotent, resumable by running it again.

Knows lines and counts. Where accepted events go, and who records them, is the run mode's (`Target`).
"""

from __future__ import annotations

import contextlib
import io
import json
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from footfall.message_files import digest_of, lines_of
from ingest.admission import Arrival, Rules, admit
from ingest.ports import Caller
from schemas import json as exact_json
from schemas.errors import InvalidInput
from schemas.facts import AcceptedEvent

CHUNK = 1_000
MOST_WAITING = 50
"""Chunks that may wait for somebody else's aggregator: bounds what an import adds to its backlog."""

Told = Callable[[str, int, int], None]


class Target(Protocol):
    """Where accepted events go."""

    def store(self, name: str | None) -> str:
        """Return the name of a store that there is, without a name that of the first; raises StoreError."""

    def recording(self, interrupted: threading.Event) -> AbstractContextManager[None]:
        """See that what is put is recorded: all of it, where this is left without a fault.

        What an earlier run left unrecorded comes first, so that it is counted as duplicate. Whatever waits here or in
        `put` ends by `pause`.
        """

    def put(self, events: Sequence[AcceptedEvent]) -> int:
        """Append those that are not there yet; return how many that were, once they are durable."""


@dataclass
class Outcome:
    """Counts of lines, and the files that hold the refused ones."""

    accepted: int = 0
    duplicate: int = 0
    refused: int = 0
    refusals: list[Path] = field(default_factory=list)


def import_files(target: Target, files: Sequence[Path], caller: Caller, rules: Rules, told: Told) -> Outcome:
    """Import files one after the other and return the counts."""
    outcome = Outcome()
    importing = _Importing(target, caller, rules, outcome, told)
    with _interrupted_between_lines() as interrupted, target.recording(interrupted):
        for file in files:
            importing.import_file(file, interrupted)
    return outcome


def pause(interrupted: threading.Event, seconds: float) -> None:
    """Wait, or raise KeyboardInterrupt."""
    if interrupted.wait(seconds):
        raise KeyboardInterrupt


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


@dataclass
class _Importing:
    """Lines into a target, counted."""

    target: Target
    caller: Caller
    rules: Rules
    outcome: Outcome
    told: Told

    def import_file(self, file: Path, interrupted: threading.Event) -> None:
        digest = digest_of(file)
        refusals = file.with_name(f"{file.name}.refused.jsonl")
        chunk: list[AcceptedEvent] = []
        with contextlib.ExitStack() as stack:
            stack.callback(lambda: self._put(chunk))
            report: io.TextIOBase | None = None
            lines = 0
            for number, line in lines_of(file):
                pause(interrupted, 0)
                lines = number
                try:
                    chunk.append(self._admitted(line, f"{digest}-{number}"))
                except InvalidInput as fault:
                    self.outcome.refused += 1
                    if report is None:
                        report = stack.enter_context(refusals.open("w", encoding="utf-8"))
                        self.outcome.refusals.append(refusals)
                    report.write(_refusal(number, fault, line))
                if len(chunk) == CHUNK:
                    self._put(chunk)
                    chunk = []
                    self.told(file.name, lines, 0)
            self.told(file.name, lines, lines)

    def _put(self, chunk: Sequence[AcceptedEvent]) -> None:
        accepted = self.target.put(chunk) if chunk else 0
        self.outcome.accepted += accepted
        self.outcome.duplicate += len(chunk) - accepted

    def _admitted(self, line: bytes, message_id: str) -> AcceptedEvent:
        message = exact_json.decode(line)
        if isinstance(message, dict) and not message.get("messageId"):
            message = {**message, "messageId": message_id}
        arrival = Arrival(self.caller, time.time_ns() // 1000, is_import=True)
        return admit(message, None, arrival, self.rules)


def _refusal(number: int, fault: InvalidInput, line: bytes) -> str:
    said = {"line": number, "code": fault.code, "field": fault.field, "message": fault.message}
    return json.dumps({**said, "raw": line.decode("utf-8", "replace")}) + "\n"
