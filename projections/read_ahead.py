"""Reads the notification log ahead: the next section is opened while ClickHouse is busy with the one before."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from projections.ports import NotificationLog
from schemas.facts import LogSection, Notification


class ReadAhead:
    """A notification log. Behind a full section it reads on; at the end of the log it never does.

    What is read ahead is as good as read later: a log only grows, and an older `exhausted_at` claims less. It is used
    once, and only by a reader who goes on just there. For a rebuild: the projector, which seldom finds a full section,
    would pay for it with the memory of a second one.
    """

    def __init__(self, log: NotificationLog) -> None:
        self.shard = log.shard
        self._log = log
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="read-ahead")
        self._next: tuple[tuple[int, int], Future[LogSection]] | None = None

    def read(self, after: int, limit: int) -> LogSection:
        """Return up to `limit` notifications above `after`."""
        ahead, self._next = self._next, None
        section = ahead[1].result() if ahead and ahead[0] == (after, limit) else self._log.read(after, limit)
        if section.exhausted_at is None:
            wanted = section.last_id, limit
            self._next = wanted, self._reader.submit(self._log.read, *wanted)
        return section

    def read_ids(self, ids: Collection[int]) -> Sequence[Notification]:
        """Return the notifications with these ids."""
        return self._log.read_ids(ids)

    def last_id(self) -> int:
        """Return the id of the last notification."""
        return self._log.last_id()
