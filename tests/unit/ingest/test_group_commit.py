from __future__ import annotations

import asyncio
import threading
from contextlib import closing
from itertools import chain

import pytest

from ingest.group_commit import ENOUGH, GroupCommit
from ingest.ports import Overloaded


def test_all_that_waited_behind_a_commit_is_the_next_group() -> None:
    groups: list[list[int]] = []
    begun, go_on = threading.Event(), threading.Event()

    def write(group: list[int]) -> None:
        groups.append(group)
        begun.set()
        go_on.wait(10)

    async def run(commits: GroupCommit[int]) -> None:
        first = asyncio.create_task(commits.commit(0, 1))
        await asyncio.to_thread(begun.wait, 10)
        rest = [asyncio.create_task(commits.commit(number, 1)) for number in range(1, 50)]
        await asyncio.sleep(0)
        assert not first.done()
        go_on.set()
        await asyncio.gather(first, *rest)

    with closing(GroupCommit("test", write)) as commits:
        asyncio.run(run(commits))
    assert groups[0] == [0]
    assert sorted(chain(*groups[1:])) == list(range(1, 50))
    assert len(groups) <= 3


def test_a_failed_group_acknowledges_nothing_and_the_next_one_is_tried() -> None:
    failing = True

    def write(group: list[int]) -> None:
        if failing:
            raise OSError("disk")

    async def run(commits: GroupCommit[int]) -> None:
        nonlocal failing
        with pytest.raises(Overloaded):
            await commits.commit(1, 1)
        assert not commits.ready()
        failing = False
        await commits.commit(2, 1)
        assert commits.ready()

    with closing(GroupCommit("test", write)) as commits:
        asyncio.run(run(commits))


def test_who_waits_too_long_is_let_go() -> None:
    go_on = threading.Event()

    async def run(commits: GroupCommit[int]) -> None:
        with pytest.raises(Overloaded):
            await commits.commit(1, 1)
        go_on.set()

    def write(group: list[int]) -> None:
        go_on.wait(10)

    with closing(GroupCommit("test", write, max_wait=0.05)) as commits:
        asyncio.run(run(commits))


def test_after_closing_nothing_is_taken() -> None:
    commits: GroupCommit[int] = GroupCommit("test", lambda _: None)
    commits.close()
    with pytest.raises(Overloaded):
        asyncio.run(commits.commit(1, 1))


def test_several_writers_have_as_many_groups_under_way() -> None:
    written: list[int] = []
    begun, both = threading.Event(), threading.Barrier(2)

    def write(group: list[int]) -> None:
        begun.set()
        both.wait(10)
        written.extend(group)

    async def run(commits: GroupCommit[int]) -> None:
        first = asyncio.create_task(commits.commit(1, 1))
        await asyncio.to_thread(begun.wait, 10)
        await asyncio.gather(first, commits.commit(2, 1))

    with closing(GroupCommit("test", write, writers=2)) as commits:
        asyncio.run(run(commits))
    assert sorted(written) == [1, 2]


def _groups_of(arrivals: list[int]) -> list[int]:
    """Return how many items each group had: so many arrive together, one turn of the loop after the other."""
    groups: list[int] = []

    async def run(commits: GroupCommit[int]) -> None:
        waiting = []
        for count in arrivals:
            waiting += [asyncio.create_task(commits.commit(number, 1)) for number in range(count)]
            await asyncio.sleep(0.01)
        await asyncio.gather(*waiting)

    def write(group: list[int]) -> None:
        groups.append(len(group))

    with closing(GroupCommit("test", write, distance=0.5)) as commits:
        asyncio.run(run(commits))
    return groups


def test_who_comes_after_a_pause_does_not_wait_and_small_groups_keep_a_distance() -> None:
    assert _groups_of([1, 1, 1, 1]) == [1, 3]


def test_a_group_of_enough_does_not_wait() -> None:
    assert _groups_of([1, ENOUGH, 1, 1]) == [1, ENOUGH, 2]
