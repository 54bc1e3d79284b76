"""What other rules would make of the customers: how many differ, in which fields, and some of them before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from projections.comparing import compare
from projections.perspective import Perspective
from query_api import presentation
from query_api.reading import PROFILES, Sources

Profiles = Mapping[str, Mapping[str, Any]]


def what_if(sources: Sources, before: Perspective, after: Perspective, limit: int, seconds: float) -> dict[str, Any]:
    """Return the comparison of a store from two perspectives; QueryTooSlow where it takes longer than `seconds`."""
    live = not before.travelled
    found = compare(sources.warehouse, sources.scope, before, after, live=live, seconds=seconds)
    sample = found.differing[:limit]
    customers = [customer for customer, _ in sample]
    one, other = (_profiles(sources, perspective, customers) for perspective in (before, after))
    return {
        "before": before.told(),
        "after": {**after.told(), "version": None},
        "customers": found.customers,
        "differ": len(found.differing),
        "fields": dict(sorted(found.fields.items())),
        "items": [
            {
                "customer_id": customer,
                "fields": fields,
                "before": _shown(one.get(customer), fields),
                "after": _shown(other.get(customer), fields),
            }
            for customer, fields in sample
        ],
    }


def _profiles(sources: Sources, perspective: Perspective, customers: list[str]) -> Profiles:
    if not customers:
        return {}
    people = sources.scope.around(perspective, customers)
    rows = sources.refresh.compute(PROFILES, perspective, people)
    return {str(row["customer_id"]): presentation.profile(row) for row in rows}


def _shown(profile: Mapping[str, Any] | None, fields: Sequence[str]) -> dict[str, Any] | None:
    """Return some fields; null where there is no such customer. Journeys are told by their number of sessions."""
    return None if profile is None else {field: profile[field] for field in fields if field in profile}
