"""Conditions of a funnel's step: one operator each, on one field of a fact or of its person.

A field that is absent or null meets only `!=` and a denied `exists`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.oracle.admission import Fact
from tests.oracle.reading import at, number, text

Condition = Mapping[str, Any]
Profile = Mapping[str, Any]


def meets(fact: Fact, profile: Profile, condition: Condition) -> bool:
    """Tell whether a fact meets a condition."""
    found, op, wanted = field_of(fact, profile, condition["field"]), condition["op"], condition.get("value")
    if op == "exists":
        return (found is not None) == (wanted is not False)
    if op == "!=":
        return found is None or not equal(found, wanted)
    if found is None:
        return False
    if op == "=":
        return equal(found, wanted)
    if op == "in":
        return any(equal(found, one) for one in wanted or [])
    if op == "contains":
        return any(equal(one, wanted) for one in found) if isinstance(found, list) else text(wanted) in text(found)
    left, right = number(found), number(wanted)
    if left is None or right is None:
        return False
    return {">": left > right, ">=": left >= right, "<": left < right, "<=": left <= right}[op]


def equal(found: Any, wanted: Any) -> bool:
    """Equal as numbers where both are numbers, else as texts."""
    left, right = number(found), number(wanted)
    return left == right if left is not None and right is not None else text(found) == text(wanted)


def field_of(fact: Fact, profile: Profile, path: str) -> Any:
    """Return a field: one of the event's properties, or what lies at a `context.`, `traits.` or `customer.` path."""
    place, _, rest = path.partition(".")
    roots: dict[str, Any] = {"context": fact.context, "traits": fact.traits, "customer": profile}
    return at(roots[place], rest) if rest and place in roots else at(fact.properties, path)
