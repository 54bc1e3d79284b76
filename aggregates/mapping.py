"""Between facts and stored events: serialised, sealed with the key of the stream, named by a frozen topic.

Layout of a stored state (format 1): eight bytes time of recording, which the commit puts there (in the clear: times may
stay when a person is erased), one byte format, twelve bytes nonce, AES-256-GCM ciphertext with its tag, the stream's id
as associated data.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from eventsourcing.persistence import StoredEvent

from aggregates.errors import KeyDestroyed
from aggregates.ports import StreamKey
from schemas import json
from schemas.facts import CustomerEvent, KeyClass, Microseconds
from schemas.streams import StreamId
from schemas.vocabulary.stored import FACT_NAMES, upcast

FORMAT = b"\x01"
_STAMP = 8
_NONCE = _STAMP + len(FORMAT)
_SEALED = _NONCE + 12

StoredFact = tuple[int, StreamId, int, str, bytes]
"""A row of the log: its id, the stream, the version within the stream, the topic, the stored state."""


def stamp(recorded_at: Microseconds) -> bytes:
    """Return what the commit puts before a sealed state."""
    return recorded_at.to_bytes(_STAMP, "big")


def recorded_at(stored: StoredFact) -> Microseconds:
    """Return when a fact was recorded; its key is not needed."""
    return int.from_bytes(stored[4][:_STAMP])


class SealedFact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What is sealed of a fact. Field names are stored: frozen."""

    store: str
    event_id: str
    key_class: KeyClass
    name: str
    message_id: str
    occurred_at: Microseconds
    received_at: Microseconds
    names: tuple[tuple[StreamId, str], ...]
    message: msgspec.Raw


def ciphers(keys: Mapping[StreamId, StreamKey]) -> Mapping[StreamId, AESGCM]:
    """Return what opens the facts of each stream: to make it of a key takes longer than to open a fact."""
    return {stream: AESGCM(known.key) for stream, known in keys.items() if known.key}


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(SealedFact)


class FactMapper:
    """Maps facts to the library's stored events and back."""

    def to_stored_event(self, event: CustomerEvent, key: bytes) -> StoredEvent:
        """Return the stored event, sealed with the stream's key; the commit still has to stamp it."""
        plain = _encoder.encode(
            SealedFact(
                store=event.store,
                event_id=event.event_id,
                key_class=event.key_class,
                name=event.name,
                message_id=event.message_id,
                occurred_at=event.occurred_at,
                received_at=event.received_at,
                names=event.names,
                message=event.message,
            )
        )
        nonce = os.urandom(_SEALED - _NONCE)
        sealed = AESGCM(key).encrypt(nonce, plain, event.stream.encode())
        return StoredEvent(event.stream, event.version, event.fact, FORMAT + nonce + sealed)

    def to_fact(self, stored: StoredFact, ciphers: Mapping[StreamId, AESGCM]) -> CustomerEvent:
        """Return the fact; raises KeyDestroyed where the stream's key is gone."""
        _, stream, version, topic, state = stored
        cipher = ciphers.get(stream)
        if cipher is None:
            raise KeyDestroyed(stream)
        said = _decoder.decode(cipher.decrypt(state[_NONCE:_SEALED], state[_SEALED:], stream.encode()))
        return CustomerEvent(
            store=said.store,
            stream=stream,
            version=version,
            event_id=said.event_id,
            key_class=said.key_class,
            name=said.name,
            fact=topic,
            message_id=said.message_id,
            occurred_at=said.occurred_at,
            received_at=said.received_at,
            recorded_at=recorded_at(stored),
            names=said.names,
            message=said.message if _is_current(topic) else _upcast(topic, said.message),
        )


@cache
def _is_current(topic: str) -> bool:
    fact, _, version = topic.partition(":")
    return int(version) == FACT_NAMES[fact].version


def _upcast(topic: str, message: msgspec.Raw) -> msgspec.Raw:
    """Return the message as the present version of its fact says it."""
    fact, _, version = topic.partition(":")
    said: dict[str, Any] = json.decode(bytes(message))
    return msgspec.Raw(json.encode(upcast(fact, int(version), said)))
