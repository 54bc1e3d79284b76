"""Where `footfall import` puts events in the distributed mode: the topic of accepted events, which aggregators record.

Kafka and PostgreSQL may be away for a while. That they are there at the start is for whoever opens them to see.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Protocol, TypeVar

from eventsourcing.persistence import PersistenceError

from aggregates.errors import StorageUnavailable
from footfall.distributed.kafka_topics import KafkaUnavailable
from footfall.importing import MOST_WAITING, pause
from footfall.logs import logger
from footfall.unrecorded import Unrecorded
from ingest.ports import Overloaded
from ingest.stores import Store, StoreError
from schemas.facts import AcceptedEvent

log = logger(__name__)

BITE_BYTES = 1024 * 1024
"""Messages that are appended at once: few enough to be acknowledged in the time that an append is given."""

POLL_SECONDS, RETRY_SECONDS = 0.05, 1.0

TRANSIENT = (Overloaded, KafkaUnavailable, StorageUnavailable, PersistenceError)

T = TypeVar("T")


class Log(Protocol):
    """The topic of accepted events."""

    def append_now(self, events: Sequence[AcceptedEvent]) -> None:
        """Append events; durable on return, or Overloaded."""


class Pipeline(Protocol):
    """The stores, and how far the aggregators are."""

    def stores(self) -> Sequence[Store]:
        """Return all stores, the first one first."""

    def ends(self) -> Mapping[int, int]:
        """Return where the partitions end."""

    def recorded(self) -> Mapping[int, int]:
        """Return up to which offset each partition is recorded; none for those that never were consumed."""


class TopicTarget:
    """`footfall.importing.Target`."""

    def __init__(self, log: Log, pipeline: Pipeline, unrecorded: Unrecorded) -> None:
        self._log = log
        self._pipeline = pipeline
        self._unrecorded = unrecorded
        self._appended: deque[Mapping[int, int]] = deque()
        self._interrupted = threading.Event()

    def store(self, name: str | None) -> str:
        """See the port."""
        names = [store.name for store in self._pipeline.stores()]
        if name is None and not names:
            raise StoreError("there is no store yet: `footfall store add NAME` makes one")
        if name is not None and name not in names:
            raise StoreError(f"there is no store {name}")
        return name or names[0]

    @contextmanager
    def recording(self, interrupted: threading.Event) -> Iterator[None]:
        """See the port."""
        self._interrupted = interrupted
        self._recorded(0)
        yield
        self._recorded(0)

    def put(self, events: Sequence[AcceptedEvent]) -> int:
        """See the port."""
        fresh = self._again(lambda: self._unrecorded.of(events))
        for bite in _bites(fresh):
            self._again(partial(self._log.append_now, bite))
        if fresh:
            self._recorded(MOST_WAITING)
        return len(fresh)

    def _recorded(self, waiting: int) -> None:
        """Return when no more than so many chunks wait to be recorded, besides what others append meanwhile."""
        self._appended.append(self._again(self._pipeline.ends))
        while len(self._appended) > waiting:
            recorded = self._again(self._pipeline.recorded)
            while self._appended and _reached(self._appended[0], recorded):
                self._appended.popleft()
            if len(self._appended) > waiting:
                pause(self._interrupted, POLL_SECONDS)

    def _again(self, attempt: Callable[[], T]) -> T:
        """Try until it is done: what is given up and done all the same does no harm a second time."""
        while True:
            try:
                return attempt()
            except TRANSIENT as error:
                log.warning("import.retries", error=error)
                pause(self._interrupted, error.retry_after if isinstance(error, Overloaded) else RETRY_SECONDS)


def _reached(ends: Mapping[int, int], recorded: Mapping[int, int]) -> bool:
    return all(recorded.get(partition, 0) >= end for partition, end in ends.items())


def _bites(events: Sequence[AcceptedEvent]) -> Iterator[Sequence[AcceptedEvent]]:
    first = size = 0
    for place, event in enumerate(events):
        size += len(memoryview(event.message))
        if size > BITE_BYTES:
            yield events[first : place + 1]
            first, size = place + 1, 0
    if events[first:]:
        yield events[first:]
