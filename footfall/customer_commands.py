"""`footfall customer`, `refused-ids`, `merge` and `split`: options, and what is printed: what the routes answer."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple
from uuid import uuid4

import click
import msgspec

from footfall.command_line import CHECK_FAILED, command
from footfall.erase_commands import IDS
from footfall.holdings import CustomerDesk
from footfall.recording import accepted
from footfall.rules import admission_rules
from footfall.run_modes import customers_of, target_of
from footfall.settings import Loaded
from query_api import presentation
from query_api.access import checked_times, known
from query_api.acts import MERGE, SPLIT, Act, message
from query_api.consent import all_changes
from query_api.errors import ApiError, NotFound
from query_api.journey import journey
from query_api.links import LinksOf
from query_api.pages import Page
from query_api.reading import Reading, Row, Times
from query_api.why import why
from schemas import json

NEWEST = 1_000
"""Sessions and facts outside of them that a journey shows."""

group = click.Group()
store_option = click.option("--store", help="name of the store [the first]")
by_option = click.option("--by", type=click.Choice(IDS), default="customer_id", show_default=True, help="what an ID is")
reason_option = click.option("--reason", help="why, for those who look at the link later")
as_of_option = click.option("--as-of", metavar="TIME", help="only what had happened by then (RFC 3339)")
known_at_option = click.option("--known-at", metavar="TIME", help="only what had been recorded by then (RFC 3339)")
said_by_option = click.option("--said-by", default="command line", show_default=True, help="who says so")


class Asked(NamedTuple):
    """A customer as of some times."""

    reading: Reading
    row: Row
    links: Callable[[], Iterator[Any]]


SHOWN: Mapping[str, Callable[[Asked], Any]] = {
    "profile": lambda asked: presentation.profile(asked.row),
    "journey": lambda asked: journey(asked.reading, asked.row["customer_id"], Page(limit=NEWEST)),
    "consent": lambda asked: _all(all_changes(asked.reading, asked.row["customer_id"])),
    "links": lambda asked: _all(asked.links()),
}
"""What can be shown of a customer, each as the API has it."""


@command("customer", group)
@click.argument("id_", metavar="ID")
@by_option
@click.option("--show", type=click.Choice([*SHOWN]), default="profile", show_default=True)
@click.option("--why", "field", metavar="FIELD", help="the events behind a field, such as orders.revenue, instead")
@as_of_option
@known_at_option
@store_option
def customer(
    loaded: Loaded,
    id_: str,
    *,
    by: str,
    show: str,
    field: str | None,
    as_of: str | None,
    known_at: str | None,
    store: str | None,
) -> None:
    """Print a customer, now or as of then, as JSON (docs/time-travel.md)."""
    with customers_of(loaded.settings) as desk, _refusals():
        asked = _asked(desk, desk.store(store), by, id_, checked_times(desk.absorbed(), as_of, known_at))
        found = why(asked.reading, asked.row, field) if field else SHOWN[show](asked)
        _print(found)


@command("refused-ids", group)
@as_of_option
@known_at_option
@store_option
def refused_ids(loaded: Loaded, *, as_of: str | None, known_at: str | None, store: str | None) -> None:
    """Print the ids that are linked to less than was claimed, and why, as JSON (docs/identity.md, Limits)."""
    with customers_of(loaded.settings) as desk, _refusals():
        times = checked_times(desk.absorbed(), as_of, known_at)
        _print(_all(LinksOf(desk.sources).every_refused(desk.store(store), times)))


def _print(found: Any) -> None:
    click.echo(msgspec.json.format(json.encode(found), indent=2).decode())


def _all(items: Iterator[Any]) -> dict[str, Any]:
    return {"items": list(items), "next_cursor": None}


def _asked(desk: CustomerDesk, store: str, by: str, value: str, times: Times) -> Asked:
    stream = known(desk.stream(store, by, value))
    reading = Reading(desk.sources, store, times)
    row = reading.profile(stream)
    if row is None:
        raise NotFound("no such customer")
    return Asked(reading, row, lambda: LinksOf(desk.sources).every(store, stream, times))


@command("merge", group)
@click.argument("id_", metavar="ID")
@click.argument("other", metavar="ID")
@by_option
@reason_option
@said_by_option
@store_option
def merge(loaded: Loaded, id_: str, other: str, *, by: str, store: str | None, **said: str | None) -> None:
    """Make one customer of two; a split undoes it (docs/identity.md)."""
    with customers_of(loaded.settings) as desk, _refusals():
        name = desk.store(store)
        made = _message(desk, name, MERGE, (desk.stream(name, by, id_), desk.stream(name, by, other)), said)
    _record(loaded, name, MERGE, made)


@command("split", group)
@click.argument("id_", metavar="ID")
@click.argument("link", metavar="LINK")
@by_option
@reason_option
@said_by_option
@store_option
def split(loaded: Loaded, id_: str, link: str, *, by: str, store: str | None, **said: str | None) -> None:
    """Undo a LINK of a customer, as `footfall customer ID --show links` names it (docs/identity.md)."""
    with customers_of(loaded.settings) as desk, _refusals():
        name = desk.store(store)
        made = _message(desk, name, SPLIT, (desk.stream(name, by, id_), link), said)
    _record(loaded, name, SPLIT, made)


def _message(
    desk: CustomerDesk, store: str, act: Act, about: tuple[str, str], said: Mapping[str, str | None]
) -> dict[str, Any] | None:
    sides = act.sides(LinksOf(desk.sources), store, *about)
    return sides and message(act, sides, f"{act.name}-{uuid4()}", said["said_by"] or "", said["reason"])


def _record(loaded: Loaded, store: str, act: Act, made: dict[str, Any] | None) -> None:
    """Record the fact, once the desk is closed: who records in a data folder needs it for itself."""
    if made is not None:
        event = accepted(store, made, admission_rules(loaded.settings))
        with target_of(loaded.settings) as target, target.recording(threading.Event()):
            target.put([event])
    click.echo(act.nothing if made is None else act.done)


@contextmanager
def _refusals() -> Iterator[None]:
    """Say what the API would refuse in a sentence."""
    try:
        yield
    except ApiError as error:
        click.echo(error.message, err=True)
        sys.exit(CHECK_FAILED)
