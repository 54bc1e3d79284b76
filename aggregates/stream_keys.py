"""What the stores of stream keys have in common: keys are made once, and those in use are kept in memory, bounded.

A row of a stream holds the key of its present generation. An erasure empties the key, and says below which version and
up to when the stream is erased; the next fact's key is that of a new generation. How often anything was destroyed is
counted beside the keys: whoever keeps keys in memory looks at the count first, and forgets them where it has risen.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from threading import Lock

from aggregates.ports import StreamKey
from schemas.facts import Microseconds
from schemas.streams import StreamId

KEY_BYTES = 32
KEYS_KEPT = 20_000

KeyRow = tuple[StreamId, bytes, int, Microseconds | None]
"""A stream, and the fields of its StreamKey."""


class KeptStreamKeys(ABC):
    """`aggregates.ports.StreamKeys` upon a table that is selected from and inserted into; safe for threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[StreamId, StreamKey] = OrderedDict()
        self._destructions = -1

    def ensure(self, streams: Collection[StreamId]) -> Mapping[StreamId, StreamKey]:
        """See the port."""
        found = dict(self.find(streams))
        missing = [stream for stream in streams if stream not in found or not found[stream].key]
        if missing:
            with self._lock:
                self._insert([(stream, os.urandom(KEY_BYTES)) for stream in sorted(missing)])
                for stream in missing:
                    self._kept.pop(stream, None)
            found |= self.find(missing)
        return found

    def find(self, streams: Collection[StreamId]) -> Mapping[StreamId, StreamKey]:
        """See the port."""
        with self._lock:
            self._look()
            found = {stream: self._kept[stream] for stream in streams if stream in self._kept}
            unknown = [stream for stream in streams if stream not in found]
            if unknown:
                found |= {row[0]: self._keep(row[0], StreamKey(*row[1:])) for row in self._select(unknown)}
            return found

    def erased_until(self, streams: Collection[StreamId]) -> Mapping[StreamId, Microseconds]:
        """See the port. Where nothing was ever destroyed, this costs nothing."""
        with self._lock:
            self._look()
            if not self._destructions:
                return {}
        return {stream: key.erased_until for stream, key in self.find(streams).items() if key.erased_until is not None}

    def forget(self) -> None:
        """Forget what is kept in memory: the table may say otherwise by now."""
        with self._lock:
            self._kept.clear()

    def destroy(self, generations: Mapping[StreamId, int], erased_until: Microseconds) -> None:
        """Destroy the keys of all facts below these versions, durably, and refuse what happened up to then.

        May be repeated: a generation that has begun since stays. Nobody records meanwhile.
        """
        with self._lock:
            self._erase([(stream, version, erased_until) for stream, version in sorted(generations.items())])
            self._kept.clear()

    def _look(self) -> None:
        destructions = self._count_destructions()
        if destructions != self._destructions:
            self._kept.clear()
            self._destructions = destructions

    @abstractmethod
    def _count_destructions(self) -> int:
        """Return how often anything was destroyed; cheap: it is asked at every call."""

    @abstractmethod
    def _select(self, streams: Sequence[StreamId]) -> Iterable[KeyRow]:
        """Return what is known of the streams."""

    @abstractmethod
    def _insert(self, rows: Sequence[tuple[StreamId, bytes]]) -> None:
        """Make keys durable; where a stream has one already, that one stands. Raises StorageUnavailable."""

    @abstractmethod
    def _erase(self, rows: Sequence[tuple[StreamId, int, Microseconds]]) -> None:
        """Empty the keys of generations that begin below a version, and count, in one transaction."""

    def _keep(self, stream: StreamId, key: StreamKey) -> StreamKey:
        if not key.key:  # another process may make the next one at any time, and would not tell
            return key
        self._kept[stream] = key
        if len(self._kept) > KEYS_KEPT:
            self._kept.popitem(last=False)
        return key
