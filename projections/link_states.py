"""Every link of a person, whether it holds, and why not: for who asks why some ids are, or are not, one customer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from projections import sql
from projections.clickhouse_connection import ExternalTable, Warehouse
from projections.identity import Act, Moment, Verdict, last_splits, verdicts
from projections.links import Links
from projections.perspective import Perspective
from projections.scope import Linked

Pair = tuple[str, str]


class Link(NamedTuple):
    """A link: of a user stream with another stream. `said_by` is the stream of the fact that makes it."""

    pair: Pair
    by_merge: bool
    since: Moment
    said_by: str
    verdict: Verdict
    split: Moment | None

    @property
    def id(self) -> str:
        """By what it is named outside."""
        return "-".join(self.pair)


class Claimed(NamedTuple):
    """What is known of the claims of a component."""

    claims: Mapping[Pair, Moment]
    """The first claim of each pair, among those that count for it."""
    winners: Mapping[str, tuple[str, Moment]]
    """Of each claimed stream the user whose claim comes first, among those that may link, and that claim."""


class LinkStates:
    """Tells of links."""

    def __init__(self, warehouse: Warehouse, links: Links) -> None:
        self._warehouse = warehouse
        self._links = links

    def of(self, perspective: Perspective, linked: Linked) -> list[Link]:
        """Return the links between streams that hang together, in the order in which they were made."""
        asked = [ExternalTable("asked", {"stream": "FixedString(33)"}, [(one,) for one in sorted(linked.streams)])]
        blocked = self._links.blocked(perspective)
        named = self._links.acts(linked.parameters, linked.streams | set(blocked))
        acts = [act for act in named if act.user in linked.streams or act.other in linked.streams]
        merges = self._merges(acts, linked, blocked)
        pairs = self._warehouse.select(_query("claimed_pairs"), linked.parameters, asked)
        winners = self._warehouse.select(_query("claim_winners"), linked.parameters, asked)
        claimed = Claimed(
            {(user, other): (at, event_id) for user, other, at, event_id in pairs},
            {other: (user, (at, event_id)) for other, user, at, event_id in winners},
        )
        found = states(claimed, merges, last_splits(acts), linked, blocked)
        return sorted(found, key=lambda link: (link.since, link.id))

    def _merges(self, acts: Sequence[Act], linked: Linked, blocked: Sequence[str]) -> Mapping[Act, Verdict]:
        named = {stream for act in acts if not act.split for stream in act.pair}
        firsts = self._links.firsts(linked.parameters, named) if named else {}
        return verdicts(acts, firsts, blocked)


def states(
    claimed: Claimed,
    merges: Mapping[Act, Verdict],
    splits: Mapping[Pair, Moment],
    linked: Linked,
    blocked: Sequence[str],
) -> list[Link]:
    """Return each pair once: by the fact by which it holds, else by the last merge, else by its first claim."""
    of_pair: defaultdict[Pair, dict[Act, Verdict]] = defaultdict(dict)
    for act, verdict in merges.items():
        of_pair[act.pair][act] = verdict
    found = []
    for pair in {*claimed.claims, *of_pair}:
        if pair[1] >= "u":
            found.append(_of_users(pair, of_pair[pair], splits.get(pair)))
        else:
            found.append(_of_claims(pair, claimed, of_pair[pair], splits.get(pair), linked, blocked))
    return found


def _of_users(pair: Pair, merges: Mapping[Act, Verdict], split: Moment | None) -> Link:
    held = [act for act, verdict in merges.items() if verdict is Verdict.HELD]
    act = min(held, key=lambda one: one.at) if held else max(merges, key=lambda one: one.at)
    return Link(pair, True, act.at, act.user, merges[act], split)


def _of_claims(
    pair: Pair,
    claimed: Claimed,
    merges: Mapping[Act, Verdict],
    split: Moment | None,
    linked: Linked,
    blocked: Sequence[str],
) -> Link:
    user, other = pair
    winner, since = claimed.winners.get(other, ("", (0, "")))
    if winner == user and other in linked.owners:
        return Link(pair, since in {act.at for act in merges}, since, user, Verdict.HELD, split)
    last = max(merges, key=lambda act: act.at, default=None)
    by_merge = last is not None and (pair not in claimed.claims or merges[last] is not Verdict.VOIDED)
    since = last.at if last is not None and by_merge else claimed.claims[pair]
    return Link(pair, by_merge, since, user, _why(pair, winner, merges, split, linked, blocked), split)


def _why(
    pair: Pair,
    winner: str,
    merges: Mapping[Act, Verdict],
    split: Moment | None,
    linked: Linked,
    blocked: Sequence[str],
) -> Verdict:
    """Return why a claim links nothing."""
    user, other = pair
    if user in blocked or other in blocked:
        return Verdict.BLOCKED
    if split is not None and not any(act.at > split for act in merges):
        return Verdict.VOIDED
    if other in linked.identity.blocked:
        return Verdict.TOO_MANY_USERS
    if winner == user:
        return Verdict.TOO_MANY_ANONYMOUS_IDS
    return Verdict.CLAIMED_BEFORE if winner else Verdict.NO_EVENTS


def _query(name: str) -> str:
    return sql.text("projections", "queries", name)
