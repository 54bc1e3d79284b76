"""Batches grow while the one before is worked on, are bounded, keep a distance, and a lone thing does not wait."""

from __future__ import annotations

import asyncio

from footfall.distributed.gathering import Batches, Gathering

AT_ONCE, LONG = 0.0, 60.0


async def _all_put(gathering: Gathering[int], *things: int) -> None:
    for thing in things:
        await gathering.put(thing)


def test_what_arrives_while_nobody_takes_is_one_batch() -> None:
    async def story() -> None:
        gathering = Gathering[int](Batches(100, AT_ONCE))
        await _all_put(gathering, *range(30))
        assert await gathering.batch() == list(range(30))
        await _all_put(gathering, 30)
        assert await gathering.batch() == [30]

    asyncio.run(story())


def test_a_full_batch_does_not_wait_for_its_time() -> None:
    async def story() -> None:
        gathering = Gathering[int](Batches(3, LONG))
        await _all_put(gathering, 1, 2, 3)
        assert await asyncio.wait_for(gathering.batch(), 5) == [1, 2, 3]

    asyncio.run(story())


def test_there_is_no_room_until_the_batch_is_taken() -> None:
    async def story() -> None:
        gathering = Gathering[int](Batches(2, LONG))
        putting = asyncio.create_task(_all_put(gathering, 1, 2, 3, 4))
        assert await gathering.batch() == [1, 2]
        assert await gathering.batch() == [3, 4]
        await putting

    asyncio.run(story())


def test_what_comes_after_a_pause_is_taken_at_once() -> None:
    async def story() -> None:
        gathering = Gathering[int](Batches(100, LONG))
        await _all_put(gathering, 1)
        assert await asyncio.wait_for(gathering.batch(), 5) == [1]

    asyncio.run(story())


def test_batches_keep_a_distance() -> None:
    async def story() -> None:
        gathering = Gathering[int](Batches(100, 0.05))
        began = asyncio.get_running_loop().time()
        await _all_put(gathering, 1)
        assert await gathering.batch() == [1]
        await _all_put(gathering, 2)
        taking = asyncio.create_task(gathering.batch())
        await _all_put(gathering, 3)
        assert await taking == [2, 3]
        assert asyncio.get_running_loop().time() - began >= 0.05

    asyncio.run(story())


def test_who_takes_waits_for_the_first() -> None:
    async def story() -> None:
        gathering = Gathering[int](Batches(100, AT_ONCE))
        taking = asyncio.create_task(gathering.batch())
        await asyncio.wait({taking}, timeout=0.01)
        assert not taking.done()
        await _all_put(gathering, 7)
        assert await taking == [7]

    asyncio.run(story())
