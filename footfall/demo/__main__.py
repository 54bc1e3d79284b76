"""`python -m footfall.demo`: options, the product in this process, and the tour in a thread beside it."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import click

from footfall import logs
from footfall.data_folder import DataFolder
from footfall.demo import sending
from footfall.demo.plan import BACKDATE_DAYS, REAL_VISITORS, Plan, plan_of
from footfall.demo.storefront_server import serving
from footfall.demo.tour import Tour
from footfall.front_door import listen
from footfall.settings import ConfigurationError, Settings, load
from footfall.simulation.shop import VISITORS
from footfall.up import up
from ingest.key_kinds import StoreKeys
from ingest.sqlite_keys import SQLiteKeys
from ingest.stores import FIRST_STORE, Store
from schemas.errors import FootfallError

FOLDER = Path(".footfall/demo")
USUAL_PORT = 8080
Serve = Callable[[str, str, StoreKeys], str | None]
"""Serves the sample shop, and returns its address."""


class Guide:
    """Takes the tour as soon as the product is up, and remembers how it went."""

    def __init__(self, data: Path, plan: Plan, again: bool, otto: StoreKeys, once: bool, serve: Serve) -> None:
        self._data, self._plan, self._again, self._otto, self._once = data, plan, again, otto, once
        self._serve = serve
        self.finished = False
        self.error: BaseException | None = None

    def started(self, address: str, keys: StoreKeys) -> None:
        """Begin; called by the product."""
        click.echo(f"Footfall is up at {address}, its data is in {self._data}")
        shop = self._serve(address, address, keys)
        tour = Tour(address, address, self._data, self._plan, self._again, keys, self._otto, shop)
        threading.Thread(target=self._run, args=(tour,), name="tour", daemon=True).start()

    def _run(self, tour: Tour) -> None:
        try:
            tour.go()
            self.finished = True
            if not self._once:
                _say_how_to_end(self._data)
                return
        except Exception as error:  # noqa: BLE001 - whatever went wrong ends the demo, and is said there
            if not _is_up(tour.address):
                return  # Ctrl-C came in between
            self.error = error
        os.kill(os.getpid(), signal.SIGINT)


def _is_up(address: str) -> bool:
    try:
        with urlopen(f"{address}/healthz", timeout=5):
            return True
    except URLError:
        return False


def _say_how_to_end(data: Path) -> None:
    click.echo(f"\nCtrl-C ends the demo. `make demo` goes on with the same data; rm -r {data} begins anew.")


def _settings(data: Path, port: int | None) -> Settings:
    quiet = None if "FOOTFALL_LOG_LEVEL" in os.environ else "warning"
    chosen = {"data": data, "port": _free_port() if port is None else port}
    return load({**chosen, "backdate_days": BACKDATE_DAYS, "log_level": quiet}).settings


def _free_port() -> int:
    """Return the usual port, or 0 (any) where somebody has it."""
    try:
        listen("127.0.0.1", USUAL_PORT).close()
    except OSError:
        return 0
    return USUAL_PORT


def _real_visitors(folder: Path) -> StoreKeys:
    """Return the keys of the second store, made after the first."""
    with contextlib.closing(SQLiteKeys(DataFolder(folder).make().path)) as keys:
        keys.first_store(Store(FIRST_STORE))
        return keys.keys_of(REAL_VISITORS.name) if keys.store(REAL_VISITORS.name) else keys.add_store(REAL_VISITORS)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), default=FOLDER, show_default=True)
@click.option("--port", type=int, help="port to listen on [8080, or any free one]")
@click.option("--shop-port", type=int, help="port of the sample shop [8090, or any free one]")
@click.option("--once", is_flag=True, help="end after printing")
@click.option("--visitors", type=click.IntRange(0), default=VISITORS, show_default=True, help="size of a new shop")
def demo(data: Path, port: int | None, shop_port: int | None, once: bool, visitors: int) -> None:
    """Start the product, send it a shop's behaviour, and print what it makes of it."""
    if not sending.installed():
        raise click.ClickException(sending.MISSING)
    settings = _settings(data, port)
    logs.set_up(settings.log_level)
    plan, again = plan_of(data, visitors)
    click.echo("Starting Footfall: collector, event store, ClickHouse, query API ...")
    with serving(shop_port) as serve:
        guide = Guide(data, plan, again, _real_visitors(data), once, serve)
        with contextlib.suppress(KeyboardInterrupt):
            up(settings, guide.started)
    if guide.error is not None:
        raise click.ClickException(f"the demo did not get through: {guide.error}")
    if not once:
        click.echo("\nThe demo has ended.")
    sys.exit(0 if guide.finished else 130)


def main() -> None:
    """Run the demo; expected faults end with a sentence."""
    try:
        demo()
    except ConfigurationError as error:
        click.echo("\n".join(error.problems), err=True)
        sys.exit(error.exit_code)
    except FootfallError as error:
        click.echo(str(error), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
