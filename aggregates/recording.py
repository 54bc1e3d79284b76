"""Records proposals in an event store: what is taken, which versions, decide, append; again after a conflict."""

from __future__ import annotations

from collections.abc import Sequence

from aggregates.customer import Proposal, decide
from aggregates.errors import RecordConflict
from aggregates.ports import EventStore

MAX_CONFLICTS = 5


def record(store: EventStore, proposals: Sequence[Proposal], position: int = 0) -> int:
    """Record what is not recorded yet, with the position of the log it came from; return how many facts that were.

    Raises RecordConflict where other writers are first again and again, and StorageUnavailable.
    """
    for _ in range(MAX_CONFLICTS):
        taken = store.taken([proposal.reservation for proposal in proposals])
        versions = store.versions(proposal.stream for proposal in proposals)
        facts = decide(proposals, taken, versions)
        try:
            store.append(facts, position)
        except RecordConflict:
            continue
        return len(facts)
    raise RecordConflict("the stream is written by another process")
