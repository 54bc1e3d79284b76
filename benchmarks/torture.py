"""The long fault run: `python -m benchmarks.torture [--kills N] [--seed S] [--write]`, also `make torture`.

Kills every process of the product at random moments under load, then accounts for every event that was answered with
200 (tests/faults). `--write` puts the figures into docs/reliability.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psutil

from tests.faults.killing import Killer, Victim
from tests.faults.ledger import Audit, Ledger, Load, audit
from tests.product.running import RunningProduct

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
    """Kill so often under load, then audit."""
    began = time.monotonic()

    def told(number: int, victim: Victim) -> None:
        minutes = (time.monotonic() - began) / 60
        print(f"{minutes:6.1f} min  kill {number:4} of {kills}: {victim}", flush=True)

    with closing(RunningProduct(folder / "data")) as product:
        product.start()
        shop = product.new_store()
        killer = Killer(product, seed)
        with Load(shop, seed=seed, senders=senders, customers=200) as load:
            killer.kill(kills, told)
        ended = time.monotonic()
        shop.settle(within=SETTLED_WITHIN)
        settled = time.monotonic() - ended
        found = audit(shop, load.ledger)
        verified = product.run("verify")
        minutes = (time.monotonic() - began) / 60
        verdict = verified.stdout + verified.stderr
        return Run(seed, killer.kills, load.ledger, found, minutes, settled, verified.returncode == 0, verdict)


def report(run: Run) -> str:
    """Return docs/reliability.md."""
    ledger, found = run.ledger, run.audit
    answers = ", ".join(f"{count:,} times {answer}" for answer, count in sorted(ledger.answers.items()))
    victims = "\n".join(f"| killed: {victim} | {count:,} |" for victim, count in sorted(run.kills.items()))
    return f"""\
# Reliability

Written by `python -m benchmarks.torture --write` (`make torture` runs the same without writing). Several senders share
the customers of one shop and send single events and batches; each repeats a request with the same ids until it is
answered with 200, as Segment's SDKs do, and some requests are deliberately sent once more afterwards, changed.
Meanwhile processes of the product are killed (`kill -9`) at random moments, also while it starts. At the end every
event that was answered with 200 must be in the answers of the API exactly once, with the right person, in the order in
which its sender sent it, the first copy standing; aggregate versions must have no gaps; and `footfall verify` must find
nothing.

| what | this run |
|---|---|
{victims}
| kills in all | {run.kills.total():,} in {run.minutes:.0f} minutes, seed {run.seed} |
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

{machine()}, {datetime.now(UTC):%Y-%m-%d}.

The short run of this, and the other faults of the same kind (a full disk, a slow disk, a clock that jumps, a ClickHouse
that stands still) are in `tests/faults/` and run with `make test`.
"""


def machine() -> str:
    """Return a line about the machine and the versions."""
    memory = psutil.virtual_memory().total / 1024**3
    parts = [f"{os.cpu_count()} cores", f"{memory:.0f} GB", platform.machine(), platform.system(), platform.release()]
    versions = [
        f"Python {platform.python_version()}",
        *(f"{name} {version(name)}" for name in ("chdb", "eventsourcing")),
    ]
    return "Machine: " + ", ".join([*parts, *versions])


def main() -> int:
    """Run, print, and write when told to."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.torture", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--senders", type=int, default=4)
    parser.add_argument("--write", action="store_true", help="put the figures into docs/reliability.md")
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="footfall-torture-") as folder:
        run = torture(Path(folder), options.kills, options.seed, options.senders)
    print(report(run))
    for problem in run.audit.problems[:SHOWN]:
        print(problem)
    if not run.verified:
        print(run.verdict)
    if options.write:
        REPORT.write_text(report(run), encoding="utf-8")
    return 0 if run.good else 1


if __name__ == "__main__":
    sys.exit(main())
