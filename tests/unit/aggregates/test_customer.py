"""What a Customer decides: copies of one message are one fact, and versions have no gaps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from aggregates.customer import Proposal, decide, propose
from schemas.facts import AcceptedEvent, CustomerEvent, KeyClass
from schemas.streams import StreamId, StreamKind, StreamRef
from tests.builders import NOW
from tests.unit.aggregates.doubles import SECRET, said, stream_of


class Log:
    """The least that remembers reservations and versions: what a store does for a Customer."""

    def __init__(self) -> None:
        self.facts: list[CustomerEvent] = []

    def append(self, *events: AcceptedEvent) -> Sequence[CustomerEvent]:
        proposals = [propose(SECRET, event) for event in events]
        taken = {(fact.stream, fact.event_id) for fact in self.facts}
        decided = decide(proposals, taken, self.versions(proposals)).facts
        self.facts.extend(decided)
        return decided

    def versions(self, proposals: Sequence[Proposal]) -> dict[StreamId, int]:
        counts = Counter(fact.stream for fact in self.facts)
        return {proposal.stream: counts[proposal.stream] for proposal in proposals}


def test_the_first_of_copies_in_one_batch_stands() -> None:
    (fact,) = Log().append(said("m", name="first"), said("m", name="second"))
    assert fact.name == "first"


def test_a_copy_of_what_is_recorded_becomes_no_fact() -> None:
    log = Log()
    log.append(said("m", name="first"))
    assert log.append(said("m", name="second")) == []
    assert [fact.name for fact in log.facts] == ["first"]


def test_one_message_id_by_two_classes_of_keys_is_two_facts() -> None:
    facts = Log().append(said("m", key_class=KeyClass.WRITE), said("m", key_class=KeyClass.SERVER))
    assert [fact.version for fact in facts] == [1, 2]
    assert facts[0].event_id != facts[1].event_id


def test_one_message_id_in_two_streams_is_two_facts() -> None:
    facts = Log().append(said("m", "a-1"), said("m", "a-2"))
    assert [fact.version for fact in facts] == [1, 1]
    assert facts[0].event_id != facts[1].event_id


def test_one_id_in_two_stores_is_two_streams() -> None:
    here, there = Log().append(said("m", store="one"), said("m", store="other"))
    assert here.stream != there.stream


def test_a_duplicate_uses_up_no_version() -> None:
    log = Log()
    log.append(said("1"))
    assert [fact.version for fact in log.append(said("1"), said("2"), said("2"), said("3"))] == [2, 3]


def test_a_fact_names_its_own_stream_first_then_its_claims() -> None:
    event = said("m", claims=(StreamRef(StreamKind.EMAIL, "ada@example.com"), StreamRef(StreamKind.PHONE, "+1")))
    (fact,) = Log().append(event)
    assert [raw for _, raw in fact.names] == ["a-1", "ada@example.com", "+1"]
    assert [stream[0] for stream, _ in fact.names] == ["a", "e", "p"]
    assert fact.names[0][0] == fact.stream == stream_of("a-1")


def test_what_was_accepted_is_kept_and_the_commit_sets_the_time_of_recording() -> None:
    event = said("m")
    (fact,) = Log().append(event)
    assert (fact.message, fact.occurred_at, fact.received_at, fact.fact) == (event.message, NOW, NOW, "ProductViewed:1")
    assert fact.recorded_at == 0


PROPOSED = st.tuples(st.sampled_from("abc"), st.sampled_from("123456"), st.sampled_from(tuple(KeyClass)))
Batches = list[list[tuple[str, str, KeyClass]]]


def appended(batches: Batches) -> Log:
    log = Log()
    for batch in batches:
        log.append(*(said(message_id, stream, key_class=key) for stream, message_id, key in batch))
    return log


@given(st.lists(st.lists(PROPOSED, max_size=8), max_size=5), st.randoms())
def test_no_duplication_and_no_order_of_arrival_changes_the_set_of_facts(batches: Batches, chance: Random) -> None:
    again = [one for batch in batches for one in batch] * 2
    chance.shuffle(again)
    cut = len(again) // 3
    shuffled = appended([again[:cut], again[cut:], again[:cut]])
    straight = appended(batches)
    assert {fact.event_id for fact in shuffled.facts} == {fact.event_id for fact in straight.facts}
    assert len({fact.event_id for fact in shuffled.facts}) == len(shuffled.facts)


@given(st.lists(st.lists(PROPOSED, max_size=8), max_size=5))
def test_the_versions_of_every_stream_rise_from_one_without_gaps(batches: Batches) -> None:
    log = appended(batches)
    for stream in {fact.stream for fact in log.facts}:
        versions = [fact.version for fact in log.facts if fact.stream == stream]
        assert versions == list(range(1, len(versions) + 1))
