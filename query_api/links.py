"""Reads the links of one customer, with the ids that they link and who said so; and what a store's limits held back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from projections import sql
from projections.identity import Verdict
from projections.link_states import Link, LinkStates
from query_api import presentation
from query_api.reading import Reading, Sources, Times
from schemas import json
from schemas.clock import to_datetime
from schemas.streams import StreamKind

KINDS = {kind[0]: kind.value for kind in StreamKind}
"""Of a stream, by the first letter of its id."""

PRESENT = Times()
AT_ONCE = 1_000
Json = dict[str, Any]
Place = tuple[int, str]


class Side(NamedTuple):
    """One side of a link: a stream, and the id by which it is known."""

    stream: str
    kind: str
    value: str


class LinksOf:
    """Answers about the links of one store."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._warehouse = sources.warehouse
        self._states = LinkStates(sources.warehouse, sources.links)

    def customer(self, store: str, stream: str) -> Side | None:
        """Return the first stream of the customer that an id finds; None where there is no such customer."""
        row = Reading(self._sources, store, PRESENT).profile(stream)
        if row is None:
            return None
        parameters = {"store": store, "stream": row["customer_id"]}
        ((value,),) = self._warehouse.select(_query("own_id"), parameters)
        return _side(str(row["customer_id"]), {str(row["customer_id"]): str(value)})

    def one(self, store: str, stream: str, link_id: str) -> tuple[Link, Side, Side] | None:
        """Return a link of the customer that an id finds, and its sides."""
        link = next((link for link in self._of_customer(store, stream, PRESENT) if link.id == link_id), None)
        if link is None:
            return None
        ids = _ids(self._facts(store, [link])[link.since[1]])
        return link, _side(link.pair[0], ids), _side(link.pair[1], ids)

    def page(
        self, store: str, stream: str, times: Times, limit: int, after: Place | None
    ) -> tuple[list[Json], Place | None]:
        """Return some links of the customer that an id finds, and the place to go on after."""
        found = self._of_customer(store, stream, times)
        left = [link for link in found if after is None or (link.since[0], link.id) > after]
        shown = left[:limit]
        facts = self._facts(store, shown)
        more = (shown[-1].since[0], shown[-1].id) if len(left) > limit else None
        return [_presented(link, facts) for link in shown], more

    def every(self, store: str, stream: str, times: Times) -> Iterator[Json]:
        """Return all links of the customer that an id finds."""
        return _all(lambda after: self.page(store, stream, times, AT_ONCE, after))

    def every_refused(self, store: str, times: Times) -> Iterator[Json]:
        """Return all ids that are linked to less than was claimed."""
        return _all(lambda after: self.refused(store, times, AT_ONCE, after))

    def refused(self, store: str, times: Times, limit: int, before: Place | None) -> tuple[list[Json], Place | None]:
        """Return some ids that are linked to less than was claimed, and the place to go on after."""
        last = before or (2**63 - 1, "")
        perspective = self._sources.perspective(store, times)
        parameters = self._sources.links.of_store(perspective) | {
            "blocked": list(self._sources.links.blocked(perspective)),
            "before": last[0],
            "before_id": last[1],
            "limit": limit + 1,
        }
        rows = self._warehouse.select_with_names(_query("refused"), parameters)
        shown = rows[:limit]
        facts = self._named(store, [row["said_by"] for row in shown], [row["event_id"] for row in shown])
        items = [
            {
                **_of_side(_side(row["stream"], _ids(facts[row["event_id"]]))),
                "reason": row["reason"],
                "links": row["links"],
                "last_at": presentation.time(row["last_at"]),
            }
            for row in shown
        ]
        return items, (shown[-1]["links"], shown[-1]["stream"]) if len(rows) > limit else None

    def act_of_message(self, store: str, act: str, message_id: str) -> str | None:
        """Return the event of the merge or split that a message was, where it is in the answers already."""
        parameters = {"store": store, "act": act, "message_id": message_id}
        found = self._warehouse.select(_query("act_of_message"), parameters)
        return str(found[0][0]) if found else None

    def _of_customer(self, store: str, stream: str, times: Times) -> list[Link]:
        perspective = self._sources.perspective(store, times)
        linked = self._sources.scope.linked(perspective, stream)
        own = linked.of(linked.customer(stream))
        return [link for link in self._states.of(perspective, linked) if not own.isdisjoint(link.pair)]

    def _facts(self, store: str, links: Sequence[Link]) -> Mapping[str, Json]:
        splits = [(stream, link.split[1]) for link in links if link.split for stream in link.pair if stream >= "u"]
        said_by = [*(link.said_by for link in links), *(stream for stream, _ in splits)]
        return self._named(store, said_by, [*(link.since[1] for link in links), *(event for _, event in splits)])

    def _named(self, store: str, streams: Iterable[str], event_ids: Iterable[str]) -> Mapping[str, Json]:
        """Return facts by their ids."""
        parameters = {"store": store, "streams": sorted(set(streams)), "event_ids": sorted(set(event_ids))}
        rows = self._warehouse.select_with_names(_query("link_facts"), parameters)
        return {row["event_id"]: row for row in rows}


def _all(page: Callable[[Place | None], tuple[list[Json], Place | None]]) -> Iterator[Json]:
    after = None
    while True:
        items, after = page(after)
        yield from items
        if after is None:
            return


def _presented(link: Link, facts: Mapping[str, Json]) -> Json:
    made, ids = facts[link.since[1]], _ids(facts[link.since[1]])
    held, voided = link.verdict is Verdict.HELD, link.verdict is Verdict.VOIDED
    return {
        "link": link.id,
        "kind": "merge" if link.by_merge else "claim",
        "streams": [_of_side(_side(stream, ids)) for stream in link.pair],
        "since": presentation.time(to_datetime(link.since[0])),
        "event_id": link.since[1],
        **_said(made),
        "state": "held" if held else "voided" if voided else "refused",
        "refused_because": None if held or voided else link.verdict.value,
        "split": _split(link, facts),
    }


def _split(link: Link, facts: Mapping[str, Json]) -> Json | None:
    if link.split is None:
        return None
    at, event_id = link.split
    return {"at": presentation.time(to_datetime(at)), "event_id": event_id, **_said(facts[event_id])}


def _said(fact: Json) -> Json:
    """Return who said it and why."""
    said = json.decode((fact["properties"] or "{}").encode()) if fact["name"].startswith("Customers ") else {}
    return {
        "by": said.get("by") or ("server key" if fact["server"] else "write key"),
        "name": fact["name"],
        "reason": said.get("reason"),
    }


def _of_side(side: Side) -> Json:
    return {"stream": side.stream, "kind": side.kind, "value": side.value}


def _side(stream: str, ids: Mapping[str, str]) -> Side:
    return Side(stream, KINDS[stream[0]], ids[stream])


def _ids(fact: Json) -> Mapping[str, str]:
    return dict(zip(fact["named_streams"], fact["named_ids"], strict=True))


def _query(name: str) -> str:
    return sql.text("query_api", "queries", name)
