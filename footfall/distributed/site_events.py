"""The aggregator's work on `footfall.site-events`: records to proposals, recorded in the shards they belong to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

from aggregates.recording import proposed
from aggregates.shards import Shards
from footfall.distributed.consuming import Record
from footfall.poison import PoisonLetters, Unreadable
from schemas.facts import AcceptedEvent

_decode = msgspec.json.Decoder(AcceptedEvent).decode


class SiteEvents:
    """`consuming.Process`: records what records hold; what is recorded already stays as it is."""

    def __init__(self, secret: bytes, shards: Shards, letters: PoisonLetters) -> None:
        self._secret = secret
        self._shards = shards
        self._letters = letters
        self._taken = 0

    def __call__(self, records: Sequence[Record]) -> Mapping[int, int]:
        """See the port."""
        lines = [(record.partition, line) for record in records for line in record.value.split(b"\n")]
        with self._shards.recording() as record:
            events = self._events([line for _, line in lines])
            poison = self._letters.of_aggregator
            record(proposed(self._secret, events, poison), poison)
        refused = {place - self._taken for place, event in events.items() if event.refused}
        self._taken += len(lines)
        return Counter(partition for at, (partition, _) in enumerate(lines) if at not in refused)

    def _events(self, lines: Sequence[bytes]) -> dict[int, AcceptedEvent]:
        events, unreadable = {}, []
        for place, line in enumerate(lines, self._taken):
            try:
                events[place] = _decode(line)
            except (msgspec.MsgspecError, ValueError) as error:
                unreadable.append(Unreadable(place, line, error))
        if unreadable:
            self._letters.unreadable_by_aggregator(unreadable)
        return events
