"""`footfall rules`: which rules a store's answers follow, to change them, and what a change would do."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

import click

from footfall.command_line import command
from footfall.recording import accepted
from footfall.rules import admission_rules
from footfall.run_modes import Answers, read_side_of, target_of
from footfall.settings import Loaded
from ingest.stores import StoreError
from projections.perspective import Perspective
from query_api.what_if import what_if
from schemas.json import encode
from schemas.vocabulary import resolve
from schemas.vocabulary.store_rules import RULES_CHANGED

MOST_SHOWN = 20

store_option = click.option("--store", help="name of the store [the first]")
json_option = click.option("--json", "as_json", is_flag=True, help="as JSON")
changes = click.argument("changes", nargs=-1, required=True, metavar="NAME=VALUE...")


@click.group("rules")
def rules() -> None:
    """What the answers of a store depend on besides its customers' facts."""


@command("show", rules)
@store_option
@json_option
def show(loaded: Loaded, store: str | None, as_json: bool) -> None:
    """Print the rules in force. Those that were set a moment ago are there once they are in the answers."""
    with read_side_of(loaded.settings) as side:
        perspective = _perspective(side, store)
    told = {"version": perspective.rules_version, **perspective.rules.model_dump(mode="json")}
    lines = (f"{name:24} {json.dumps(value)}" for name, value in told.items())
    click.echo(json.dumps(told) if as_json else "\n".join(lines))


@command("set", rules)
@changes
@store_option
@click.option("--reason", help="why, for those who read the versions later")
def set_(loaded: Loaded, changes: tuple[str, ...], store: str | None, reason: str | None) -> None:
    """Record new rules, such as session_timeout_seconds=2700; `null` is the installation's setting again."""
    said = {"rules": _said(changes), **({"reason": reason} if reason else {})}
    message = {"type": "track", "event": RULES_CHANGED.name, "messageId": str(uuid4()), "properties": said}
    with target_of(loaded.settings) as target:
        event = accepted(target.store(store), message, admission_rules(loaded.settings))
        with target.recording(threading.Event()):
            target.put([event])
    click.echo("recorded; everybody's answers are worked out anew")


@command("compare", rules)
@changes
@store_option
@json_option
def compare(loaded: Loaded, changes: tuple[str, ...], store: str | None, as_json: bool) -> None:
    """Print how the customers would differ by other rules; nothing is changed."""
    said = _said(changes)
    resolve("track", RULES_CHANGED.name).check({"rules": said})
    with read_side_of(loaded.settings) as side:
        before = _perspective(side, store)
        told = what_if(side.sources, before, side.sources.rules.what_if(before, said), MOST_SHOWN, 0)
    click.echo(encode(told).decode() if as_json else "\n".join(_lines(told)))


def _perspective(side: Answers, store: str | None) -> Perspective:
    names = side.stores()
    if not names or (store and store not in names):
        raise StoreError(f"there is no store {store}" if store else "there is no store yet")
    return side.sources.rules.perspective(store or names[0])


def _said(changes: Sequence[str]) -> dict[str, Any]:
    return {name: _value(value) for name, _, value in (change.partition("=") for change in changes)}


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _lines(told: Mapping[str, Any]) -> list[str]:
    head = f"{told['differ']} of {told['customers']} customers differ"
    counts = [f"  {field:16} {count}" for field, count in told["fields"].items()]
    return [head, *counts, *(f"{item['customer_id']} {', '.join(item['fields'])}" for item in told["items"])]
