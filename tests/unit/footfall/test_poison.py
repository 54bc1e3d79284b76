"""Poison becomes dead letters, unless it is too much: then none of the batch does."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from aggregates.ports import Poisoned
from footfall.circuit_breaker import ALLOWED, TooMuchPoison
from footfall.poison import PoisonLetters
from ingest.ports import DeadLetter, Overloaded
from projections import ports as read_side
from tests.builders import accepted_event
from tests.unit.projections.doubles import notification


def accepted(places: range) -> list[Poisoned]:
    return [Poisoned(place, accepted_event(f"m-{place}"), ValueError("why")) for place in places]


def test_a_batch_with_too_much_of_it_leaves_no_letter() -> None:
    kept: list[DeadLetter] = []
    poison = PoisonLetters(kept.extend)
    poison.of_aggregator(accepted(range(ALLOWED)))
    with pytest.raises(TooMuchPoison):
        poison.of_aggregator(accepted(range(ALLOWED, 2 * ALLOWED)))
    assert len(kept) == ALLOWED


def test_facts_that_never_had_a_row_do_not_count() -> None:
    kept: list[DeadLetter] = []
    poison = PoisonLetters(kept.extend)
    facts = [read_side.Poisoned(None, notification(id_), ValueError("why")) for id_ in range(1, 101)]
    poison.of_projector(facts)
    assert [(letter.shard, letter.notification_id) for letter in kept] == [(0, id_) for id_ in range(1, 101)]
    with pytest.raises(TooMuchPoison):
        poison.of_projector([one._replace(place=place) for place, one in enumerate(facts)])


def test_a_batch_that_could_not_be_kept_may_come_again_and_again() -> None:
    def full(_: Sequence[DeadLetter]) -> None:
        raise Overloaded("full", 1)

    poison = PoisonLetters(full)
    for _ in range(3):
        with pytest.raises(Overloaded):
            poison.of_aggregator(accepted(range(15)))
