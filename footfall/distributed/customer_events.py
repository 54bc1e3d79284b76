"""The projector's work on `footfall.customer-events`: CloudEvents to facts, put into the answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager

import msgspec

from footfall.distributed.consuming import Record
from projections.projection import Projection
from schemas.cloud_events import decode
from schemas.facts import Notification

Poison = Callable[[bytes, Exception], None]
"""Takes a record that is no fact of ours, and keeps it durably."""


class CustomerEvents:
    """`consuming.Process`: projects facts; those that are projected already replace themselves."""

    def __init__(
        self, projection: Projection, lock: Callable[[], AbstractContextManager[None]], poison: Poison
    ) -> None:
        self._projection = projection
        self._lock = lock
        self._poison = poison

    def __call__(self, records: Sequence[Record]) -> Mapping[int, int]:
        notifications = list(self._facts(records))
        with self._lock():
            self._projection.project(notifications)
        return Counter(record.partition for record in records)

    def _facts(self, records: Sequence[Record]) -> Iterator[Notification]:
        for record in records:
            try:
                yield decode(record.value)
            except (msgspec.MsgspecError, ValueError) as error:
                self._poison(record.value, error)
