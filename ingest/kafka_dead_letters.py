"""Dead letters on Kafka: the bytes, with stage, reason and source in headers. Where they are listed is elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ingest.group_commit import GroupCommit
from ingest.kafka_producer import MAX_WAIT, DurableProducer, Outgoing
from ingest.kept_letters import size
from ingest.ports import ADMISSION, AGGREGATE, PROJECT, DeadLetter

SOURCES = {ADMISSION: "collector", AGGREGATE: "aggregator", PROJECT: "projector"}
"""Which process puts letters of a stage."""

_NUMBERS = ("received_at", "shard", "notification_id")


class KafkaDeadLetters:
    """The collector's DeadLetters, and where the workers put theirs."""

    def __init__(self, client: Mapping[str, Any], topic: str, *, max_waiting: int = 16 * 1024 * 1024) -> None:
        self._producer = DurableProducer(client, topic)
        self._commits: GroupCommit[Sequence[DeadLetter]] = GroupCommit(
            "dead-letters", self._write, max_waiting, MAX_WAIT
        )

    async def put(self, letters: Sequence[DeadLetter]) -> None:
        """See DeadLetters."""
        await self._commits.commit(letters, sum(size(letter) for letter in letters))

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
    said = {**letter._asdict(), "reason": letter.message, "source": SOURCES.get(letter.stage, letter.stage)}
    return [(name, _bytes(value)) for name, value in said.items() if name not in ("raw", "message")]


def letter_of(headers: Iterable[tuple[str, bytes]], raw: bytes) -> DeadLetter:
    """Return the letter of a record; raises ValueError or KeyError where it is none."""
    said = dict(headers)
    named = (name for name in DeadLetter._fields if name not in ("raw", "message", "envelope"))
    fields: dict[str, Any] = {name: said[name].decode() for name in named}
    fields |= {
        "message": said["reason"].decode(),
        "raw": raw,
        "envelope": said["envelope"],
        "is_import": fields["is_import"] == "True",
        **{name: int(fields[name]) for name in _NUMBERS},
    }
    return DeadLetter(**fields)


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()
