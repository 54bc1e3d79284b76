"""Why a field of a customer says what it says: the ids of the events behind it, and the rules that it follows.

Which facts are behind a field is decided in `behind.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from projections.clickhouse_connection import microseconds
from query_api import behind, presentation
from query_api.behind import Behind, Fact
from query_api.errors import BadRequest, NotFound
from query_api.journey import ENDED_AT, session_start
from query_api.pages import place_of
from query_api.reading import Place, Reading, Row

JOURNEY = "journey."


def why(reading: Reading, row: Row, field: str) -> dict[str, Any]:
    """Return what is behind a field of the customer whose profile's row this is."""
    _check(field)
    customer = str(row["customer_id"])
    streams = reading.streams(customer)
    said = reading.why_facts(streams)
    facts = [fact for fact in said if fact["is_answered"]]
    told = reading.sessions(customer)
    sessions = presentation.sessions(told) if told else []
    there = Behind(facts, said, frozenset(streams), _within(facts, sessions[:1]), _orders(reading, facts))
    if field.startswith(JOURNEY):
        value, found = _of_journey(there, sessions, field)
    else:
        name, rest = behind.known(field) or (field, "")
        value, found = _at(presentation.profile(row), name, rest), behind.PROFILE[name](there, rest)
    return {
        "customer_id": customer,
        "field": field,
        "value": value,
        "events": ids(found),
        "links": list(dict.fromkeys([*reading.links(customer), *ids(behind.firsts_of_users(there))])),
        "rules": reading.perspective.told(),
    }


def ids(facts: Iterable[Fact]) -> list[str]:
    """Return the ids of facts, each once, in their order."""
    return [event_id for _, event_id in sorted({(fact["occurred_at"], str(fact["event_id"])) for fact in facts})]


def _check(field: str) -> None:
    if field.startswith(JOURNEY):
        _, _, name = field.removeprefix(JOURNEY).partition(".")
        first = name.partition(".")[0]
        if first and first not in behind.SESSION:
            raise BadRequest(f"of a session can be asked: {', '.join(behind.SESSION)}", "field")
    elif behind.known(field) is None:
        raise BadRequest(f"can be asked: {', '.join(behind.PROFILE)}, and journey.<session_id>", "field")


def _of_journey(there: Behind, sessions: Sequence[Sequence[Any]], field: str) -> tuple[Any, Iterable[Fact]]:
    """The path's second part is the id of a session, or of a fact outside of sessions, which is behind itself."""
    wanted, _, rest = field.removeprefix(JOURNEY).partition(".")
    session = next((one for one in sessions if session_start(one).event_id == wanted), None)
    if session is not None:
        own = _within(there.facts, [session])
        named = {fact["order_id"] for fact in own if fact["order_id"]}
        shown = presentation.session(session, [])
        del shown["steps"]
        return _at(shown, *_split(rest)), [*own, *(fact for fact in there.orders if fact["order_id"] in named)]
    outside = [fact for fact in there.facts if fact["event_id"] == wanted and not fact["activity"]]
    if not outside or rest:
        raise NotFound("no such session")
    return None, outside


def _within(facts: Sequence[Fact], sessions: Sequence[Sequence[Any]]) -> list[Fact]:
    """Return the activity of some sessions: all of a session's last moment is in it."""
    bounds = [(session_start(one), Place(microseconds(one[ENDED_AT]) + 1, "")) for one in sessions]
    return [
        fact for fact in facts if fact["activity"] and any(start <= place_of(dict(fact)) < end for start, end in bounds)
    ]


def _orders(reading: Reading, facts: Sequence[Fact]) -> list[Row]:
    named = sorted({str(fact["order_id"]) for fact in facts if fact["order_id"] and fact["fact"] in behind.ORDER_FACTS})
    return reading.order_facts(named) if named else []


def _split(path: str) -> tuple[str, str]:
    name, _, rest = path.partition(".")
    return name, rest


def _at(shown: Mapping[str, Any], name: str, rest: str) -> Any:
    """Return what an answer says at a path, null where it says nothing; of a list, whether it is in it."""
    value = _led(shown, name.split(".") if name else [])
    if not rest:
        return value
    if isinstance(value, list):
        return rest in value
    return value[rest] if isinstance(value, dict) and rest in value else _led(value, rest.split("."))


def _led(value: Any, parts: Sequence[str]) -> Any:
    for part in parts:
        value = value.get(part) if isinstance(value, dict) else None
    return value
