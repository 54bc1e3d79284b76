"""The relay: from the notification logs of all shards to `footfall.customer-events`, in their order, at least once.

Its position is where it was when all before had been acknowledged; it is kept after the acknowledgement, so a relay
that is killed repeats, and never leaves out. Two relays repeat each other. What is relayed when, and nothing of Kafka.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from footfall.distributed.postgres_relayed import Relayed
from projections.ports import NotificationLog, TrackingPosition
from schemas.facts import LogSection, Notification

SECTION = 2_000
"""Facts of a shard that are relayed in one step at the most."""

TICK_SECONDS = 0.5
"""How often idle logs are found exhausted: how far `known_at` lags behind the present."""


class Publisher(Protocol):
    """Where facts are published."""

    def send(self, notifications: Sequence[Notification]) -> None:
        """Hand over facts, in their order."""

    def wait(self) -> Sequence[int]:
        """Return once all that was handed over is acknowledged; return the ends of the partitions, in their order."""


class Positions(Protocol):
    """Where the relay's positions are kept."""

    def positions(self) -> Mapping[int, TrackingPosition]:
        """Return the position in each shard that the relay has come to."""

    def save(self, relayed: Sequence[Relayed], ends: Sequence[int]) -> None:
        """Keep positions, and below which ends all before them lies."""


class Relay:
    """Relays all shards. A step that raises leaves the relay unfit: make a new one."""

    def __init__(
        self,
        logs: Sequence[NotificationLog],
        positions: Positions,
        publisher: Publisher,
        tick: Callable[[], None],
        last_ids: Callable[[], Mapping[int, int]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        known = positions.positions()
        self._at = {log.shard: known[log.shard].notification_id if log.shard in known else 0 for log in logs}
        self._logs = logs
        self._positions = positions
        self._publisher = publisher
        self._tick = tick
        self._last_ids = last_ids
        self._clock = clock
        self._ticked = 0.0

    def step(self) -> int:
        """Relay the next facts of every shard, and return how many there were."""
        idle = self._clock() - self._ticked >= TICK_SECONDS
        if idle:
            self._tick()
            self._ticked = self._clock()
        last_ids = self._last_ids()
        sections = [
            (log.shard, self._sent(log)) for log in self._logs if idle or last_ids[log.shard] > self._at[log.shard]
        ]
        if not sections:
            return 0
        ends = self._publisher.wait()
        self._positions.save([_relayed(shard, section, self._at[shard]) for shard, section in sections], ends)
        self._at |= {shard: section.last_id for shard, section in sections if section.last_id}
        return sum(len(section.notifications) for _, section in sections)

    def _sent(self, log: NotificationLog) -> LogSection:
        section = log.read(self._at[log.shard], SECTION)
        self._publisher.send(section.notifications)
        return section


def _relayed(shard: int, section: LogSection, before: int) -> Relayed:
    """All before the last fact's moment is relayed; its own moment may go on in the next section."""
    at = section.exhausted_at
    if at is None:
        at = section.notifications[-1].event.recorded_at - 1 if section.notifications else 0
    return Relayed(shard, section.last_id or before, at)
