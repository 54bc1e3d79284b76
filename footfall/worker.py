"""What the processes behind the front door have in common: the loop around their step, their signals, their end.

A worker steps until it is told to end. Expected faults are retried with backoff and the position stays; anything else
is a bug: the process ends, and the supervisor starts it anew. Too much poison ends it for good (circuit breaker).
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
from footfall.circuit_breaker import EXIT_CODE, TooMuchPoison
from footfall.data_folder import DataFolder
from footfall.logs import logger, set_up
from footfall.memory import search_seldom, share_one_arena
from footfall.parent_death import die_with, die_with_standard_input
from footfall.settings import Settings
from schemas.errors import FootfallError

log = logger(__name__)

EXPECTED: tuple[type[Exception], ...] = (FootfallError, PersistenceError, *FAULTS, OSError)
FIRST_BACKOFF, LONGEST_BACKOFF = 0.1, 5.0

NICENESS = 10
"""The front door goes first: what is accepted can wait in the inbox, a customer's browser cannot."""

stopping = threading.Event()


Make = Callable[[DataFolder, Settings], Callable[[], None]]
"""Opens what a worker needs and returns its step."""


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


def rest(pace: float, began: float) -> None:
    """Wait until `pace` seconds after a step began, or until told to end."""
    stopping.wait(max(0.0, pace - (time.monotonic() - began)))


def main(make: Make) -> None:
    """Run a worker for as long as its parent lives; its settings come by the environment."""
    os.umask(0o077)
    parent = int(sys.argv[1])
    settings = Settings.model_validate_json(os.environ["FOOTFALL_RESOLVED"])
    set_up(settings.log_level)
    die_with(parent)
    threading.Thread(target=die_with_standard_input, daemon=True).start()
    os.nice(NICENESS)
    share_one_arena()
    search_seldom()
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the product, which ends us in its order
    try:
        run(lambda: make(DataFolder(settings.data), settings))
    except TooMuchPoison as error:
        log.error("worker.too_much_poison", poison=error.poison, processed=error.processed)
        sys.exit(EXIT_CODE)


def stop_on_signals() -> None:
    """End after the step at hand on SIGTERM, or SIGINT."""
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)


def _stop(_: int, __: FrameType | None) -> None:
    stopping.set()
