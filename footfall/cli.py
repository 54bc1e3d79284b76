"""The command line: options, and what is printed. What a command does lives in the modules it calls."""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import click

from footfall.circuit_breaker import TooMuchPoison
from footfall.command_line import CHECK_FAILED, command
from footfall.growing_up.comparing import compare
from footfall.importing import Outcome, import_files
from footfall.progress import progress_bar
from footfall.rules import import_rules
from footfall.run_modes import Answers, read_side_of, stores_of, target_of
from footfall.settings import ConfigurationError, Loaded
from ingest.consent import ConsentChoice
from ingest.key_kinds import StoreKeys
from ingest.ports import Caller
from ingest.stores import FIRST_STORE, Forgetting, Store, StoreError, chosen, page_origin
from projections.ports import Poisoned
from projections.rebuild import Verdict
from projections.refresh import READ_MODELS, ReadModel
from schemas.errors import FootfallError
from schemas.facts import KeyClass

INTERRUPTED = 130
MOST_SHOWN = 100

CHOICES = click.Choice([choice.value for choice in ConsentChoice])
DAYS = click.IntRange(0, 36_500)

read_models = click.argument(
    "names", metavar="[READ_MODEL]...", nargs=-1, type=click.Choice([m.name for m in READ_MODELS])
)
store_option = click.option("--store", help="name of the store [the first]")
json_option = click.option("--json", "as_json", is_flag=True, help="as JSON")


_PROCESSES = ("collector", "aggregator", "relay", "projector", "query-api")
LATER = {
    **dict.fromkeys(("backup", "backups", "restore"), "footfall.backup_commands"),
    "dead-letters": "footfall.dead_letter_commands",
    "erase": "footfall.erase_commands",
    "erasures": "footfall.erase_commands",
    "retention": "footfall.erase_commands",
    "export": "footfall.export_commands",
    **dict.fromkeys(("customer", "refused-ids", "merge", "split"), "footfall.customer_commands"),
    "migrate": "footfall.growing_up.command",
    "rules": "footfall.rules_commands",
    "topics": "footfall.distributed.commands",
    "up": "footfall.up_command",
    **dict.fromkeys(_PROCESSES, "footfall.distributed.process_commands"),
}
"""Commands whose modules are loaded when they are asked for: the embedded mode needs no Kafka."""


class Commands(click.Group):
    """The commands here, and those of `LATER`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """See click."""
        return sorted([*super().list_commands(ctx), *LATER])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """See click."""
        if cmd_name in LATER:
            found: click.Command = getattr(import_module(LATER[cmd_name]), cmd_name.replace("-", "_"))
            return found
        return super().get_command(ctx, cmd_name)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="footfall")
def cli() -> None:
    """Footfall records what customers do in a shop, and answers questions about them."""


@cli.group("store")
def store_group() -> None:
    """The stores (tenants) of this product."""


@command("keys", cli)
@store_option
@json_option
def keys(loaded: Loaded, store: str | None, as_json: bool) -> None:
    """Print the keys of a store; makes the first store where there is none."""
    with stores_of(loaded.settings) as stores:
        _print_keys(stores.keys_of(store) if store else stores.first_store(Store(FIRST_STORE)), as_json)


@command("add", store_group)
@click.argument("name")
@click.option("--currency", default="EUR", show_default=True, help="of money that names none")
@click.option("--time-zone", default="Europe/Berlin", show_default=True, help="of its days, weeks and months")
@click.option("--origin", "origins", multiple=True, metavar="URL", help="where browsers may send from [anywhere]")
@click.option("--keep-sales", is_flag=True, help="of who is erased keep what was sold, without a name")
@click.option("--consent", type=CHOICES, default="record", show_default=True, help="without consent (docs/consent.md)")
@json_option
def store_add(
    loaded: Loaded,
    name: str,
    *,
    currency: str,
    time_zone: str,
    origins: tuple[str, ...],
    keep_sales: bool,
    consent: str,
    as_json: bool,
) -> None:
    """Add a store and print its keys."""
    store = Store(name, currency, time_zone, _origins(origins), Forgetting(keep_sales), ConsentChoice(consent))
    with stores_of(loaded.settings) as stores:
        _print_keys(stores.add_store(store), as_json)


@command("forgetting", store_group)
@click.argument("name")
@click.option("--keep-sales/--no-sales", default=None, help="of who is erased keep what was sold, without a name")
@click.option("--visitors", "anonymous_days", type=DAYS, help="days that anonymous visitors are kept; 0: for ever")
@click.option("--customers", "customer_days", type=DAYS, help="days that customers are kept; 0: for ever")
def store_forgetting(loaded: Loaded, name: str, **said: Any) -> None:
    """Say how a store forgets persons, and print it (docs/erasure.md)."""
    with stores_of(loaded.settings) as stores:
        known = {store.name: store.forgetting for store in stores.stores()}
        if name not in known:
            raise StoreError(f"there is no store {name}")
        forgetting = known[name]._replace(**{key: value for key, value in said.items() if value is not None})
        if forgetting != known[name]:
            stores.forget(name, forgetting)
    for what, value in forgetting._asdict().items():
        click.echo(f"{what:15} {value}")


@command("consent", store_group)
@click.argument("name")
@click.argument("choice", type=CHOICES, required=False)
def store_consent(loaded: Loaded, name: str, choice: str | None) -> None:
    """Say what a store does with events of those who did not consent, and print it (docs/consent.md)."""
    with stores_of(loaded.settings) as stores:
        if name not in {store.name for store in stores.stores()}:
            raise StoreError(f"there is no store {name}")
        if choice:
            stores.set_consent(name, ConsentChoice(choice))
        click.echo(chosen(stores.stores())(name))


@command("origins", store_group)
@click.argument("name")
@click.argument("origins", nargs=-1, metavar="[URL ...]")
def store_origins(loaded: Loaded, name: str, origins: tuple[str, ...]) -> None:
    """Say which pages' browsers may send to a store; from anywhere, where none is named."""
    allowed = _origins(origins)
    with stores_of(loaded.settings) as stores:
        stores.set_origins(name, allowed)
    click.echo("\n".join(allowed) or "from anywhere")


def _origins(urls: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(page_origin, urls)))


def _print_keys(values: StoreKeys, as_json: bool) -> None:
    said = values.as_dict()
    click.echo(json.dumps(said) if as_json else "\n".join(f"{key:12} {value}" for key, value in said.items()))


@command("import", cli)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@store_option
@click.option(
    "--as", "key_class", type=click.Choice(["server", "write"]), default="server", show_default=True,
    help="`write` for archived browser traffic",
)  # fmt: skip
def import_(loaded: Loaded, files: tuple[Path, ...], store: str | None, key_class: str) -> None:
    """Import Segment messages, one JSON a line, plain or gzip. Can be repeated: what is there is a duplicate."""
    with target_of(loaded.settings) as target, progress_bar() as progress:
        name = target.store(store)
        caller = Caller(name, KeyClass(key_class), consent=_consent_of(loaded, name))
        outcome = import_files(target, files, caller, import_rules(loaded.settings), progress)
    _say_imported(outcome)
    sys.exit(CHECK_FAILED if outcome.refused else 0)


def _consent_of(loaded: Loaded, name: str) -> ConsentChoice:
    with stores_of(loaded.settings) as stores:
        return chosen(stores.stores())(name)


def _say_imported(outcome: Outcome) -> None:
    click.echo(f"accepted {outcome.accepted}, duplicate {outcome.duplicate}, refused {outcome.refused}")
    for file in outcome.refusals:
        click.echo(f"refused lines are in {file}")


@command("rebuild", cli)
@read_models
@click.option("--events", is_flag=True, help="the table of events first, from the event store")
def rebuild(loaded: Loaded, names: tuple[str, ...], events: bool) -> None:
    """Build read models anew from their events, beside the live ones, then swap them in."""
    with read_side_of(loaded.settings) as side, side.nothing_erased(), progress_bar() as progress:
        work = side.rebuild()
        if events:
            work.refill(side.projection(), progress)
        chosen = _chosen(names)
        work.rebuild(chosen, side.stores(), progress)
        for model in chosen:
            click.echo(f"{model.name}: rebuilt, digest {work.digest(model.name)}")


@command("verify", cli)
@read_models
@click.option(
    "--against", metavar="DIR", type=click.Path(path_type=Path, file_okay=False),
    help="compare with a data folder that `footfall migrate` brought here instead; its product must be stopped",
)  # fmt: skip
def verify(loaded: Loaded, names: tuple[str, ...], against: Path | None) -> None:
    """Build read models aside and compare them with the live ones; exit code 1 where they differ."""
    if against:
        _compare(loaded, against, names)
    with read_side_of(loaded.settings) as side, side.nothing_erased(), progress_bar() as progress:
        missing = _missing(side)
        verdicts = side.rebuild().verify(_chosen(names), side.stores(), progress)
        for verdict in verdicts:
            _show(verdict)
        sys.exit(CHECK_FAILED if missing or any(verdict.differences for verdict in verdicts) else 0)


def _missing(side: Answers) -> int:
    """Say and count what `events` lacks, without the facts that have no row: a start does not fill these."""
    gaps, poisoned = side.gaps(), list[Poisoned]()
    side.projection(poisoned.extend).rows(gaps)
    missing = len(gaps) - len(poisoned)
    if missing:
        click.echo(f"events: {missing} notifications are missing; the next start fills them")
    if poisoned:
        click.echo(f"events: {len(poisoned)} notifications have no row: they are dead letters of the stage project")
    return missing


def _compare(loaded: Loaded, folder: Path, names: tuple[str, ...]) -> NoReturn:
    with progress_bar() as progress:
        found = compare(loaded.settings, folder, _chosen(names), progress)
    for one in found:
        click.echo(f"{one.table}: here {one.one}, {folder} {one.other}")
        for store, person in one.differences:
            click.echo(f"  differs: {store} {person}")
    sys.exit(CHECK_FAILED if any(one.one != one.other for one in found) else 0)


def _show(verdict: Verdict) -> None:
    click.echo(f"{verdict.read_model}: live {verdict.live}, rebuilt {verdict.rebuilt}")
    for difference in verdict.differences[:MOST_SHOWN]:
        click.echo(f"  differs: {difference.store} {difference.customer_id}")


def _chosen(names: tuple[str, ...]) -> list[ReadModel]:
    return [model for model in READ_MODELS if model.name in names or not names]


@command("config", cli)
def config(loaded: Loaded) -> None:
    """Print the settings in force, and where each came from; secrets are masked."""
    for name, value, origin in loaded.shown():
        click.echo(f"{name:24} {value:32} {origin}")


def main() -> None:
    """Run the command line; expected faults end with a sentence and their exit code."""
    os.umask(0o077)  # what a shop's customers did is for its owner's eyes
    try:
        cli(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(INTERRUPTED)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except ConfigurationError as error:
        click.echo("\n".join(error.problems), err=True)
        sys.exit(error.exit_code)
    except (FootfallError, TooMuchPoison) as error:
        click.echo(str(error), err=True)
        sys.exit(CHECK_FAILED)
