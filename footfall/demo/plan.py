"""What the demo sends: the simulated shop's messages, and those of real visitors of another shop.

A plan is kept in the data folder, so that every start sends the same messages again, ids and times included: the
product counts none of them twice.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from footfall.simulation import SimulatedMessage, simulate
from footfall.simulation.bots import CRAWLERS
from footfall.simulation.shop import DAYS
from ingest.stores import Store

FILE_NAME = "demo.json"
REAL_VISITORS = Store("otto")
BACKDATE_DAYS = 20 * 365
"""The demo's history is older than what a write key may send: 90 days, and real visitors of 2022."""


@dataclass(frozen=True)
class Plan:
    """What determines the simulated shop."""

    end: str
    visitors: int

    @property
    def days(self) -> int:
        return DAYS

    def shop(self) -> list[SimulatedMessage]:
        """Return the simulated shop's messages in the order of arrival."""
        return list(simulate(datetime.fromisoformat(self.end), visitors=self.visitors))


def plan_of(folder: Path, visitors: int) -> tuple[Plan, bool]:
    """Return the plan of a data folder, and whether it was there before; a new one ends now."""
    file = folder / FILE_NAME
    if file.exists():
        return Plan(**json.loads(file.read_text(encoding="utf-8"))), True
    plan = Plan(datetime.now(UTC).replace(microsecond=0).isoformat(), visitors)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = file.with_suffix(".draft")
    draft.write_text(json.dumps(asdict(plan)), encoding="utf-8")
    draft.replace(file)
    return plan, False


def otto() -> list[SimulatedMessage]:
    """Return what 20 real visitors did (footfall/simulation/data/README.md)."""
    packed = files("footfall.simulation").joinpath("data", "otto.segment.jsonl.gz").read_bytes()
    messages: list[dict[str, Any]] = [json.loads(line) for line in gzip.decompress(packed).splitlines()]
    return [SimulatedMessage(datetime.fromisoformat(each["timestamp"]), "write", each) for each in messages]


def is_crawlers(message: dict[str, Any]) -> bool:
    """Say whether a crawler said this."""
    return message.get("context", {}).get("userAgent") in CRAWLERS
