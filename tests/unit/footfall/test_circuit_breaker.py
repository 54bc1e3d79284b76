"""The circuit breaker: some poison is the events' fault, much of it is the version's."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall.circuit_breaker import ALLOWED, SHARE, WINDOW, CircuitBreaker, TooMuchPoison


def test_the_numbers_are_those_of_the_page() -> None:
    assert (ALLOWED, SHARE, WINDOW) == (20, 10, 1_000)


def test_a_few_are_allowed_even_where_all_is_poison() -> None:
    breaker = CircuitBreaker().after(range(ALLOWED))
    with pytest.raises(TooMuchPoison) as raised:
        breaker.after([ALLOWED])
    assert (raised.value.poison, raised.value.processed) == (21, 21)


def test_one_in_ten_is_allowed_for_ever() -> None:
    breaker = CircuitBreaker()
    for first in range(9, 50_000, 1_000):
        breaker = breaker.after(range(first, first + 1_000, SHARE))
        assert len(breaker.places) <= WINDOW


def test_more_than_one_in_ten_of_the_last_thousand_is_too_much() -> None:
    breaker = CircuitBreaker().after(range(100_000, 100_100))
    with pytest.raises(TooMuchPoison):
        breaker.after([100_100])
    assert breaker.after([100_100 + WINDOW]).places == (100_100 + WINDOW,)


def test_a_batch_that_comes_again_counts_once() -> None:
    breaker = CircuitBreaker().after(range(0, 400, 20))
    for _ in range(5):
        breaker = breaker.after(range(400, 420))
    assert len(breaker.places) == 40


@given(st.sets(st.integers(0, 5_000), max_size=300), st.integers(1, 40))
def test_how_poison_is_cut_into_batches_changes_nothing(places: set[int], length: int) -> None:
    ordered = sorted(places)
    batches = [ordered[first : first + length] for first in range(0, len(ordered), length)]
    assert tripped([ordered]) == tripped(batches)


def tripped(batches: Iterable[Iterable[int]]) -> bool:
    breaker = CircuitBreaker()
    try:
        for batch in batches:
            breaker = breaker.after(batch)
    except TooMuchPoison:
        return True
    return False
