"""Dead letters as they are kept: their ids, their sizes, and what an operator asks for. Values; no storage here."""

from __future__ import annotations

from hashlib import blake2b
from typing import NamedTuple

from ingest.ports import DeadLetter

OVERHEAD = 200
"""What a row takes beside its bytes."""


class KeptLetter(NamedTuple):
    """A dead letter where it is kept."""

    id: str
    letter: DeadLetter
    number: int
    """The order of arrival."""
    puts: int
    """How often it came: what came again since it was read must not be discarded with what was read."""


class Wanted(NamedTuple):
    """Which letters; None for any."""

    store: str | None = None
    stage: str | None = None
    code: str | None = None


def letter_id(letter: DeadLetter) -> str:
    """Return the id of a letter: 32 hexadecimal digits of its content, without times: sent again, it is the same."""
    head = f"{letter.store}\0{letter.stage}\0{letter.code}\0{letter.field}".encode()
    sender = f"{letter.key_class}\0{letter.type}\0{letter.shard}\0{letter.notification_id}".encode()
    return blake2b(head + b"\0" + sender + b"\0" + letter.raw, digest_size=16).hexdigest()


def size(letter: DeadLetter) -> int:
    """Return what a letter takes of a store's bytes."""
    return len(letter.raw) + len(letter.envelope) + OVERHEAD
