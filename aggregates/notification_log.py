"""Reads the notification log of a shard: facts in the order in which they were recorded, opened."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from aggregates.mapping import FactMapper, StoredFact, ciphers
from aggregates.ports import StreamKeys
from aggregates.recorder import Recorder
from schemas.facts import LogSection, Notification


class StoredNotificationLog:
    """The log of one shard. Facts whose key is destroyed are left out, without trying."""

    def __init__(self, recorder: Recorder, keys: StreamKeys, shard: int = 0) -> None:
        self.shard = shard
        self._recorder = recorder
        self._keys = keys
        self._mapper = FactMapper()

    def read(self, after: int, limit: int) -> LogSection:
        """Return up to `limit` notifications above `after`.

        The clock is read before the log: a commit that the log does not show yet is stamped later than that clock.
        """
        _, clock = self._recorder.state_of_log()
        stored = self._recorder.select_after(after, limit)
        last_id = stored[-1][0] if stored else 0
        return LogSection(self._opened(stored), last_id, clock if len(stored) < limit else None)

    def read_ids(self, ids: Collection[int]) -> Sequence[Notification]:
        """Return the notifications with these ids."""
        return self._opened(self._recorder.select_by_ids(sorted(ids)))

    def last_id(self) -> int:
        """Return the id of the last notification."""
        return self._recorder.max_notification_id() or 0

    def _opened(self, stored: Sequence[StoredFact]) -> list[Notification]:
        keys = self._keys.find({fact[1] for fact in stored})
        opening = ciphers(keys)
        return [
            Notification(self.shard, fact[0], self._mapper.to_fact(fact, opening))
            for fact in stored
            if fact[1] in keys and keys[fact[1]].opens(fact[2])
        ]
