"""The projector's work on `footfall.customer-events`: CloudEvents to facts, put into the answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager

import msgspec

from aggregates.ports import StreamKey, StreamKeys
from footfall.distributed.consuming import Record
from footfall.poison import PoisonLetters, Unreadable
from projections.projection import Projection
from schemas.cloud_events import decode
from schemas.facts import Notification


class CustomerEvents:
    """`consuming.Process`: projects facts; those that are projected already replace themselves."""

    def __init__(
        self,
        projection: Projection,
        lock: Callable[[], AbstractContextManager[None]],
        letters: PoisonLetters,
        keys: StreamKeys,
    ) -> None:
        self._keys = keys
        self._projection = projection
        self._lock = lock
        self._letters = letters
        self._taken = 0

    def __call__(self, records: Sequence[Record]) -> Mapping[int, int]:
        """See the port."""
        notifications = self._facts(records)
        with self._lock():
            self._projection.project(self._readable(notifications))
        self._projection.took(len(notifications))
        self._taken += len(records)
        return Counter(record.partition for record in records)

    def _readable(self, notifications: Sequence[Notification]) -> list[Notification]:
        """Leave out what was erased since it was published; asked behind the lock, so that no erasure is missed."""
        keys = self._keys.find({notification.event.stream for notification in notifications})
        return [one for one in notifications if _is_readable(keys.get(one.event.stream), one.event.version)]

    def _facts(self, records: Sequence[Record]) -> list[Notification]:
        facts, unreadable = [], []
        for place, record in enumerate(records, self._taken):
            try:
                facts.append(decode(record.value))
            except (msgspec.MsgspecError, ValueError) as error:
                unreadable.append(Unreadable(place, record.value, error))
        if unreadable:
            self._letters.unreadable_by_projector(unreadable)
        return facts


def _is_readable(key: StreamKey | None, version: int) -> bool:
    return key is None or key.opens(version)
