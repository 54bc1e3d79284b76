"""Replays of dead letters: nothing is lost and nothing changes twice, wherever they end and whoever works meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest

from aggregates import ports as write_side
from footfall.dead_letters import PAGE, Desk, Place, Replayed, oldest_first, replay
from footfall.poison import accepted_letter, fact_letter
from ingest.admission import Rules
from ingest.kept_letters import Wanted, letter_id
from ingest.ports import DeadLetter, Overloaded
from ingest.sqlite_dead_letters import SQLiteDeadLetters
from projections import ports as read_side
from schemas.facts import AcceptedEvent
from tests.builders import NOW, accepted_event, message
from tests.unit.aggregates.doubles import SECRET
from tests.unit.projections.doubles import notification


def refused(number: int = 1, **fields: Any) -> DeadLetter:
    """A letter of the collector that is taken now."""
    raw = json.dumps(message(**{"messageId": f"m-{number}", **fields})).encode()
    return DeadLetter("shop", "admission", "gone", "", "was refused", raw, NOW, "write", envelope=b"{}")


def unrecorded(event: AcceptedEvent) -> DeadLetter:
    return accepted_letter(write_side.Poisoned(0, event, ValueError("why")))


def rowless(number: int) -> DeadLetter:
    return fact_letter(read_side.Poisoned(0, notification(number), ValueError("why")))


@dataclass
class Destinations:
    """The pipeline that a replay feeds, in memory."""

    events: list[AcceptedEvent] = field(default_factory=list)
    projected: list[Place] = field(default_factory=list)
    rowless: dict[Place, str] = field(default_factory=dict)
    appending: Callable[[], None] = lambda: None

    def append(self, events: Sequence[AcceptedEvent]) -> None:
        self.events.extend(events)
        self.appending()

    def project(self, places: Sequence[Place]) -> Mapping[Place, str]:
        self.projected.extend(places)
        return self.rowless


class Office:
    """Letters in a file, and a desk to work on them."""

    def __init__(self, letters: SQLiteDeadLetters) -> None:
        self.letters = letters
        self.pipeline = Destinations()
        self.desk = Desk(letters, self.pipeline, Rules(), SECRET)

    def put(self, *letters: DeadLetter) -> None:
        for letter in letters:
            self.letters.put_now([letter])

    def replay(self, wanted: Wanted = Wanted()) -> list[Replayed]:  # noqa: B008 - a value
        return list(replay(self.desk, oldest_first(self.letters, wanted)))


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with closing(SQLiteDeadLetters(tmp_path / "dead.db")) as letters:
        yield Office(letters)


def test_each_stage_goes_back_to_where_it_came_from(office: Office) -> None:
    event = accepted_event("m-2")
    office.put(refused(), unrecorded(event), rowless(7))
    assert [(one.events, one.refused) for one in office.replay()] == [(1, "")] * 3
    assert [one.message_id for one in office.pipeline.events] == ["m-1", "m-2"]
    assert office.pipeline.events[1] == event
    assert office.pipeline.projected == [(0, 7)]
    assert office.letters.count() == 0


def test_what_is_refused_again_stays_with_its_reason(office: Office) -> None:
    unknown = accepted_event("m-2", fact="FromTheFuture:1")
    broken = DeadLetter("shop", "aggregate", "poison", "", "", b"{", NOW)
    nowhere = DeadLetter("shop", "project", "poison", "", "", b"{}", NOW)
    letters = [refused(anonymousId=None), unrecorded(unknown), broken, rowless(7), nowhere]
    office.pipeline.rowless = {(0, 7): "KeyError: 'x'"}
    office.put(*letters)
    outcomes = office.replay()
    assert [one.id for one in outcomes] == [letter_id(letter) for letter in letters]
    reasons = [one.refused.split(":")[0] for one in outcomes]
    assert reasons[:2] == ["no_id", "Unrecordable"]
    assert reasons[3:] == ["KeyError", "nothing is known of how to replay it (stage project)"]
    assert all(reasons)
    assert office.pipeline.events == []
    assert office.letters.count() == 5


def test_an_accepted_event_comes_out_as_it_was() -> None:
    for event in (accepted_event(message=msgspec.Raw(b'{"a": 1.50}')), accepted_event(received_at=10**30)):
        assert msgspec.json.decode(unrecorded(event).raw, type=AcceptedEvent) == event


def test_times_of_an_event_that_cannot_be_true_do_not_make_letters_old(office: Office) -> None:
    office.put(refused())
    office.put(unrecorded(accepted_event(received_at=10**30)), unrecorded(accepted_event("m-2", received_at=-1)))
    assert office.letters.get(letter_id(refused())) is not None


class Killed(BaseException):
    """The process ends here."""


def test_a_replay_that_is_killed_gives_copies_when_it_is_repeated(office: Office) -> None:
    def die() -> None:
        raise Killed

    office.put(
        *(refused(number, messageId=None, userId=f"u-{number}") for number in range(3)),
        unrecorded(accepted_event("m-9")),
    )
    office.pipeline.appending = die
    with pytest.raises(Killed):
        office.replay()
    assert office.letters.count() == 4
    office.pipeline.appending = lambda: None
    office.replay()
    first, second = office.pipeline.events[:4], office.pipeline.events[4:]
    assert first == second
    assert office.letters.count() == 0


def test_nothing_is_discarded_where_the_log_is_full(office: Office) -> None:
    def full() -> None:
        raise Overloaded("the inbox is full", 5)

    office.put(refused())
    office.pipeline.appending = full
    with pytest.raises(Overloaded):
        office.replay()
    assert office.letters.count() == 1


def test_a_letter_that_comes_again_during_its_replay_stays(office: Office) -> None:
    """The running aggregator may refuse what was appended before the replay has discarded the letter."""
    event = accepted_event("m-1")
    office.put(unrecorded(event))
    office.pipeline.appending = lambda: office.put(unrecorded(event))
    assert [one.refused for one in office.replay()] == [""]
    assert office.letters.count() == 1


def test_letters_that_come_meanwhile_wait_for_the_next_replay(office: Office) -> None:
    office.put(*(refused(number) for number in range(PAGE + 5)))
    office.pipeline.appending = lambda: office.put(refused(1_000 + len(office.pipeline.events)))
    assert len(office.replay()) == PAGE + 5
    assert [event.message_id for event in office.pipeline.events] == [f"m-{number}" for number in range(PAGE + 5)]
    assert office.letters.count() == 2


def test_only_what_is_wanted_is_replayed(office: Office) -> None:
    others = [refused()._replace(store="other"), refused()._replace(code="other"), rowless(1)]
    office.put(*others, refused())
    assert len(office.replay(Wanted("shop", "admission", "gone"))) == 1
    assert office.letters.count() == 3
    assert office.replay(Wanted("nobody")) == []


def test_of_a_body_the_good_events_go_and_the_letter_stays(office: Office) -> None:
    body = json.dumps({"batch": [message(), message(messageId="m-2", anonymousId=None)]}).encode()
    office.put(DeadLetter("shop", "admission", "x", "", "", body, NOW, "write"))
    for _ in range(2):
        (outcome,) = office.replay()
        assert (outcome.events, outcome.refused[:12]) == (1, "1 of 2 event")
    assert office.pipeline.events[0] == office.pipeline.events[1]
    assert office.letters.count() == 1
