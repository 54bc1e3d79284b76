"""The relay: in order, at least once, its position behind the acknowledgement, whatever fails in between."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from footfall.distributed.postgres_relayed import Relayed
from footfall.distributed.relay import TICK_SECONDS, Relay
from projections.ports import TrackingPosition
from schemas.facts import LogSection, Notification
from tests.builders import NOW
from tests.unit.aggregates.doubles import Crash, Fuse
from tests.unit.projections.doubles import notification


@dataclass
class ListLog:
    """The log of a shard; exhausted at NOW."""

    shard: int
    facts: list[Notification] = field(default_factory=list)

    def read(self, after: int, limit: int) -> LogSection:
        found = [fact for fact in self.facts if fact.id > after][:limit]
        exhausted = NOW if len(found) < limit else None
        return LogSection(found, found[-1].id if found else 0, exhausted)

    def read_ids(self, ids: Collection[int]) -> Sequence[Notification]:
        return [fact for fact in self.facts if fact.id in ids]

    def last_id(self) -> int:
        return self.facts[-1].id if self.facts else 0


@dataclass
class Place:
    """What stays when a relay dies: logs, the topic, the positions."""

    logs: list[ListLog]
    topic: list[tuple[int, int]] = field(default_factory=list)
    saved: list[Relayed] = field(default_factory=list)
    fuse: Fuse = field(default_factory=lambda: Fuse(0))
    now: float = TICK_SECONDS
    ticks: int = 0

    def relay(self) -> Relay:
        return Relay(self.logs, self, self, self.tick, self.last_ids, lambda: self.now)

    def send(self, notifications: Sequence[Notification]) -> None:
        self.fuse.passing(lambda: self.topic.extend((one.shard, one.id) for one in notifications))

    def wait(self) -> Sequence[int]:
        ends: Sequence[int] = self.fuse.passing(lambda: [len(self.topic)])
        return ends

    def positions(self) -> Mapping[int, TrackingPosition]:
        return {one.shard: TrackingPosition(one.notification_id, one.absorbed_at) for one in self.saved}

    def save(self, relayed: Sequence[Relayed], ends: Sequence[int]) -> None:
        assert ends == [len(self.topic)]
        self.fuse.passing(self.saved.extend, relayed)

    def tick(self) -> None:
        self.ticks += 1

    def last_ids(self) -> Mapping[int, int]:
        return {log.shard: log.last_id() for log in self.logs}


def _fact(shard: int, id_: int) -> Notification:
    return Notification(shard, id_, notification(id_, event_id=f"{shard}-{id_}").event)


def place(*lengths: int) -> Place:
    return Place(
        [ListLog(shard, [_fact(shard, id_) for id_ in range(1, length + 1)]) for shard, length in enumerate(lengths)]
    )


def test_every_shard_is_relayed_in_its_order_once() -> None:
    here = place(3, 2)
    relay = here.relay()
    assert relay.step() == 5
    assert here.topic == [(0, 1), (0, 2), (0, 3), (1, 1), (1, 2)]
    assert here.positions() == {0: TrackingPosition(3, NOW), 1: TrackingPosition(2, NOW)}
    assert relay.step() == 0
    assert len(here.topic) == 5


def test_an_idle_log_is_found_exhausted_every_half_second_and_keeps_its_place() -> None:
    here = place(1)
    relay = here.relay()
    relay.step()
    saved = len(here.saved)
    here.now += TICK_SECONDS / 2
    relay.step()
    assert (len(here.saved), here.ticks) == (saved, 1)
    here.now += TICK_SECONDS
    relay.step()
    assert (here.saved[-1], here.ticks) == (Relayed(0, 1, NOW), 2)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("call", range(1, 5))
def test_wherever_it_dies_the_next_one_leaves_nothing_out_and_first_appearances_stay_in_order(
    call: int, after: bool
) -> None:
    here = place(3, 2)
    here.fuse = Fuse(call, after)
    with pytest.raises(Crash):
        here.relay().step()
    here.fuse = Fuse(0)
    here.relay().step()
    for log in here.logs:
        seen = [id_ for shard, id_ in here.topic if shard == log.shard]
        assert list(dict.fromkeys(seen)) == [fact.id for fact in log.facts]
    assert {shard: at.notification_id for shard, at in here.positions().items()} == {0: 3, 1: 2}


def test_of_two_relays_each_relays_all_in_order() -> None:
    here = place(4)
    one, other = here.relay(), here.relay()
    one.step()
    other.step()
    assert here.topic == [(0, 1), (0, 2), (0, 3), (0, 4)] * 2
