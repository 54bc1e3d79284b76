"""The Customer aggregate: one stream, and the decision about what becomes a fact in it.

Pure. A Customer needs of its history only its version: whether a message is a duplicate is settled by a reservation,
not by remembering events, so appending costs the same however long the history is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from aggregates.errors import Unrecordable
from aggregates.ports import Refused, Reservation
from schemas.clock import EARLIEST
from schemas.facts import AcceptedEvent, CustomerEvent, Microseconds, Reason
from schemas.streams import StreamId, event_id, stream_id
from schemas.vocabulary.stored import FACT_NAMES

LATEST: Microseconds = 10_413_792_000_000_000
"""The year 2300, at which ClickHouse's DateTime64 ends."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """An accepted event, addressed: what a Customer is asked to record."""

    stream: StreamId
    event_id: str
    accepted: AcceptedEvent
    names: tuple[tuple[StreamId, str], ...]

    @property
    def reservation(self) -> Reservation:
        """The unique key by which copies of one message are one."""
        return self.stream, self.event_id


def propose(secret: bytes, accepted: AcceptedEvent) -> Proposal:
    """Return the proposal of an accepted event; raw ids are hashed with the installation's secret.

    Raises Unrecordable for what a collector of another version may have accepted.
    """
    _check(accepted)
    stream = stream_id(secret, accepted.store, accepted.stream)
    names = [(stream, accepted.stream.id)]
    names += [(stream_id(secret, accepted.store, claim), claim.id) for claim in accepted.claims]
    return Proposal(stream, event_id(secret, stream, accepted.key_class, accepted.message_id), accepted, tuple(names))


def _check(accepted: AcceptedEvent) -> None:
    """A fact is for ever: what this version could not read again must not become one."""
    if not accepted.refused and not _is_known(accepted.fact):
        raise Unrecordable(f"this version knows no fact {accepted.fact[:100]}")
    if not (EARLIEST <= accepted.occurred_at < LATEST and EARLIEST <= accepted.received_at < LATEST):
        raise Unrecordable("a time lies outside of what can be kept")


@lru_cache(maxsize=1_000)
def _is_known(topic: str) -> bool:
    name, _, version = topic.partition(":")
    known = FACT_NAMES.get(name)
    return known is not None and version.isdecimal() and 1 <= int(version) <= known.version


class Decision(NamedTuple):
    """What becomes of proposals; those that are in neither are copies."""

    facts: Sequence[CustomerEvent]
    refused: Refused


NOTHING_ERASED: Mapping[StreamId, Microseconds] = {}


def decide(
    proposals: Iterable[Proposal],
    taken: Container[Reservation],
    versions: Mapping[StreamId, int],
    erased_until: Mapping[StreamId, Microseconds] = NOTHING_ERASED,
) -> Decision:
    """Return the facts: the first of the copies of each message that is not recorded yet, versioned without gaps.

    What happened before its stream was erased is refused, however late it comes: an erasure is final.
    """
    next_versions = dict(versions)
    reserved: set[Reservation] = set()
    facts: list[CustomerEvent] = []
    refused: defaultdict[Reason, list[Reservation]] = defaultdict(list)
    for proposal in proposals:
        if proposal.reservation in taken or proposal.reservation in reserved:
            continue
        reserved.add(proposal.reservation)
        until = erased_until.get(proposal.stream) if erased_until else None
        if until is not None and proposal.accepted.occurred_at <= until:
            refused[Reason.ERASURE].append(proposal.reservation)
            continue
        if proposal.accepted.refused:
            refused[Reason(proposal.accepted.refused)].append(proposal.reservation)
            continue
        version = next_versions[proposal.stream] = next_versions[proposal.stream] + 1
        facts.append(_fact(proposal, version))
    return Decision(facts, refused)


def _fact(proposal: Proposal, version: int) -> CustomerEvent:
    accepted = proposal.accepted
    return CustomerEvent(
        store=accepted.store,
        stream=proposal.stream,
        version=version,
        event_id=proposal.event_id,
        key_class=accepted.key_class,
        name=accepted.name,
        fact=accepted.fact,
        message_id=accepted.message_id,
        occurred_at=accepted.occurred_at,
        received_at=accepted.received_at,
        recorded_at=0,
        names=proposal.names,
        message=accepted.message,
    )
