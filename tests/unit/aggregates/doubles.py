"""Doubles for the ports of the write side, and builders of its facts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from aggregates.customer import decide, propose
from aggregates.ports import EventStore, Received, StreamKey
from schemas.facts import AcceptedEvent, CustomerEvent, Microseconds
from schemas.streams import StreamId, StreamKind, StreamRef
from tests.builders import NOW, accepted_event

SECRET = b"a secret of thirty-two bytes ...."


def said(message_id: str, anonymous: str = "a-1", **fields: Any) -> AcceptedEvent:
    """An accepted event of an anonymous visitor."""
    return accepted_event(message_id, stream=StreamRef(StreamKind.ANONYMOUS, anonymous), **fields)


def stream_of(anonymous: str = "a-1") -> StreamId:
    return propose(SECRET, said("any", anonymous)).stream


def facts(store: EventStore, *events: AcceptedEvent) -> Sequence[CustomerEvent]:
    """The facts that these events become in a store as it is now."""
    proposals = [propose(SECRET, event) for event in events]
    return decide(
        proposals,
        store.taken([proposal.reservation for proposal in proposals]),
        store.versions(proposal.stream for proposal in proposals),
    ).facts


@dataclass
class Hands:
    """A clock whose hands are set by the test."""

    at: Microseconds = NOW

    def __call__(self) -> Microseconds:
        return self.at


@dataclass
class MemoryKeys:
    """Keys derived from the stream's id, so that every instance knows the same ones; any can be destroyed."""

    made: dict[StreamId, StreamKey] = field(default_factory=dict)

    def ensure(self, streams: Collection[StreamId]) -> Mapping[StreamId, StreamKey]:
        for stream in streams:
            known = self.made.get(stream, StreamKey(b""))
            key = blake2b(f"{stream} {known.from_version}".encode(), digest_size=32).digest()
            self.made[stream] = known._replace(key=key)
        return self.find(streams)

    def find(self, streams: Collection[StreamId]) -> Mapping[StreamId, StreamKey]:
        return {stream: self.made[stream] for stream in streams if stream in self.made}

    def erased_until(self, streams: Collection[StreamId]) -> Mapping[StreamId, Microseconds]:
        known = self.find(streams)
        return {stream: key.erased_until for stream, key in known.items() if key.erased_until is not None}

    def destroy(self, stream: StreamId, from_version: int, erased_until: Microseconds) -> None:
        self.made[stream] = StreamKey(b"", from_version, erased_until)


@dataclass
class ListAcceptedLog:
    """What was accepted, one record an element, forgotten when it is told to."""

    records: dict[int, Sequence[AcceptedEvent]] = field(default_factory=dict)

    @classmethod
    def of(cls, *records: Sequence[AcceptedEvent]) -> ListAcceptedLog:
        return cls(dict(enumerate(records, 1)))

    def read(self, after: int, max_events: int) -> Sequence[Received]:
        found: list[Received] = []
        for sequence in sorted(self.records):
            if sequence > after:
                if found and sum(len(events) for _, events in found) + len(self.records[sequence]) > max_events:
                    break
                found.append((sequence, self.records[sequence]))
        return found

    def forget(self, up_to: int) -> None:
        for sequence in [one for one in self.records if one <= up_to]:
            del self.records[sequence]


class Crash(Exception):
    """The process ends here. (No fault that anybody expects.)"""


@dataclass
class Fuse:
    """Blows at the n-th call of any port that shares it, before the call or after it."""

    at: int
    after: bool = False
    calls: int = 0

    def passing(self, call: Callable[..., Any], *arguments: Any) -> Any:
        self.calls += 1
        blows = self.calls == self.at
        if blows and not self.after:
            raise Crash
        result = call(*arguments)
        if blows:
            raise Crash
        return result


class Fused:
    """Any port, with every call through a fuse."""

    def __init__(self, port: Any, fuse: Fuse) -> None:
        self._port = port
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._port, name)
        return lambda *arguments: self._fuse.passing(call, *arguments)
