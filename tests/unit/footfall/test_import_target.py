"""The target of an import in the distributed mode: retried, bounded, counted right, and ended by Ctrl-C."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pytest

from footfall.distributed import importing
from footfall.distributed.importing import TopicTarget
from footfall.distributed.kafka_topics import KafkaUnavailable
from footfall.importing import MOST_WAITING
from footfall.unrecorded import Unrecorded
from ingest.admission import Arrival, Rules, admit
from ingest.ports import Overloaded
from ingest.stores import Store, StoreError
from schemas.facts import AcceptedEvent
from schemas.streams import StreamId
from tests.builders import NOW, SERVER, message

Reservation = tuple[StreamId, str]


class Pipeline:
    """A topic with a record for each append, and an aggregator that records `pace` of them whenever it is asked."""

    def __init__(self, pace: int = 1000) -> None:
        self.pace = pace
        self.full: list[Exception] = []
        self.away: list[Exception] = []
        self.records: list[Sequence[AcceptedEvent]] = []
        self.most_waiting = 0
        self._recorded = 0

    def append_now(self, events: Sequence[AcceptedEvent]) -> None:
        self.records.append(events)  # given up does not mean that it is not there
        if self.full:
            raise self.full.pop()

    def stores(self) -> Sequence[Store]:
        return [Store("tea"), Store("cups")]

    def ends(self) -> Mapping[int, int]:
        if self.away:
            raise self.away.pop()
        self.most_waiting = max(self.most_waiting, len(self.records) - self._recorded)
        return {0: len(self.records), 1: 0}

    def recorded(self) -> Mapping[int, int]:
        self._recorded = min(len(self.records), self._recorded + self.pace)
        return {0: self._recorded} if self._recorded else {}

    def taken(self, _: Collection[Reservation]) -> set[Reservation]:
        return set()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "POLL_SECONDS", 0)
    monkeypatch.setattr(importing, "RETRY_SECONDS", 0)


def target_on(pipeline: Pipeline) -> TopicTarget:
    return TopicTarget(pipeline, pipeline, Unrecorded(bytes(32), pipeline.taken))


def events(*ids: str, **said: Any) -> list[AcceptedEvent]:
    return [admit(message(messageId=one, **said), None, Arrival(SERVER, NOW), Rules()) for one in ids]


def test_copies_are_counted_once_and_what_was_given_up_is_appended_again() -> None:
    pipeline = Pipeline()
    target = target_on(pipeline)
    with target.recording(threading.Event()):
        pipeline.full, pipeline.away = [Overloaded("away", 0), Overloaded("away", 0)], [KafkaUnavailable("away")]
        assert target.put(events("1", "2", "1")) == 2
        assert target.put(events("2", "3")) == 1
    assert [[event.message_id for event in record] for record in pipeline.records] == [["1", "2"]] * 3 + [["3"]]


def test_what_waits_unrecorded_is_bounded_and_in_the_end_nothing_does() -> None:
    pipeline = Pipeline(pace=1)
    target = target_on(pipeline)
    with target.recording(threading.Event()):
        for number in range(3 * MOST_WAITING):
            target.put(events(str(number)))
    assert pipeline.most_waiting == MOST_WAITING + 1
    assert pipeline.recorded() == {0: 3 * MOST_WAITING}


def test_large_messages_are_appended_bite_by_bite() -> None:
    pipeline = Pipeline()
    names = [str(number) for number in range(150)]
    target = target_on(pipeline)
    with target.recording(threading.Event()):
        assert target.put(events(*names, properties={"text": "x" * 20_000})) == 150
    assert [len(record) for record in pipeline.records] == [53, 53, 44]
    assert [event.message_id for record in pipeline.records for event in record] == names


def test_an_interrupted_import_waits_no_more() -> None:
    pipeline, interrupted = Pipeline(pace=0), threading.Event()
    target = target_on(pipeline)

    def interrupt() -> None:
        with target.recording(interrupted):
            target.put(events("1"))
            interrupted.set()

    with pytest.raises(KeyboardInterrupt):
        interrupt()


def test_a_store_is_named_or_the_first() -> None:
    target = target_on(Pipeline())
    assert (target.store(None), target.store("cups")) == ("tea", "cups")
    with pytest.raises(StoreError, match="no store pots"):
        target.store("pots")
