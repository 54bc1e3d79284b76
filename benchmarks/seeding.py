"""Event stores filled without a collector, for the rows that begin behind it."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from aggregates.aggregator import Aggregator
from aggregates.event_store import RecordedEventStore
from aggregates.ports import Poisoned
from aggregates.sqlite_recorder import open_recorder
from aggregates.sqlite_stream_keys import SqliteStreamKeys
from benchmarks.messages import STORE, Traffic, accepted
from footfall.data_folder import DataFolder
from footfall.embedded.read_side import ReadSide
from footfall.embedded.warehouse_access import clickhouse
from footfall.settings import Settings
from ingest.sqlite_keys import SQLiteKeys
from ingest.stores import Store
from schemas.facts import AcceptedEvent

CHUNK = 2_000


class MemoryLog:
    """`aggregates.ports.AcceptedLog` in memory."""

    def __init__(self) -> None:
        self._records: deque[tuple[int, Sequence[AcceptedEvent]]] = deque()
        self._sequence = 0

    def put(self, events: Sequence[AcceptedEvent]) -> None:
        """Add one record."""
        self._sequence += 1
        self._records.append((self._sequence, events))

    def read(self, after: int, max_events: int) -> Sequence[tuple[int, Sequence[AcceptedEvent]]]:
        """See the port; one record at a time."""
        return [self._records[0]] if self._records else []

    def forget(self, up_to: int) -> None:
        """See the port."""
        while self._records and self._records[0][0] <= up_to:
            self._records.popleft()


def _no_poison(poisoned: Sequence[Poisoned]) -> None:
    raise poisoned[0].error


class Writer:
    """An aggregator on the files of a folder, fed directly."""

    def __init__(self, folder: DataFolder) -> None:
        self._log = MemoryLog()
        store = RecordedEventStore(open_recorder(folder.events), SqliteStreamKeys(folder.stream_keys))
        self._aggregator = Aggregator(folder.secret(), self._log, store, _no_poison)

    def record(self, events: Sequence[AcceptedEvent]) -> None:
        """Record events in one step."""
        self._log.put(events)
        self._aggregator.step()


def chunks(events: Iterable[AcceptedEvent], length: int = CHUNK) -> Iterator[list[AcceptedEvent]]:
    """Return events in lists of a length."""
    iterator = iter(events)
    while chunk := list(itertools.islice(iterator, length)):
        yield chunk


def seed(path: Path, events: int) -> None:
    """Record events in the event store of a data folder."""
    folder = DataFolder(path).make()
    writer = Writer(folder)
    for chunk in chunks(accepted(Traffic(events))):
        writer.record(chunk)


@contextmanager
def read_side(path: Path) -> Iterator[ReadSide]:
    """Give the read side of a data folder, on a ClickHouse with the product's schema and limits."""
    folder = DataFolder(path).make()
    keys = SQLiteKeys(folder.path)
    keys.first_store(Store(STORE))
    keys.close()
    settings = Settings(data=path)
    with clickhouse(folder, settings) as address:
        yield ReadSide(folder, address, settings)
