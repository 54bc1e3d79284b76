"""What the stores of stream keys have in common: keys are made once, and those in use are kept in memory, bounded."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from threading import Lock

from schemas.streams import StreamId

KEY_BYTES = 32
KEYS_KEPT = 20_000


class KeptStreamKeys(ABC):
    """`aggregates.ports.StreamKeys` upon a table that is selected from and inserted into; safe for threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[StreamId, bytes] = OrderedDict()

    def ensure(self, streams: Collection[StreamId]) -> Mapping[StreamId, bytes]:
        """See the port."""
        found = dict(self.find(streams))
        missing = [stream for stream in streams if stream not in found]
        if missing:
            with self._lock:
                self._insert([(stream, os.urandom(KEY_BYTES)) for stream in sorted(missing)])
            found |= self.find(missing)
        return found

    def find(self, streams: Collection[StreamId]) -> Mapping[StreamId, bytes]:
        """See the port."""
        with self._lock:
            found = {stream: self._kept[stream] for stream in streams if stream in self._kept}
            unknown = [stream for stream in streams if stream not in found]
            if unknown:
                found |= {stream: self._keep(stream, key) for stream, key in self._select(unknown)}
            return found

    def forget(self) -> None:
        """Forget what is kept in memory: the table may say otherwise by now."""
        with self._lock:
            self._kept.clear()

    @abstractmethod
    def _select(self, streams: Sequence[StreamId]) -> Iterable[tuple[StreamId, bytes]]:
        """Return the keys that there are."""

    @abstractmethod
    def _insert(self, rows: Sequence[tuple[StreamId, bytes]]) -> None:
        """Make keys durable; where a stream has one already, that one stands. Raises StorageUnavailable."""

    def _keep(self, stream: StreamId, key: bytes) -> bytes:
        self._kept[stream] = key
        if len(self._kept) > KEYS_KEPT:
            self._kept.popitem(last=False)
        return key
