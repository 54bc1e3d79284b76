"""Dead letters on Kafka: the bytes, with stage, reason and source in headers. Where they are listed is elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from ingest.group_commit import GroupCommit
from ingest.kafka_producer import MAX_WAIT, DurableProducer, Outgoing
from ingest.ports import DeadLetter

OVERHEAD = 200


class KafkaDeadLetters:
    """The collector's DeadLetters, and where the workers put theirs."""

    def __init__(self, client: Mapping[str, Any], topic: str, *, max_waiting: int = 16 * 1024 * 1024) -> None:
        self._producer = DurableProducer(client, topic)
        self._commits: GroupCommit[Sequence[DeadLetter]] = GroupCommit(
            "dead-letters", self._write, max_waiting, MAX_WAIT
        )

    async def put(self, letters: Sequence[DeadLetter]) -> None:
        """See DeadLetters."""
        await self._commits.commit(letters, sum(len(letter.raw) + OVERHEAD for letter in letters))

    def put_now(self, letters: Sequence[DeadLetter]) -> None:
        """Put from a process without an event loop; durable on return, or Overloaded."""
        self._write([letters])

    def close(self) -> None:
        """Send what waits, then let go of the broker."""
        self._commits.close()
        self._producer.close()

    def _write(self, groups: Sequence[Sequence[DeadLetter]]) -> None:
        self._producer.send(
            Outgoing(letter.raw, key=letter.store.encode(), headers=headers_of(letter))
            for group in groups
            for letter in group
        )


def headers_of(letter: DeadLetter) -> list[tuple[str, bytes]]:
    """Return everything of a letter but its bytes, as headers of its record."""
    return [(name, str(value).encode()) for name, value in letter._asdict().items() if name != "raw"]


def letter_of(headers: Iterable[tuple[str, bytes]], raw: bytes) -> DeadLetter:
    """Return the letter of a record; raises msgspec.ValidationError where it is none."""
    said: dict[str, Any] = {name: value.decode() for name, value in headers if name in DeadLetter._fields}
    missing = {name: "" for name in DeadLetter._fields if name not in said and name not in DeadLetter._field_defaults}
    return msgspec.convert({**missing, **said, "raw": b""}, DeadLetter, strict=False)._replace(raw=raw)
