"""Streams: the log of one id of one store, and the hash that names it.

A stream id is a kind's letter followed by a keyed hash, so that no raw id appears in aggregate ids, record keys or
snapshots (design, Facts), while an operator still sees what kind of stream it is.
"""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple, NewType

StreamId = NewType("StreamId", str)
"""`u`, `a`, `e`, `p` or `s`, then 32 hexadecimal digits."""

STREAM_ID_LENGTH = 33


class StreamKind(StrEnum):
    """The one list of kinds. The value is stored: frozen."""

    USER = "user"
    ANONYMOUS = "anonymous"
    EMAIL = "email"
    PHONE = "phone"
    STORE = "store"


class StreamRef(NamedTuple):
    """What names a stream before hashing: a kind and the id of that kind (empty for `store`)."""

    kind: StreamKind
    id: str


LONGEST_REMEMBERED = 200
"""Ids come from outside: one may be as long as an event, and what is remembered of many must not fill the memory."""


def stream_id(secret: bytes, store: str, ref: StreamRef) -> StreamId:
    """Return the id of a stream: a 128-bit blake2b of (store, kind, id), keyed by `secret` (16 to 64 bytes)."""
    return _remembered(secret, store, ref) if len(ref.id) <= LONGEST_REMEMBERED else _hashed(secret, store, ref)


def _hashed(secret: bytes, store: str, ref: StreamRef) -> StreamId:
    kind = ref.kind
    # joined by +, since formatting a StrEnum costs more than the hash
    digest = blake2b((store + "\0" + kind + "\0" + ref.id).encode(), digest_size=16, key=secret)
    return StreamId(kind[0] + digest.hexdigest())


_remembered = lru_cache(maxsize=20_000)(_hashed)  # a batch names the same few over and over


def event_id(secret: bytes, stream: StreamId, key_class: str, message_id: str) -> str:
    """Return the id of a fact, 32 hexadecimal digits: equal for every copy of one message (design, De-duplication).

    The stream's id already holds the store and the kind.
    """
    digest = blake2b((stream + "\0" + key_class + "\0" + message_id).encode(), digest_size=16, key=secret)
    return digest.hexdigest()
