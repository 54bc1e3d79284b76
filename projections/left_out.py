"""Reads what the views `facts` and `owners` leave out of a store, or of some of its streams: as a rule, nothing.

It is read before and given to the views as the parameter `left_out` (docs/decisions/0017): what was taken back, the
streams of bots, and, for who reads answers, what was done while its person refused consent. What makes a bot belongs to
`bots.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from projections import sql
from projections.clickhouse_connection import ExternalTable
from projections.perspective import Perspective

Parameters = dict[str, Any]
_ANSWERED = re.compile(r"\b(\w\.)?answered\b")
_TOLD = (
    "store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')},"
    " left_out = {left_out:Array(String)}"
)
FACTS, OWNERS = f"facts({_TOLD})", f"owners({_TOLD}, identity = {{identity:String}})"
"""How queries name the views."""

_FACTS_BY_CONSENT = f"""(
    SELECT
        *,
        NOT browsing OR analytics = 'yes'
            OR (analytics = 'silent' AND concat(stream, event_id) NOT IN (SELECT place FROM withheld)) AS answered
    FROM {FACTS}
)"""
MOST_TOLD = 5_000
"""A view takes a parameter of a megabyte at the most."""

_LOOKED_UP = ""
"""Says that the views are to look up what was taken back."""

_STREAMS = {"stream": "FixedString(33)"}


class Selecting(Protocol):
    """What queries can be sent to."""

    def select(
        self, query: str, parameters: Mapping[str, Any] | None = None, tables: Sequence[ExternalTable] = ()
    ) -> list[tuple[Any, ...]]:
        """Run a query; parameters are bound by the server."""


Owned = Sequence[tuple[str, str]]
"""Streams, each with the customer that it belongs to; all streams of these customers."""


class Left(NamedTuple):
    """What is left out, and whether anybody in question ever refused consent for analytics."""

    parameters: Parameters
    is_refused: bool
    withheld: Sequence[tuple[str]] = ()
    """Facts, each as its stream with its event id, that say nothing of consent and happened after their person's no."""

    def query(self, text: str) -> str:
        """Return a query over `owners`, `facts` and its column `answered` as it is to be sent.

        Where nobody refused, all are answered: to plan what tells would cost more than to read before that it is so.
        Where nothing is to be looked up, what the views are takes their place, for the same reason.
        """
        text = text.replace(FACTS, _FACTS_BY_CONSENT) if self.is_refused else _ANSWERED.sub("true", text)
        if _LOOKED_UP in self.parameters["left_out"]:
            return text
        return text.replace(FACTS, _in_place("facts")).replace(OWNERS, _in_place("owners"))

    @property
    def tables(self) -> Sequence[ExternalTable]:
        """Return what is sent with such a query."""
        return [ExternalTable("withheld", {"place": "String"}, self.withheld)] if self.is_refused else []


def left_out(source: Selecting, perspective: Perspective, streams: Collection[str] | None = None) -> Parameters:
    """Return the parameter `left_out`, for queries about a whole store, or about some streams, that ask whose they are.

    A refresh reads it behind versions and before facts: who records something that leaves facts out refreshes with a
    higher version.
    """
    return left(source, perspective, streams).parameters


def unanswered(
    source: Selecting, perspective: Perspective, streams: Collection[str] | None, refusing: Callable[[], Owned]
) -> Left:
    """Return what is left out of queries that read `answered` of `facts`.

    `refusing` returns the persons in question of whom some stream refused, or more; it is seldom called.
    """
    found = left(source, perspective, streams)
    return withheld(source, perspective, found, refusing()) if found.is_refused else found


def unanswered_of_people(source: Selecting, perspective: Perspective, streams: Collection[str] | None = None) -> Left:
    """The same for a session with a table `people`, of whom `streams` are; None where there may be any."""

    def refusing() -> Owned:
        return [
            (stream, customer) for stream, customer in source.select(_query("refusing_people"), perspective.times())
        ]

    return unanswered(source, perspective, streams, refusing)


def left(source: Selecting, perspective: Perspective, streams: Collection[str] | None = None) -> Left:
    """Return what is left out, but for want of consent."""
    asked = ExternalTable("asked", _STREAMS, [(stream,) for stream in sorted(streams or ())])
    parameters = {**perspective.times(), "everybody": int(streams is None)}

    def found(name: str, more: Mapping[str, int] = {}) -> list[tuple[Any, ...]]:
        return source.select(_query(name), {**parameters, **more}, [asked])

    told = found("left_out")
    fast = perspective.rules.judges_by_speed and any(why == _BURST for _, why in told)
    bots = found("bots", perspective.rules.bot_rates()) if fast else []
    taken_back = [place for place, why in told if why == _TAKEN_BACK]
    places = [*([_LOOKED_UP] if len(taken_back) > MOST_TOLD else taken_back), *(stream for (stream,) in bots)]
    return Left({"left_out": places}, any(why == _REFUSED for _, why in told))


def withheld(source: Selecting, perspective: Perspective, found: Left, refusing: Owned) -> Left:
    """Return what is left out, with what was done while its person refused consent for analytics."""
    table = ExternalTable("refusing", {**_STREAMS, "customer_id": "FixedString(33)"}, list(refusing))
    return found._replace(withheld=source.select(_query("withheld"), perspective.times() | found.parameters, [table]))


_TAKEN_BACK, _BURST, _REFUSED = 0, 1, 2
"""`why` of a row of `left_out.sql`."""


def _in_place(view: str) -> str:
    return f"({sql.text('projections', 'told', view)})"


def _query(name: str) -> str:
    return sql.text("projections", "queries", name)
