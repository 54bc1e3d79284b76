"""The processes behind the front door: `python -m footfall.worker {aggregator,projector} --data DIR --parent PID`.

A worker steps until it is told to end. Expected faults are retried with backoff and the position stays; anything else
is a bug: the process ends, and the supervisor starts it anew.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType

from eventsourcing.persistence import PersistenceError

from aggregates.sqlite_stream_keys import FAULTS
from footfall.data_folder import DataFolder
from footfall.embedded import ReadSide, WriteSide, published_address, rules_of
from footfall.logs import logger, set_up
from footfall.parent_death import die_with, die_with_standard_input
from footfall.settings import Settings
from schemas.errors import FootfallError

log = logger(__name__)

EXPECTED: tuple[type[Exception], ...] = (FootfallError, PersistenceError, *FAULTS, OSError)
FIRST_BACKOFF, LONGEST_BACKOFF = 0.1, 5.0
IDLE_TICK = 0.5
"""Seconds between two ticks of an idle log: how far `known_at` lags behind the present."""
PROJECTOR_PACE = 0.25
"""Least seconds from one batch to the next: fewer, larger inserts."""
PROJECTOR_POLL = 0.05

stopping = threading.Event()


def aggregate(folder: DataFolder, settings: Settings) -> Callable[[], None]:
    """Return the aggregator's step: record a batch, or wait for one."""
    side = WriteSide(folder)
    ticked = 0.0

    def step() -> None:
        nonlocal ticked
        if side.aggregator.step():
            return
        if time.monotonic() - ticked > IDLE_TICK:
            side.aggregator.idle()
            ticked = time.monotonic()
        side.inbox.wait(IDLE_TICK)

    return step


def project(folder: DataFolder, settings: Settings) -> Callable[[], None]:
    """Return the projector's step: absorb a batch, or wait for one."""
    side = ReadSide(folder, published_address(folder), rules_of(settings))
    projector = side.projector()
    filled = projector.start()
    if filled:
        log.warning("projector.gaps_filled", facts=filled)

    def step() -> None:
        began = time.monotonic()
        busy = projector.step()
        stopping.wait(max(0.0, PROJECTOR_PACE - (time.monotonic() - began)) if busy else PROJECTOR_POLL)

    return step


WORKERS = {"aggregator": aggregate, "projector": project}


def run(make: Callable[[], Callable[[], None]]) -> None:
    """Step until told to end."""
    step: Callable[[], None] | None = None
    backoff = FIRST_BACKOFF
    while not stopping.is_set():
        try:
            if step is None:
                step = make()
            step()
            backoff = FIRST_BACKOFF
        except EXPECTED as error:
            log.warning("worker.retries", error=error, seconds=backoff)
            stopping.wait(backoff)
            backoff = min(2 * backoff, LONGEST_BACKOFF)


def main() -> None:
    """Run one worker; its settings come by the environment, as the parent resolved them."""
    os.umask(0o077)
    name, parent = sys.argv[1], int(sys.argv[2])
    settings = Settings.model_validate_json(os.environ["FOOTFALL_RESOLVED"])
    set_up(settings.log_level)
    die_with(parent)
    threading.Thread(target=die_with_standard_input, daemon=True).start()
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    make = WORKERS[name]
    run(lambda: make(DataFolder(settings.data), settings))


def _stop(_: int, __: FrameType | None) -> None:
    stopping.set()


if __name__ == "__main__":
    main()
