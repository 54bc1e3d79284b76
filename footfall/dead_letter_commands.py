"""`footfall dead-letters`: options, and what is printed. What is done lives in `footfall/dead_letters.py`.

What senders wrote is printed without control characters: it must not move the cursor of an operator's terminal.
"""

from __future__ import annotations

import json
import sys
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import click

from footfall.command_line import CHECK_FAILED, command
from footfall.dead_letters import PAGE, Letters, Replayed, oldest_first, replay
from footfall.run_modes import desk_of
from footfall.settings import Loaded
from ingest.kept_letters import KeptLetter, Wanted
from ingest.ports import STAGES
from schemas.clock import to_datetime

MOST_LISTED = 1_000
Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

store_option = click.option("--store", help="of this store only")
stage_option = click.option("--stage", type=click.Choice(STAGES), help="of this stage only")
json_option = click.option("--json", "as_json", is_flag=True, help="as JSON")


@click.group("dead-letters")
def dead_letters() -> None:
    """What could not be processed: see it, replay it, discard it."""


def choosing(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add how the letters of a replay or a discard are named."""
    options: tuple[Decorator, ...] = (
        click.argument("ids", metavar="[ID]...", nargs=-1),
        click.option("--all", "all_", is_flag=True, help="all letters, or those of the options below"),
        store_option,
        stage_option,
        click.option("--code", help="of this code only"),
    )
    for option in reversed(options):
        function = option(function)
    return function


@command("list", dead_letters)
@store_option
@stage_option
@click.option("--limit", type=click.IntRange(1, MOST_LISTED), default=50, show_default=True)
@click.option("--before", metavar="ID", help="older than this letter")
@json_option
def list_(loaded: Loaded, store: str | None, stage: str | None, limit: int, before: str | None, as_json: bool) -> None:
    """List dead letters, newest first."""
    with desk_of(loaded.settings) as desk:
        number = _found(desk.letters, before).number if before else None
        found = list(_heads(desk.letters, Wanted(store, stage), limit + 1, number))
    more = found[limit - 1]["id"] if len(found) > limit else None
    if as_json:
        return click.echo(json.dumps({"items": found[:limit], "next_cursor": more}))
    for head in found[:limit]:
        words = (head["id"], head["received_at"], head["store"], head["stage"], head["code"], head["field"] or "-")
        click.echo(f"{_printable('  '.join(words))}  {head['bytes']} bytes")
    if more:
        click.echo(f"more: --before {more}")
    return None


def _heads(letters: Letters, wanted: Wanted, limit: int, before: int | None) -> Iterator[dict[str, Any]]:
    """Return letters without their bytes, read in pages: those of a thousand would take much memory."""
    while limit > 0 and (page := letters.page(wanted, limit=min(limit, PAGE), before=before)):
        yield from (_head(kept) | {"bytes": len(kept.letter.raw)} for kept in page)
        before = page[-1].number
        limit -= len(page)


@command("show", dead_letters)
@click.argument("id_", metavar="ID")
@json_option
def show(loaded: Loaded, id_: str, as_json: bool) -> None:
    """Show one dead letter with its bytes."""
    with desk_of(loaded.settings) as desk:
        kept = _found(desk.letters, id_)
    letter = kept.letter
    text = letter.raw.decode("utf-8", "replace")
    said = _head(kept) | {
        "key_class": letter.key_class,
        "type": letter.type,
        "is_import": letter.is_import,
        "envelope": letter.envelope.decode("utf-8", "replace"),
        "ip": letter.ip,
        "shard": letter.shard,
        "notification_id": letter.notification_id,
    }
    if as_json:
        exact = {} if text.encode() == letter.raw else {"raw_base64": b64encode(letter.raw).decode()}
        return click.echo(json.dumps(said | {"raw": text} | exact))
    for name, value in said.items():
        click.echo(f"{name:16} {_printable(str(value))}".rstrip())
    return click.echo("\n" + _printable(text))


@command("replay", dead_letters)
@choosing
def replay_(loaded: Loaded, ids: tuple[str, ...], all_: bool, **wanted: str | None) -> None:
    """Send dead letters on their way again; exit code 1 where one is refused again, or not known.

    Can be repeated: what is recorded already is not recorded twice.
    """
    chosen = _wanted(ids, all_, **wanted)
    with desk_of(loaded.settings) as desk:
        known, unknown = _chosen(desk.letters, ids, chosen)
        refused = _say_replayed(replay(desk, known))
    _say_unknown(unknown)
    sys.exit(CHECK_FAILED if refused or unknown else 0)


def _say_replayed(outcomes: Iterable[Replayed]) -> int:
    """Print what became of each letter, and return how many were refused again."""
    replayed = events = refused = 0
    for outcome in outcomes:
        events += outcome.events
        refused += bool(outcome.refused)
        replayed += not outcome.refused
        said = f"refused again: {outcome.refused}" if outcome.refused else "replayed"
        click.echo(f"{outcome.id}: {_printable(said)}")
    click.echo(f"replayed {replayed}, events {events}, refused again {refused}")
    return refused


@command("discard", dead_letters)
@choosing
@click.option("--yes", is_flag=True, help="do not ask")
def discard(loaded: Loaded, ids: tuple[str, ...], all_: bool, yes: bool, **wanted: str | None) -> None:
    """Discard dead letters for good; exit code 1 where one is not known."""
    chosen = _wanted(ids, all_, **wanted)
    if all_ and not yes:
        named = ", ".join(f"{name} {value}" for name, value in wanted.items() if value)
        click.confirm(f"Discard all dead letters{' of ' if named else ''}{named} for good?", abort=True, err=True)
    with desk_of(loaded.settings) as desk:
        known, unknown = _chosen(desk.letters, ids, chosen)
        click.echo(f"discarded {sum(desk.letters.delete([kept]) for kept in known)}")
    _say_unknown(unknown)
    sys.exit(CHECK_FAILED if unknown else 0)


def _wanted(ids: tuple[str, ...], all_: bool, **wanted: str | None) -> Wanted:
    if bool(ids) == all_:
        raise click.UsageError("name letters by their ids, or say --all")
    if ids and any(wanted.values()):
        raise click.UsageError("--store, --stage and --code go with --all")
    return Wanted(**wanted)


def _chosen(letters: Letters, ids: tuple[str, ...], wanted: Wanted) -> tuple[Iterator[KeptLetter], list[str]]:
    """Return the letters, and the ids of which there is none."""
    if not ids:
        return oldest_first(letters, wanted), []
    found = {id_: letters.get(id_) for id_ in ids}
    return (kept for kept in found.values() if kept), [id_ for id_, kept in found.items() if kept is None]


def _say_unknown(ids: Iterable[str]) -> None:
    for id_ in ids:
        click.echo(f"{_printable(id_)}: no such dead letter", err=True)


def _found(letters: Letters, id_: str) -> KeptLetter:
    kept = letters.get(id_)
    if kept is None:
        _say_unknown([id_])
        sys.exit(CHECK_FAILED)
    return kept


def _head(kept: KeptLetter) -> dict[str, Any]:
    letter = kept.letter
    return {
        "id": kept.id,
        "store": letter.store,
        "stage": letter.stage,
        "code": letter.code,
        "field": letter.field,
        "message": letter.message,
        "received_at": to_datetime(letter.received_at).isoformat(timespec="microseconds").replace("+00:00", "Z"),
    }


def _printable(text: str) -> str:
    return "".join(sign if sign.isprintable() or sign in "\n\t" else f"\\x{ord(sign):02x}" for sign in text)
