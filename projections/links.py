"""Reads what the view `owners` needs to know beside the claims: of a whole store, or of streams that hang together.

What it means is settled in `projections/identity.py`. Where there are no merges, splits and crowds, as of most persons,
nothing is asked for them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from projections import sql
from projections.clickhouse_connection import ExternalTable, Warehouse
from projections.identity import Act, Identity, Moment, settled
from projections.left_out import Left, left, left_out, withheld
from projections.perspective import Perspective
from projections.ports import Hashing
from schemas.rules import Rules

Parameters = dict[str, Any]


class Neighbour(NamedTuple):
    """Two streams that share a link, whether or not it holds, or an order."""

    stream: str
    neighbour: str
    by_act: bool
    """By a merge or a split."""


class Links:
    """Gives what the view `owners` takes."""

    def __init__(self, warehouse: Warehouse, hashing: Hashing) -> None:
        self._warehouse = warehouse
        self._hashing = hashing
        self._blocked: dict[str, tuple[Sequence[str], Sequence[str]]] = {}

    def of_store(self, perspective: Perspective, without: Parameters | None = None) -> Parameters:
        """Return the parameters of `owners` and `facts` for a query over a whole store."""
        times = perspective.times()
        any_acts = bool(self._warehouse.select(_query("has_acts"), times))
        crowds = self._crowds_of(perspective, None)
        identity = self._identity(perspective, None, any_acts, crowds)
        return times | {"identity": identity.text()} | (without or left_out(self._warehouse, perspective))

    def of_answers(self, perspective: Perspective) -> Left:
        """Return what a question about a whole store leaves out, with the parameters of `owners` and `facts`."""
        found = left(self._warehouse, perspective)
        parameters = self.of_store(perspective, found.parameters)
        if found.is_refused:
            refusing = self._warehouse.select(_query("refusing"), parameters)
            found = withheld(self._warehouse, perspective, found, refusing)
        return found._replace(parameters=parameters)

    def within(self, perspective: Perspective, neighbours: Collection[Neighbour]) -> Identity:
        """Return the identity for a query over streams of which these are all neighbours."""
        any_acts = any(each.by_act for each in neighbours)
        streams = {each.stream for each in neighbours} if any_acts else set()
        return self._identity(perspective, streams, any_acts, _crowds(perspective.rules, neighbours))

    def of_some(self, perspective: Perspective, streams: Collection[str], any_acts: bool) -> Identity:
        """Return the identity for the owners of some streams, given with their claimants and the users beside these."""
        return self._identity(perspective, streams, any_acts, self._crowds_of(perspective, streams))

    def blocked(self, perspective: Perspective) -> Sequence[str]:
        """Return the streams of a store that are linked to nothing. Those of the rules of before are forgotten."""
        store, ids = perspective.store, perspective.rules.blocked_ids
        known, streams = self._blocked.get(store, ((), ()))
        if known != ids:
            kinds = ("user", "anonymous", "email", "phone")
            streams = sorted({self._hashing.stream(store, kind, one) for one in ids for kind in kinds})
            self._blocked[store] = ids, streams
        return streams

    def acts(self, times: Mapping[str, Any], streams: Collection[str] | None = None) -> list[Act]:
        """Return the merges and splits of a store, or those that touch some streams."""
        parameters = {**times, "everybody": int(streams is None)}
        rows = self._warehouse.select(_query("acts"), parameters, [_asked(streams or ())])
        return list({Act(bool(split), user, other, (at, event_id)) for split, user, other, at, event_id in rows})

    def firsts(self, parameters: Mapping[str, Any], streams: Iterable[str]) -> dict[str, Moment]:
        """Return the first fact of each stream that has any; `parameters` of `facts` about these streams."""
        rows = self._warehouse.select(_query("first_facts"), parameters, [_asked(streams)])
        return {stream: (at, event_id) for stream, at, event_id in rows}

    def _identity(
        self, perspective: Perspective, streams: Collection[str] | None, any_acts: bool, crowds: Sequence[str]
    ) -> Identity:
        times = perspective.times()
        identity = Identity(self.blocked(perspective))
        if any_acts:
            acts = self.acts(times, streams)
            named = {stream for act in acts if not act.split for stream in act.pair}
            parameters = times | left_out(self._warehouse, perspective, named)
            identity = settled(acts, self.firsts(parameters, named), identity.blocked)
        return self._without_crowds(identity, times | _most(perspective.rules), crowds) if crowds else identity

    def _without_crowds(self, identity: Identity, times: Mapping[str, Any], crowds: Sequence[str]) -> Identity:
        parameters = {**times, "identity": identity.text()}
        asked = [_asked(crowds)]
        addresses = self._warehouse.select(_query("crowded_addresses"), parameters, asked)
        users = self._warehouse.select(_query("crowded_users"), parameters, asked)
        blocked = [*identity.blocked, *sorted(str(stream) for (stream,) in addresses)]
        return identity._replace(blocked=blocked, crowded=sorted((str(user), at, last) for user, at, last in users))

    def _crowds_of(self, perspective: Perspective, streams: Collection[str] | None) -> list[str]:
        parameters = perspective.times() | _most(perspective.rules) | {"everybody": int(streams is None)}
        return [str(one) for (one,) in self._warehouse.select(_query("crowds"), parameters, [_asked(streams or ())])]


def _crowds(rules: Rules, neighbours: Iterable[Neighbour]) -> list[str]:
    """Return the streams that may have too many links; the links are counted whether or not they hold."""
    visitors: Counter[str] = Counter()
    users: Counter[str] = Counter()
    for stream, neighbour, _ in neighbours:
        if stream >= "u" and neighbour < "b":
            visitors[stream] += 1
        elif "e" <= stream < "u" and neighbour >= "u":
            users[stream] += 1
    return sorted(
        [user for user, count in visitors.items() if count > rules.most_anonymous_ids]
        + [address for address, count in users.items() if count > rules.most_users_of_an_address]
    )


def _most(rules: Rules) -> Parameters:
    return {"most_visitors": rules.most_anonymous_ids, "most_users": rules.most_users_of_an_address}


def _asked(streams: Iterable[str]) -> ExternalTable:
    return ExternalTable("asked", {"stream": "FixedString(33)"}, [(stream,) for stream in sorted(streams)])


def _query(name: str) -> str:
    return sql.text("projections", "queries", name)
