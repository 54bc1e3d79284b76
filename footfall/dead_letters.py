"""What an operator does with dead letters: find them, replay them, discard them. Both run modes, by the ports below.

A replay may be repeated, and may end anywhere: the same letter gives the same events, a letter goes only once what
became of it is durable, and not when it came again meanwhile. Options and printing belong in the commands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import msgspec

from aggregates.customer import propose
from footfall.poison import reason_of
from ingest.admission import Rules
from ingest.consent import ConsentChoice
from ingest.kept_letters import KeptLetter, Wanted
from ingest.ports import ADMISSION, AGGREGATE, PROJECT
from ingest.readmission import readmit
from schemas.facts import AcceptedEvent

PAGE = 100
"""Letters read at once."""

GROUP_BYTES = 1024 * 1024
"""Messages beyond this are appended before the next letter is read: bounds the memory of a replay."""

Place = tuple[int, int]
"""Shard and notification id of a fact."""


class Letters(Protocol):
    """The dead letters, for an operator."""

    def page(self, wanted: Wanted, *, limit: int, before: int | None = None) -> Sequence[KeptLetter]:
        """Return letters with numbers below `before`, newest first."""
        ...

    def page_after(self, wanted: Wanted, *, after: int, up_to: int, limit: int) -> Sequence[KeptLetter]:
        """Return letters with numbers above `after` and not above `up_to`, oldest first."""
        ...

    def get(self, id_: str, /) -> KeptLetter | None:
        """Return one letter."""
        ...

    def delete(self, letters: Sequence[KeptLetter], /) -> int:
        """Discard letters, durably, except those that came again since they were read; say how many went."""
        ...


class Pipeline(Protocol):
    """Where replayed letters go."""

    def append(self, events: Sequence[AcceptedEvent], /) -> None:
        """Append to the log of accepted events; durable on return, or Overloaded."""
        ...

    def project(self, places: Sequence[Place], /) -> Mapping[Place, str]:
        """Project facts again; return why some of them still have no row. What was erased needs none."""
        ...


@dataclass(frozen=True)
class Desk:
    """All that the commands work with."""

    letters: Letters
    pipeline: Pipeline
    rules: Rules
    """Of admission, as they are today."""
    secret: bytes
    """By which ids are hashed."""
    consent_of: Callable[[str], ConsentChoice] = lambda _: ConsentChoice.RECORD
    """What a store does today with events of those who did not consent."""


class Replayed(NamedTuple):
    """What became of a letter: how many events it gave, and why it stays (empty where it went)."""

    id: str
    events: int
    refused: str


class _Attempt(NamedTuple):
    kept: KeptLetter
    events: Sequence[AcceptedEvent] = ()
    refused: str = ""
    place: Place | None = None


def oldest_first(letters: Letters, wanted: Wanted) -> Iterator[KeptLetter]:
    """Return all letters that are there now, and none that comes while they are worked on."""
    newest = letters.page(wanted, limit=1)
    last, done = newest[0].number if newest else 0, 0
    while found := letters.page_after(wanted, after=done, up_to=last, limit=PAGE):
        yield from found
        done = found[-1].number


def replay(desk: Desk, letters: Iterable[KeptLetter]) -> Iterator[Replayed]:
    """Send letters on their way again, in groups."""
    group: list[_Attempt] = []
    size = 0
    for kept in letters:
        attempt = _attempt(desk, kept)
        group.append(attempt)
        size += sum(len(memoryview(event.message)) for event in attempt.events)
        if size > GROUP_BYTES or len(group) == PAGE:
            yield from _done(desk, group)
            group, size = [], 0
    yield from _done(desk, group)


def _done(desk: Desk, group: Sequence[_Attempt]) -> list[Replayed]:
    """Make a group durable, then discard its letters: killed in between, it is replayed again."""
    events = [event for attempt in group for event in attempt.events]
    if events:
        desk.pipeline.append(events)
    places = [attempt.place for attempt in group if attempt.place]
    rowless = desk.pipeline.project(places) if places else {}
    settled = [_told(attempt, rowless) for attempt in group]
    gone = [attempt.kept for attempt in settled if not attempt.refused]
    if gone:
        desk.letters.delete(gone)
    return [_replayed(attempt) for attempt in settled]


def _told(attempt: _Attempt, rowless: Mapping[Place, str]) -> _Attempt:
    reason = rowless.get(attempt.place) if attempt.place else None
    return attempt._replace(refused=reason) if reason else attempt


def _replayed(attempt: _Attempt) -> Replayed:
    projected = bool(attempt.place) and not attempt.refused
    return Replayed(attempt.kept.id, len(attempt.events) + projected, attempt.refused)


def _attempt(desk: Desk, kept: KeptLetter) -> _Attempt:
    letter = kept.letter
    if letter.stage == ADMISSION:
        found = readmit(kept, desk.rules, desk.consent_of(kept.letter.store))
        return _Attempt(kept, found.accepted, found.refused)
    if letter.stage == AGGREGATE:
        return _accepted(desk, kept)
    if letter.stage == PROJECT and letter.notification_id:
        return _Attempt(kept, place=(letter.shard, letter.notification_id))
    return _Attempt(kept, refused=f"nothing is known of how to replay it (stage {letter.stage})")


def _accepted(desk: Desk, kept: KeptLetter) -> _Attempt:
    """An event that cannot be recorded now either is not appended: it would only come back."""
    try:
        event = msgspec.json.decode(kept.letter.raw, type=AcceptedEvent)
        propose(desk.secret, event)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one event
        return _Attempt(kept, refused=reason_of(error))
    return _Attempt(kept, [event])
