"""An erasure as a value: who asked for what, how far it is, and the receipt. Pure; no personal data is in it.

It is stored (the ledger), so its field names are frozen: add fields with defaults.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import msgspec

from schemas.clock import to_datetime
from schemas.erasure_events import Kind
from schemas.facts import Microseconds
from schemas.streams import StreamId

REQUESTED, UNDER_WAY, DONE = "requested", "under_way", "done"


class Removed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was done in one place."""

    found: int
    """Rows, letters, facts: what the place holds of a person; 0 where that cannot be known."""
    done: str
    """What was done, in words."""
    at: Microseconds
    pending_until: Microseconds | None = None
    """Until when a copy may be left that the product cannot reach; None: nothing is left."""
    note: str = ""
    pending: tuple[str, ...] = ()
    """Copies that were out of reach: backups on a disk that is not there."""


class LastFact(msgspec.Struct, frozen=True):
    """Before when the last fact of a person must lie; None: such persons stay."""

    visitors: Microseconds | None
    customers: Microseconds | None


class Erasure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One erasure, of one person or of those whom a retention rule names."""

    id: str
    store: str
    kind: Kind
    customers: tuple[StreamId, ...] = ()
    """Whose: any stream of a person. By a retention rule, nobody is named before the keys are destroyed."""
    before: LastFact | None = None
    """The retention rule: those are erased whose last fact lies before."""
    requested_at: Microseconds
    until: Microseconds | None = None
    """What happened up to then is erased, and refused from then on; None until nothing of it can be recorded."""
    persons: dict[StreamId, tuple[StreamId, ...]] = {}
    """The persons by their customer ids, each with all streams."""
    generations: dict[StreamId, int] = {}
    """All streams of the persons, and the version from which each goes on."""
    others: tuple[StreamId, ...] = ()
    """Streams of persons who shared an order, or were linked once: their answers are worked out anew."""
    kept_sales: int = 0
    """Order facts that were recorded anew without a name."""
    marks: dict[str, int] = {}
    """Places of logs that have to be passed, as they were when the keys were destroyed."""
    removed: dict[str, Removed] = {}
    """Places that are done."""
    finished_at: Microseconds | None = None

    @property
    def state(self) -> str:
        """Tell how far it is: half an erasure never looks like a whole one."""
        if self.finished_at is not None:
            return DONE
        return REQUESTED if self.until is None else UNDER_WAY

    @property
    def streams(self) -> tuple[StreamId, ...]:
        """Return the streams of the persons; before the keys are destroyed, what was asked for."""
        return tuple(sorted(self.generations)) or self.customers


def receipt(erasure: Erasure, secret: bytes) -> dict[str, Any]:
    """Return what an owner may show: what was removed where, and what is pending, with a digest over it."""
    said: dict[str, Any] = {
        "erasure_id": erasure.id,
        "store": erasure.store,
        "kind": erasure.kind,
        "state": erasure.state,
        "customer_ids": sorted(erasure.persons) or list(erasure.customers),
        "streams": list(erasure.streams),
        "requested_at": _moment(erasure.requested_at),
        "erased_up_to": _moment(erasure.until),
        "finished_at": _moment(erasure.finished_at),
        "kept_sales": erasure.kept_sales,
        "places": [_place(name, removed) for name, removed in erasure.removed.items()],
        "pending_until": _moment(max((one.pending_until or 0 for one in erasure.removed.values()), default=0) or None),
    }
    return {**said, "digest": digest(said, secret)}


def digest(said: Mapping[str, Any], secret: bytes) -> str:
    """Return the keyed hash of a receipt: of its canonical JSON, without the digest itself."""
    text = json.dumps({k: v for k, v in said.items() if k != "digest"}, sort_keys=True, separators=(",", ":"))
    return blake2b(text.encode(), digest_size=32, key=secret, person=b"footfall-erased").hexdigest()


def _place(name: str, removed: Removed) -> dict[str, Any]:
    said = {
        "place": name,
        "found": removed.found,
        "done": removed.done,
        "at": _moment(removed.at),
        "pending_until": _moment(removed.pending_until),
        "note": removed.note,
    }
    return {**said, "pending": list(removed.pending)} if removed.pending else said


def _moment(at: Microseconds | None) -> str | None:
    return None if at is None else to_datetime(at).isoformat()
