"""The funnel, by brute force: every chain of facts that fits the definition is tried.

Slow on purpose. No trick from `conditions` upwards: a chain is what the definition says, then the best one is chosen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

from tests.oracle.admission import Fact
from tests.oracle.conditions import Profile, meets
from tests.oracle.reading import moment, objects, text

Chain = tuple[Fact, ...]
NO_STEP = 1000


@dataclass(frozen=True)
class Subject:
    """A session or a person: its facts, the profile of its person, and its channel."""

    facts: Sequence[Fact]
    profile: Profile
    channel: str


def funnel_of(subjects: Sequence[Subject], body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the table of a funnel over all subjects."""
    farthest = [farthest_chain(subject, body) for subject in subjects]
    counts = [sum(len(chain) > step for chain in farthest) for step in range(len(body["steps"]))]
    rows = []
    for step, wanted in enumerate(body["steps"]):
        waits = [_seconds(chain, step) for chain in farthest if len(chain) > step > 0]
        rows.append(
            {
                "event": wanted["event"],
                "count": counts[step],
                "of_first": _share(counts[step], counts[0]),
                "of_previous": _share(counts[step], counts[max(step - 1, 0)]),
                "median_seconds": median(waits) if waits and body.get("order") != "any" else None,
            }
        )
    return rows


def funnels_by_channel(subjects: Sequence[Subject], body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a table for each channel of which some subject has step 1."""
    channels = sorted({subject.channel for subject in subjects})
    tables = [(name, funnel_of([one for one in subjects if one.channel == name], body)) for name in channels]
    return [{"channel": name, "steps": table} for name, table in tables if table[0]["count"]]


def farthest_chain(subject: Subject, body: Mapping[str, Any]) -> Chain:
    """Return the longest chain; of several, the one that ends first, then starts last, then reaches each step first."""
    facts = in_funnel_order(subject, body)
    candidates = [[fact for fact in facts if _fits(fact, subject.profile, step)] for step in body["steps"]]
    return min(_chains((), candidates, facts, body), key=_farthest_then_first)


def in_funnel_order(subject: Subject, body: Mapping[str, Any]) -> list[Fact]:
    """Return the facts within `from` and `to`. Equal times are ordered by step: by the first one that a fact fits, then
    by the last, before facts that fit none."""
    since, until = moment(body.get("from")), moment(body.get("to"))

    def order(fact: Fact) -> tuple[datetime, int, int, str]:
        fits = [number for number, step in enumerate(body["steps"]) if _fits(fact, subject.profile, step)]
        return fact.occurred_at, *((fits[0], fits[-1]) if fits else (NO_STEP, NO_STEP)), fact.event_id

    return sorted(
        (
            fact
            for fact in subject.facts
            if (since is None or since <= fact.occurred_at) and (until is None or fact.occurred_at < until)
        ),
        key=order,
    )


def is_chain(chain: Chain, facts: Sequence[Fact], body: Mapping[str, Any]) -> bool:
    """Tell whether facts that fit their steps make a chain: each fills one step, in time, in order, alike."""
    times = [fact.occurred_at for fact in chain]
    places = [facts.index(fact) for fact in chain]
    if len(set(places)) < len(places):
        return False
    if body.get("window") and max(times) - min(times) > duration(body["window"]):
        return False
    if body.get("same") and not set.intersection(*(values(fact, body["same"]) for fact in chain)):
        return False
    if body.get("order", "ordered") == "any":
        return True
    if places != sorted(places):
        return False
    between = [fact for left, right in pairwise(places) for fact in facts[left + 1 : right]]
    return body.get("order") != "strict" or not any(fact.is_activity for fact in between)


def _chains(begun: Chain, candidates: list[list[Fact]], facts: list[Fact], body: Mapping[str, Any]) -> Iterator[Chain]:
    yield begun
    if len(begun) < len(candidates):
        for fact in candidates[len(begun)]:
            longer = (*begun, fact)
            if is_chain(longer, facts, body):
                yield from _chains(longer, candidates, facts, body)


def _farthest_then_first(chain: Chain) -> tuple[float, ...]:
    if not chain:
        return (0,)
    times = [fact.occurred_at.timestamp() for fact in chain]
    return -len(chain), times[-1], -times[0], *times


def values(fact: Fact, name: str) -> set[str]:
    """Return the values of a property, the event's own and those of its products, as texts."""
    found = [fact.properties.get(name), *(product.get(name) for product in objects(fact.properties.get("products")))]
    return {text(value) for value in found if text(value)}


def duration(said: str) -> timedelta:
    """Read an ISO 8601 duration of days, hours, minutes and seconds."""
    parts = re.fullmatch(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", said)
    assert parts is not None, said
    days, hours, minutes, seconds = (int(part or 0) for part in parts.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def _fits(fact: Fact, profile: Profile, step: Mapping[str, Any]) -> bool:
    return fact.name == step["event"] and all(meets(fact, profile, one) for one in step.get("where") or [])


def _seconds(chain: Chain, step: int) -> float:
    return (chain[step].occurred_at - chain[step - 1].occurred_at).total_seconds()


def _share(count: int, of: int) -> float:
    return count / of if of else 0.0
