"""`make cluster DEMO=1`: the demo's tour through the distributed mode; its answers are those of `make demo`."""

from __future__ import annotations

from pathlib import Path

import click

from footfall import logs
from footfall.cluster.__main__ import run, wait_for_the_end
from footfall.cluster.local_cluster import FOLDER, local_cluster
from footfall.demo import sending
from footfall.demo.plan import BACKDATE_DAYS, REAL_VISITORS, plan_of
from footfall.demo.storefront_server import serving
from footfall.demo.tour import Tour
from footfall.simulation.shop import VISITORS
from ingest.stores import FIRST_STORE, Store


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), default=FOLDER, show_default=True)
@click.option("--port", type=int, default=8080, show_default=True, help="port of the collector, 0 for any free one")
@click.option("--query-port", type=int, default=8081, show_default=True, help="port of the query API, likewise")
@click.option("--shop-port", type=int, help="port of the sample shop [8090, or any free one]")
@click.option("--once", is_flag=True, help="end after printing")
@click.option("--visitors", type=click.IntRange(0), default=VISITORS, show_default=True, help="size of a new shop")
def demo(folder: Path, port: int, query_port: int, shop_port: int | None, once: bool, visitors: int) -> None:
    """Start a cluster on this machine, send it a shop's behaviour, and print what it makes of it."""
    if not sending.installed():
        raise click.ClickException(sending.MISSING)
    logs.set_up("warning")
    folder = folder.absolute()
    stores = [Store(FIRST_STORE), REAL_VISITORS]
    settings = {"FOOTFALL_BACKDATE_DAYS": str(BACKDATE_DAYS)}
    with local_cluster(folder, port, query_port, stores, settings) as running, serving(shop_port) as serve:
        plan, again = plan_of(folder, visitors)
        keys, real = running.keys
        shop = serve(running.collector, running.answers, keys)
        Tour(running.collector, running.answers, folder, plan, again, keys, real, shop).go()
        if not once:
            click.echo("\nCtrl-C ends the cluster; `make cluster DEMO=1` goes on with the same data.")
            wait_for_the_end()


if __name__ == "__main__":
    run(demo)
