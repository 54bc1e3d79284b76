"""Questions across customers as readable text: funnels, and counts of two stores side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

Json = dict[str, Any]
BAR = 30


def funnel(*events: str, scope: str = "session") -> Json:
    """Return the body of a funnel."""
    return {"steps": [{"event": event} for event in events], "scope": scope}


def funnel_lines(answer: Json) -> Iterator[str]:
    """Tell a funnel: how many get how far, and how long a step takes the one in the middle."""
    for step in answer["steps"]:
        bar = "█" * max(1, round(BAR * step["of_first"])) if step["count"] else ""
        median = step["median_seconds"]
        after = "" if median is None else f"median {_duration(median)} after the step before"
        yield f"  {step['event']:18}{step['count']:6}  {step['of_first']:6.1%}  {bar:{BAR}}  {after}".rstrip()


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def counts(customers: Sequence[Json]) -> Mapping[str, str]:
    """Return what all customers of a store add up to."""
    revenue: Counter[str] = Counter()
    for customer in customers:
        revenue.update({currency: Decimal(amount) for currency, amount in customer["orders"]["revenue"].items()})
    return {
        "customers": f"{len(customers):,}",
        "events": f"{sum(customer['events'] for customer in customers):,}",
        "sessions": f"{sum(customer['sessions'] for customer in customers):,}",
        "orders": f"{sum(customer['orders']['count'] for customer in customers):,}",
        "revenue": ", ".join(f"{amount:,} {currency}" for currency, amount in sorted(revenue.items())) or "none said",
    }


def counts_lines(stores: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """Tell the counts of some stores side by side."""
    yield "  " + " " * 12 + "".join(f"{name:>18}" for name in stores)
    for what in next(iter(stores.values())):
        yield f"  {what:12}" + "".join(f"{found[what]:>18}" for found in stores.values())
