"""`python -m benchmarks [NAME ...] [--quick] [--list] [--write]`: the rows, the command line, and no measuring."""

from __future__ import annotations

import sys
import time

import click

from benchmarks import (
    aggregating,
    appending,
    asking,
    collecting,
    erasing,
    formats,
    inserting,
    living,
    loading,
    merging,
    pipeline,
    rebuilding,
    refilling,
    relaying,
    remembering,
    report,
    requests,
    waiting,
    what_if,
)
from benchmarks.harness import Bench, Benchmark, Result, Skipped
from benchmarks.sizes import FULL, QUICK, TINY, Sizes

EMBEDDED: dict[str, Benchmark] = {
    "single": requests.single,
    "batches": requests.batches,
    "formats": formats.formats,
    "sustained": pipeline.sustained,
    "aggregator": aggregating.aggregator,
    "append": appending.append,
    "insert": inserting.insert,
    "rebuild": rebuilding.rebuild,
    "what-if": what_if.what_if,
    "refill": refilling.refill,
    "profile": asking.profile,
    "as-of": asking.as_of,
    "latency": waiting.latency,
    "memory": remembering.memory,
    "merge": merging.merge,
    "erase": erasing.erase,
}
DISTRIBUTED: dict[str, Benchmark] = {
    "kafka-single": collecting.single,
    "kafka-batches": collecting.batches,
    "workers": relaying.workers,
    "kafka-latency": living.latency,
}
SOAK: dict[str, Benchmark] = {
    "kafka-soak": living.soak,
}
STOREFRONT: dict[str, Benchmark] = {
    "snippet": loading.snippet,
}
ROWS = {**EMBEDDED, **DISTRIBUTED, **SOAK, **STOREFRONT}
"""The one list of rows, in the order of the table."""

PARTS = {"embedded": EMBEDDED, "distributed": DISTRIBUTED, "soak": SOAK, "storefront": STOREFRONT}


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("names", metavar="[NAME]...", nargs=-1, type=click.Choice([*PARTS, *ROWS]))
@click.option("--quick", is_flag=True, help="small: finds out whether it runs, not how fast it is")
@click.option("--tiny", is_flag=True, hidden=True)
@click.option("--list", "listed", is_flag=True, help="print the names")
@click.option("--write", is_flag=True, help="put the figures into docs/performance.md")
def main(names: tuple[str, ...], quick: bool, tiny: bool, listed: bool, write: bool) -> None:
    """Measure the product against its floors; exit code 1 where a demand is not held."""
    if listed:
        click.echo("\n".join(f"{name:14} {row.__doc__}" for name, row in ROWS.items()))
        return
    if write and (quick or tiny or any(name not in PARTS for name in names)):
        raise click.UsageError("the page holds whole runs only: --write goes with no name but a part's, and no --quick")
    sizes = TINY if tiny else QUICK if quick else FULL
    rows = [name for name in names if name in ROWS]
    runs = {part: measure(tuple(PARTS[part]), sizes) for part in PARTS if part in names or not names}
    results = [*measure(tuple(rows), sizes), *(result for run in runs.values() for result in run)]
    click.echo(report.table(results))
    if write:
        for part, run in runs.items():
            report.write(run, part)
    sys.exit(0 if all(result.held is not False for result in results) else 1)


def measure(names: tuple[str, ...], sizes: Sizes) -> list[Result]:
    """Measure rows in their order."""
    bench = Bench(sizes)
    return [result for name in ROWS if name in names for result in _measured(name, bench)]


def _measured(name: str, bench: Bench) -> list[Result]:
    """Measure a row; one that breaks is told and held against us, the others go on."""
    click.echo(f"{name}: {ROWS[name].__doc__}", err=True)
    began = time.monotonic()
    try:
        return list(ROWS[name](bench))
    except Skipped as reason:
        return [Result(name, "-", "-", "-", "-", None, f"skipped: {reason}")]
    except Exception as error:  # noqa: BLE001 - told in the table
        return [Result(name, "-", "-", "-", "-", False, f"broken: {type(error).__name__}: {error}")]
    finally:
        click.echo(f"  {time.monotonic() - began:.0f} s", err=True)


if __name__ == "__main__":
    main()
