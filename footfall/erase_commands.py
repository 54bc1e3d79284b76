"""`footfall erase`, `erasures` and `retention`: options, and what is printed. What is done is in `footfall/erasing`."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from footfall.backing_up.erasures_file import write_known
from footfall.command_line import CHECK_FAILED, command
from footfall.erasing.waiting import wait
from footfall.run_modes import backups_of, erasing_of
from footfall.settings import Loaded

IDS = ("customer_id", "user_id", "anonymous_id", "email", "phone")
MOST_LISTED = 1_000

group = click.Group()
store_option = click.option("--store", help="name of the store [the first]")
json_option = click.option("--json", "as_json", is_flag=True, help="as JSON")


@command("erase", group)
@click.argument("id_", metavar="ID")
@click.option("--by", type=click.Choice(IDS), default="customer_id", show_default=True, help="what the id is")
@click.option("--yes", is_flag=True, help="do not ask")
@store_option
@json_option
def _erase(loaded: Loaded, id_: str, by: str, yes: bool, store: str | None, as_json: bool) -> None:
    """Erase a person for good, and print the receipt."""
    if not yes:
        click.confirm("Erase this person for good?", abort=True, err=True)
    with erasing_of(loaded.settings) as place:
        name = place.store(store)
        customer = place.customer(name, by, id_)
        if customer is None:
            click.echo("no such customer", err=True)
            sys.exit(CHECK_FAILED)
        asked = place.desk.request(name, customer)
        _say(wait(place, name, asked["erasure_id"]), as_json)


@command("erasures", group)
@click.argument("id_", metavar="[ID]", required=False)
@store_option
@click.option("--export", metavar="FILE", type=click.Path(path_type=Path), help="write all of them, for a restore")
@json_option
def _erasures(loaded: Loaded, id_: str | None, store: str | None, export: Path | None, as_json: bool) -> None:
    """List erasures, newest first, or print the receipt of one."""
    if export is not None:
        return write_known(export, backups_of(loaded.settings).known())
    with erasing_of(loaded.settings) as place:
        name = place.store(store)
        if id_ is None:
            return _list(place.desk.page(name, MOST_LISTED, None), as_json)
        found = place.desk.receipt(name, id_)
    if found is None:
        click.echo("no such erasure", err=True)
        sys.exit(CHECK_FAILED)
    return _say(found, as_json)


@command("retention", group)
@store_option
@json_option
def _retention(loaded: Loaded, store: str | None, as_json: bool) -> None:
    """Say for how long a store keeps whom, and whose time is over."""
    with erasing_of(loaded.settings) as place:
        found = place.desk.retention(place.store(store))
    if as_json:
        return click.echo(json.dumps(found))
    for what, days in (("visitors", found["visitors_days"]), ("customers", found["customers_days"])):
        kept = f"{days} days after their last fact" if days else "for ever"
        click.echo(f"{what:10} kept {kept}; {found['due'][what]} whose time is over")
    return click.echo(f"{found['erased']} were erased for it")


def _list(found: Any, as_json: bool) -> None:
    if as_json:
        return click.echo(json.dumps({"items": list(found), "next_cursor": None}))
    for one in found:
        click.echo(f"{one['erasure_id']}  {one['requested_at']}  {one['kind']}  {one['state']}")
    return None


def _say(receipt: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        return click.echo(json.dumps(receipt))
    for name in ("erasure_id", "state", "requested_at", "erased_up_to", "finished_at", "kept_sales", "pending_until"):
        click.echo(f"{name:14} {receipt[name] if receipt[name] is not None else '-'}")
    for one in receipt["places"]:
        pending = f"; pending until {one['pending_until']}" if one["pending_until"] else ""
        click.echo(f"{one['place']:14} {one['found']} found; {one['done']}{pending}")
    return click.echo(f"{'digest':14} {receipt['digest']}")


erase, erasures, retention = (group.commands[name] for name in ("erase", "erasures", "retention"))
