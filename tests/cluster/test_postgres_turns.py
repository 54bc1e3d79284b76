"""The turns of refreshes rise, whichever process takes one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.cluster.opened import Open

pytestmark = pytest.mark.product


def test_a_turn_is_above_all_that_were_taken_before_by_whichever_process(databases: Open) -> None:
    one, other = databases(), databases()
    taken = [each.turns.next() for _ in range(3) for each in (one, other)]
    assert taken == sorted(set(taken))
    with ThreadPoolExecutor() as pool:
        at_once = list(pool.map(lambda number: (one, other)[number % 2].turns.next(), range(20)))
    assert len(set(at_once)) == 20
    assert min(at_once) > taken[-1]
    assert databases().turns.next() > max(at_once)
