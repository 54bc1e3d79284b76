"""The projector process: `footfall projector`."""

from __future__ import annotations

from contextlib import closing

from footfall.distributed.consuming import Consuming
from footfall.distributed.customer_events import CustomerEvents
from footfall.distributed.erasing import InstallationErasing
from footfall.distributed.faust_worker import run_worker
from footfall.distributed.gathering import Batches
from footfall.distributed.letters import dead_letters
from footfall.distributed.processes.opening import opened
from footfall.distributed.read_side import ReadSide
from footfall.distributed.topics import CUSTOMER_EVENTS
from footfall.logs import logger
from footfall.memory import search_seldom
from footfall.poison import PoisonLetters
from footfall.settings import Settings

log = logger(__name__)

FACT_BATCHES = Batches(10_000, 0.8)


def run(settings: Settings) -> None:
    """Put what was published into the answers."""
    with closing(opened(settings)) as databases, closing(dead_letters(settings)) as letters:
        databases.keys.follow()
        poison = PoisonLetters(letters.put_now)
        side = ReadSide(settings, databases, poison.of_projector)
        filled = side.fill_gaps()
        if filled:
            log.warning("projector.gaps_filled", facts=filled)
        work = CustomerEvents(side.projection(), databases.projecting, poison, databases.stream_keys)
        InstallationErasing(settings, databases, side).start()
        search_seldom()
        run_worker("projector", settings, {Consuming(CUSTOMER_EVENTS, databases.offsets, work): FACT_BATCHES})
