"""Whom an export is about: the streams of the person that an id belongs to, also where the answers know nobody."""

from __future__ import annotations

from typing import NamedTuple

from query_api.reading import Reading, Sources, Times
from schemas.facts import Microseconds

PRESENT = Times()


class Person(NamedTuple):
    """A person of a store, with what reads of it."""

    store: str
    customer: str
    streams: list[str]
    reading: Reading
    until: Microseconds
    """What is recorded later is left out, so that all files say the same."""


def person(sources: Sources, store: str, stream: str, now: Microseconds) -> Person | None:
    """Return the person of a stream; None where nothing was ever recorded, or nothing is left."""
    perspective = sources.perspective(store, PRESENT)
    people = sources.scope.around(perspective, [stream])
    customer = next((owner for one, owner, _ in people if one == stream), stream)
    own = [(one, version) for one, owner, version in people if owner == customer]
    if not any(version > perspective.version for _, version in own):
        return None
    return Person(store, customer, sorted(one for one, _ in own), Reading(sources, store, PRESENT), now)
