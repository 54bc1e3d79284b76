"""Which links hold, as far as it is rare: merges, splits, and ids with too many links. Values and pure decisions.

A link is a pair of streams. Of the many links by claims `owners` decides in SQL; what is settled here goes to it as one
JSON text (docs/decisions/0011). Who asks for what does not belong here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from projections.components import components
from schemas import json
from schemas.facts import Microseconds

Moment = tuple[Microseconds, str]
"""A place in the order of facts: (occurred_at, event_id)."""


class Act(NamedTuple):
    """A merge or a split: of a user stream with another stream."""

    split: bool
    user: str
    other: str
    at: Moment

    @property
    def pair(self) -> tuple[str, str]:
        """The link, whichever of two users is named first."""
        return (self.user, self.other) if self.user <= self.other or self.other < "u" else (self.other, self.user)


class Verdict(StrEnum):
    """Whether a link holds, and why not. The value is shown: frozen."""

    HELD = "held"
    VOIDED = "voided"
    """By a split."""
    NO_EVENTS = "no_events"
    """A stream without events changes nothing."""
    BLOCKED = "blocked"
    CLAIMED_BEFORE = "claimed_before"
    """By another user, whose claim comes first."""
    TOO_MANY_USERS = "too_many_users"
    """Of an address."""
    TOO_MANY_ANONYMOUS_IDS = "too_many_anonymous_ids"
    """Of a user."""


class Identity(NamedTuple):
    """What `owners` needs to know beside the claims."""

    blocked: Sequence[str] = ()
    """Streams that are linked to nothing."""
    voided: Sequence[str] = ()
    """Of a claim, user stream and claimed stream; of a merge that is a claim, user stream and event id."""
    merged: Mapping[str, str] = {}
    """User streams that are not a customer of their own, and their customer."""
    crowded: Sequence[tuple[str, Microseconds, str]] = ()
    """User streams with too many visitors, and the last claim of theirs that links."""

    def text(self) -> str:
        """Return it as the view reads it."""
        return json.encode(
            {
                "blocked": list(self.blocked),
                "voided": list(self.voided),
                "merged": list(self.merged),
                "customers": list(self.merged.values()),
                "crowded": [list(one) for one in self.crowded],
            }
        ).decode()


def verdicts(acts: Iterable[Act], firsts: Mapping[str, Moment], blocked: Collection[str]) -> dict[Act, Verdict]:
    """Return of each merge whether it holds; `firsts` has the first fact of every stream that has facts."""
    acts = list(acts)
    splits = last_splits(acts)
    return {act: _verdict(act, splits, firsts, blocked) for act in acts if not act.split}


def _verdict(
    act: Act, splits: Mapping[tuple[str, str], Moment], firsts: Mapping[str, Moment], blocked: Collection[str]
) -> Verdict:
    if act.pair in splits and act.at <= splits[act.pair]:
        return Verdict.VOIDED
    if act.user in blocked or act.other in blocked:
        return Verdict.BLOCKED
    return Verdict.HELD if act.user in firsts and act.other in firsts else Verdict.NO_EVENTS


def last_splits(acts: Iterable[Act]) -> dict[tuple[str, str], Moment]:
    """Return the last split of each pair."""
    splits: dict[tuple[str, str], Moment] = {}
    for act in acts:
        if act.split:
            splits[act.pair] = max(act.at, splits.get(act.pair, act.at))
    return splits


def settled(acts: Iterable[Act], firsts: Mapping[str, Moment], blocked: Sequence[str]) -> Identity:
    """Return what follows from merges and splits."""
    acts = list(acts)
    found = verdicts(acts, firsts, blocked)
    voided = {user + other for user, other in last_splits(acts)}
    voided |= {act.user + act.at[1] for act, verdict in found.items() if verdict is not Verdict.HELD}
    held = [act.pair for act, verdict in found.items() if verdict is Verdict.HELD and act.other.startswith("u")]
    return Identity(blocked, sorted(voided), _merged(held, firsts))


def _merged(pairs: Sequence[tuple[str, str]], firsts: Mapping[str, Moment]) -> Mapping[str, str]:
    """Return the customer of each user stream that is not one itself: the stream of the component that began first."""
    root = components(pairs)
    streams = sorted({stream for pair in pairs for stream in pair}, key=lambda stream: (firsts[stream], stream))
    customers: dict[str, str] = {}
    for stream in streams:
        customers.setdefault(root(stream), stream)
    return {stream: customers[root(stream)] for stream in streams if customers[root(stream)] != stream}
