"""Takes what the collector accepted and records it: read, decide, append, forget. One step at a time, no clock."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from aggregates.ports import AcceptedLog, EventStore, Poison
from aggregates.recording import proposed, record

BATCH_EVENTS = 2_000
"""Events of one commit at the most: large enough that a commit's fixed cost is small, small enough to be quick."""


class Aggregator:
    """Moves events from the accepted log to the event store, each exactly once."""

    def __init__(
        self,
        secret: bytes,
        log: AcceptedLog,
        store: EventStore,
        poison: Poison,
        gate: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        """`gate` is held while anything is recorded."""
        self._gate = gate
        self._secret = secret
        self._log = log
        self._store = store
        self._poison = poison
        self._taken = 0
        self._position = store.position()
        log.forget(self._position)

    def step(self) -> int:
        """Record the next batch and return how many events it had, 0 when the log is exhausted."""
        received = self._log.read(self._position, BATCH_EVENTS)
        if not received:
            return 0
        events = dict(enumerate((event for _, some in received for event in some), self._taken))
        position = received[-1][0]
        proposals = proposed(self._secret, events, self._poison)
        with self._gate():
            record(self._store, proposals, self._poison, position)
        self._position = position
        self._taken += len(events)
        self._log.forget(position)
        return len(events)

    def idle(self) -> None:
        """Tell the log's readers that nothing was recorded until now."""
        self._store.tick()
