"""A customer as readable text: the profile in short, then the journey, oldest first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from footfall.demo.facts_text import about, day, many, moment, money

Json = dict[str, Any]
LABEL, NAME = 16, 27


def profile_lines(profile: Json) -> Iterator[str]:
    """Tell a profile in short."""
    traits, orders, came = profile["traits"], profile["orders"], profile["acquisition"]
    devices = len(profile["anonymous_ids"])
    first, last = moment(profile["first_seen"]), moment(profile["last_seen"])
    yield _labelled("customer", f"{traits.get('name')}, {traits.get('email')}, {traits['address']['city']}")
    yield _labelled(
        "ids", f"user {', '.join(profile['user_ids'])}; known first by {many(devices, 'anonymous browser')}"
    )
    yield _labelled(
        "seen", f"{day(first)} to {day(last)}: {sessions_text(profile)}, {many(profile['events'], 'event')}"
    )
    yield _labelled("came by", f"{came['channel']} ({came['source']} / {came['medium']} / {came['campaign']})")
    refunded = f", of which {money(orders['refunded'])} was refunded" if orders["refunded"] else ""
    yield _labelled("orders", f"{orders['count']} for {money(orders['revenue'])}{refunded}")
    yield _labelled("cart now", cart_text(profile))
    yield _labelled("newsletters", ", ".join(profile["newsletters"]))
    yield _labelled("allowed", ", ".join(purpose for purpose, given in profile["consent"].items() if given))
    liked = profile["preferences"]
    yield _labelled("likes", f"{', '.join(liked['categories'])}; mostly comes by {liked['channel']}")


def sessions_text(profile: Json) -> str:
    return many(profile["sessions"], "session")


def cart_text(profile: Json) -> str:
    """Tell what is in the cart."""
    lines = [f"{each['quantity']} x {each['product_id']}" for each in profile["cart"]["items"]]
    return f"{', '.join(lines)}, together {money(profile['cart']['value'])}" if lines else "empty"


def _labelled(label: str, text: str) -> str:
    return f"  {label:{LABEL}}{text}"


def journey_lines(journey: Json) -> Iterator[str]:
    """Tell a journey: each session with its steps, and between them what happened outside."""
    orders: set[str] = set()
    parts = [(each["started_at"], each) for each in journey["sessions"]]
    parts += [(each["at"], each) for each in journey["outside_sessions"]]
    in_session: bool | None = None
    for _, part in sorted(parts, key=lambda pair: pair[0]):
        if in_session is not None and (in_session or "steps" in part):
            yield ""
        if "steps" in part:
            yield from _session_lines(part, orders)
        else:
            yield _outside_line(part)
        in_session = "steps" in part


def _session_lines(session: Json, orders: set[str]) -> Iterator[str]:
    started, ended = moment(session["started_at"]), moment(session["ended_at"])
    source = " / ".join(session[key] for key in ("source", "medium", "campaign") if session[key])
    lasted = "one event" if len(session["steps"]) == 1 else _minutes((ended - started).total_seconds())
    words = [session["channel"], source, session["device"], lasted]
    if session["converted"]:
        words.append(f"revenue {money(session['revenue'])}")
    title = f"  {day(started)}  {' · '.join(word for word in words if word)}"
    yield click.style(title, bold=True)
    for step, following in zip(session["steps"], [*session["steps"][1:], None], strict=True):
        if step["name"] != "page" or following is None or following["url"] != step["url"]:
            yield _step_line(step, orders)


def _step_line(step: Json, orders: set[str]) -> str:
    what = about(step)
    if step["name"] == "Order Completed":
        if step["order_id"] in orders:
            what += "  (said by the shop's server too: one order)"
        orders.add(step["order_id"])
    return f"      {moment(step['at']):%H:%M:%S}  {step['name']:{NAME}}{what}".rstrip()


def _outside_line(fact: Json) -> str:
    return f"  {day(moment(fact['at']))}  {fact['name']:{NAME}}{about(fact)}".rstrip()


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 60 else f"{seconds / 60:.0f} min"
