"""The work on `footfall.dead-letters`: letters of the topic are kept where operators find them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from footfall.distributed.consuming import Record
from footfall.logs import logger
from ingest.kafka_dead_letters import letter_of
from ingest.ports import DeadLetter
from ingest.postgres_dead_letters import PostgresDeadLetters

log = logger(__name__)


class DeadLetterRecords:
    """`consuming.Process`: keeps letters; what is kept already counts as having come again."""

    def __init__(self, letters: PostgresDeadLetters) -> None:
        self._letters = letters

    def __call__(self, records: Sequence[Record]) -> Mapping[int, int]:
        """See the port."""
        self._letters.put_now(list(_letters(records)))
        return Counter(record.partition for record in records)


def _letters(records: Sequence[Record]) -> Iterable[DeadLetter]:
    for record in records:
        headers = record.headers.items() if isinstance(record.headers, Mapping) else record.headers or ()
        try:
            yield letter_of(headers, record.value)
        except (ValueError, KeyError) as error:  # somebody else wrote it there; it stays in the topic
            log.error("dead_letters.unreadable", error=error)
