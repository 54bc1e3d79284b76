"""Absorbs one notification log by pulling: the projector of the embedded mode."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from projections.ports import NotificationLog, Tracking, TrackingPosition
from projections.projection import BATCH_EVENTS, Projection
from schemas.facts import LogSection


class Projector:
    """Projects one shard. Every step may be repeated, and dies harmlessly between any two lines."""

    def __init__(
        self,
        log: NotificationLog,
        tracking: Tracking,
        projection: Projection,
        lock: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._log = log
        self._tracking = tracking
        self._projection = projection
        self._lock = lock

    def start(self) -> int:
        """Fill the gaps that a crash of ClickHouse left; return how many facts were put back."""
        position = self._tracking.position(self._log.shard).notification_id
        gaps = self._projection.gaps(self._log.shard, position)
        self._projection.fill(self._log, gaps, self._lock)
        return len(gaps.missing)

    def step(self) -> int:
        """Absorb the next notifications and return how many there were, 0 when the log is exhausted."""
        shard = self._log.shard
        with self._lock():
            section = self._log.read(self._tracking.position(shard).notification_id, BATCH_EVENTS)
            self._projection.project(section.notifications)
            self._tracking.advance(shard, _position(section))
            self._projection.took(len(section.notifications))
        return len(section.notifications)


def _position(section: LogSection) -> TrackingPosition:
    """All before the last notification's moment is absorbed; its own moment may go on in the next section."""
    if section.exhausted_at is not None:
        return TrackingPosition(section.last_id, section.exhausted_at)
    last = section.notifications[-1].event.recorded_at - 1 if section.notifications else 0
    return TrackingPosition(section.last_id, last)
