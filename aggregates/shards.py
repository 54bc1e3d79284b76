"""The shards of an event store: which stream lies in which, and recording into all of them.

Every shard has a notification log of its own, so that several can be written at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

from aggregates.customer import Proposal
from aggregates.ports import EventStore, Poison
from aggregates.recording import Proposals, record
from schemas.streams import StreamId


def shard_of(stream: StreamId, shards: int) -> int:
    """Return the shard of a stream: its hash modulo the number of shards. Frozen."""
    return int(stream[1:9], 16) % shards


def shard_of_reservation(key: bytes, shards: int) -> int:
    """Return the shard of a reservation, which begins with the hash of its stream: the shard of that stream."""
    return int.from_bytes(key[:4]) % shards


class Shards:
    """All shards of one event store; a transaction a shard, so a batch may be recorded in some of them only.

    Recording it once more is harmless: what is there is a duplicate.
    """

    def __init__(
        self, stores: Sequence[EventStore], gate: Callable[[], AbstractContextManager[None]] = nullcontext
    ) -> None:
        """`gate` is held while anything is recorded; it may raise."""
        self._stores = stores
        self._gate = gate

    @contextmanager
    def recording(self) -> Iterator[Callable[[Proposals, Poison], int]]:
        """Give, behind the gate, what records a batch; who looks at the batch before may look at it in vain."""
        with self._gate():
            yield self._record

    def _record(self, proposals: Proposals, poison: Poison) -> int:
        """Record what is not recorded yet; return how many facts that were. Raises as `record` of one store."""
        parts: defaultdict[int, dict[int, Proposal]] = defaultdict(dict)
        for place, proposal in proposals.items():
            parts[shard_of(proposal.stream, len(self._stores))][place] = proposal
        return sum(record(self._stores[shard], part, poison) for shard, part in sorted(parts.items()))

    def taken(self, reservations: Collection[tuple[StreamId, str]]) -> set[tuple[StreamId, str]]:
        """Return which (stream, event id) are recorded."""
        parts: defaultdict[int, list[tuple[StreamId, str]]] = defaultdict(list)
        for reservation in reservations:
            parts[shard_of(reservation[0], len(self._stores))].append(reservation)
        return {one for shard, part in parts.items() for one in self._stores[shard].taken(part)}
