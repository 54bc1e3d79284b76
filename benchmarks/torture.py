"""The long fault runs: `python -m benchmarks.torture [MODE] [--kills N] [--seed S] [--write]`, also `make torture`.

Kills every process of the product at random moments under load, in the distributed mode also its servers, and lets
workers come, go and stand still; then accounts for every event that was answered with 200. `--write` puts
the figures into docs/reliability.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psutil

from tests.cluster.disturbing import KILLS, PAUSES, REBALANCES, SERVERS, Disturber
from tests.cluster.running_cluster import RunningCluster
from tests.faults.killing import Killer
from tests.faults.ledger import Audit, Ledger, Load, audit
from tests.product.running import Product, RunningProduct, Shop

REPORT = Path(__file__).parents[1] / "docs" / "reliability.md"
SETTLED_WITHIN = 300.0
SHOWN = 20


@dataclass(frozen=True)
class Run:
    """What one run was, and what came out."""

    seed: int
    kills: Counter[str]
    ledger: Ledger
    audit: Audit
    minutes: float
    settled_seconds: float
    verified: bool
    verdict: str

    @property
    def good(self) -> bool:
        """Whether nothing was lost, nothing was there twice, and all else was as it should be."""
        return self.verified and not self.audit.problems


def torture(folder: Path, kills: int, seed: int, senders: int) -> Run:
    """Kill the embedded product so often under load, then audit."""
    began = time.monotonic()
    with closing(RunningProduct(folder / "data")) as product:
        product.start()
        shop = product.new_store()
        killer = Killer(product, seed)
        with Load(shop, seed=seed, senders=senders, customers=200) as load:
            killer.kill(kills, _teller(began, kills))
        return _audited(product, shop, load, killer.kills, seed, began)


def torture_cluster(folder: Path, kills: int, seed: int, senders: int) -> Run:
    """Do to a cluster what can be done: so many kills, half as many rebalances, a tenth of broker restarts."""
    began = time.monotonic()
    plan = [name for name in KILLS for _ in range(max(1, kills // len(KILLS)))]
    plan += [name for name in REBALANCES for _ in range(max(1, kills // 8))]  # each of them is two
    plan += ["restart broker"] * max(1, kills // 10)
    plan += [name for name in (*SERVERS, *PAUSES) if name != "restart broker" for _ in range(max(1, kills // 50))]
    with closing(RunningCluster(folder / "cluster")) as cluster:
        cluster.start()
        cluster.start_service("collector", 2)
        shop = cluster.new_store()
        disturber = Disturber(cluster, seed, every=(0.1, 1.0))
        with Load(shop, seed=seed, senders=senders, customers=200) as load:
            disturber.disturb(plan, _teller(began, len(plan)))
            cluster.wait_ready()
        return _audited(cluster, shop, load, disturber.done, seed, began)


def _teller(began: float, count: int) -> Callable[[int, str], None]:
    def told(number: int, what: str) -> None:
        print(f"{(time.monotonic() - began) / 60:6.1f} min  {number:4} of {count}: {what}", flush=True)

    return told


def _audited(product: Product, shop: Shop, load: Load, done: Counter[str], seed: int, began: float) -> Run:
    ended = time.monotonic()
    shop.settle(within=SETTLED_WITHIN)
    settled = time.monotonic() - ended
    found = audit(shop, load.ledger)
    verified = product.run("verify")
    minutes = (time.monotonic() - began) / 60
    verdict = verified.stdout + verified.stderr
    return Run(seed, done, load.ledger, found, minutes, settled, verified.returncode == 0, verdict)


def report(run: Run) -> str:
    """Return the figures of a run, for the page."""
    ledger, found = run.ledger, run.audit
    answers = ", ".join(f"{count:,} times {answer}" for answer, count in sorted(ledger.answers.items()))
    victims = "\n".join(f"| {victim} | {count:,} |" for victim, count in sorted(run.kills.items()))
    return f"""\
| what | this run |
|---|---|
{victims}
| all of these | {run.kills.total():,} in {run.minutes:.0f} minutes, seed {run.seed} |
| events answered with 200 | {len(ledger.acknowledged):,} |
| events deliberately sent again, changed | {ledger.repeated:,} |
| answers ("none": the connection broke) | {answers} |
| longest time until an event was answered with 200 | {ledger.longest_wait:.1f} s |
| settled after the last event | {run.settled_seconds:.1f} s |
| events in the answers | {found.events:,} of {found.customers:,} customers |
| **lost** | **{found.lost:,}** |
| **twice** | **{found.twice:,}** |
| other faults (persons, order, versions, profiles) | {len(found.problems) - found.lost - found.twice:,} |
| `footfall verify` | {"clean" if run.verified else "NOT CLEAN"} |

{machine()}, {datetime.now(UTC):%Y-%m-%d}."""


def write(mode: str, run: Run, page: Path = REPORT) -> None:
    """Put the figures of a run into the page, between the two marks of its mode."""
    begin, end = (f"<!-- {word} of the {mode} run -->" for word in ("figures", "end"))
    before, _, rest = page.read_text(encoding="utf-8").partition(begin)
    after = rest.partition(end)[2]
    page.write_text(f"{before}{begin}\n\n{report(run)}\n\n{end}{after}", encoding="utf-8")


def machine() -> str:
    """Return a line about the machine and the versions."""
    memory = psutil.virtual_memory().total / 1024**3
    parts = [f"{os.cpu_count()} cores", f"{memory:.0f} GB", platform.machine(), platform.system(), platform.release()]
    versions = [
        f"Python {platform.python_version()}",
        *(f"{name} {version(name)}" for name in ("chdb", "eventsourcing")),
    ]
    return "Machine: " + ", ".join([*parts, *versions])


MODES = {"embedded": torture, "distributed": torture_cluster}


def main() -> int:
    """Run, print, and write when told to."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.torture", description=__doc__)
    parser.add_argument("mode", choices=list(MODES), nargs="?", default="embedded")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--senders", type=int, default=4)
    parser.add_argument("--write", action="store_true", help="put the figures into docs/reliability.md")
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="footfall-torture-") as folder:
        run = MODES[options.mode](Path(folder), options.kills, options.seed, options.senders)
    print(report(run))
    for problem in run.audit.problems[:SHOWN]:
        print(problem)
    if not run.verified:
        print(run.verdict)
    if options.write:
        write(options.mode, run)
    return 0 if run.good else 1


if __name__ == "__main__":
    sys.exit(main())
