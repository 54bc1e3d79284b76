"""The aggregator's work on `footfall.site-events`: records to proposals, recorded in the shards they belong to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from aggregates.customer import Proposal, propose
from aggregates.shards import Shards
from footfall.distributed.consuming import Record
from schemas.facts import AcceptedEvent

Poison = Callable[[bytes, Exception], None]
"""Takes an accepted event that cannot be processed, and keeps it durably."""

_decode = msgspec.json.Decoder(AcceptedEvent).decode


class SiteEvents:
    """`consuming.Process`: records what records hold; what is recorded already stays as it is."""

    def __init__(self, secret: bytes, shards: Shards, poison: Poison) -> None:
        self._secret = secret
        self._shards = shards
        self._poison = poison

    def __call__(self, records: Sequence[Record]) -> Mapping[int, int]:
        lines = [(record.partition, line) for record in records for line in record.value.split(b"\n")]
        self._shards.record(self._proposals(line for _, line in lines))  # read behind the gate: no letter twice
        return Counter(partition for partition, _ in lines)

    def _proposals(self, lines: Iterator[bytes]) -> Iterator[Proposal]:
        for line in lines:
            try:
                proposal = propose(self._secret, _decode(line))
            except Exception as error:  # noqa: BLE001 - whatever is wrong with one event must not stop its neighbours
                self._poison(line, error)
            else:
                yield proposal
