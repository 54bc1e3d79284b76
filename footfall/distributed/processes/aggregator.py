"""The aggregator process: `footfall aggregator`."""

from __future__ import annotations

from contextlib import closing

from footfall.distributed.consuming import Consuming
from footfall.distributed.dead_letter_records import DeadLetterRecords
from footfall.distributed.faust_worker import run_worker
from footfall.distributed.gathering import Batches
from footfall.distributed.letters import dead_letters
from footfall.distributed.processes.opening import opened
from footfall.distributed.site_events import SiteEvents
from footfall.distributed.topics import DEAD_LETTERS, SITE_EVENTS
from footfall.memory import search_seldom
from footfall.poison import PoisonLetters
from footfall.settings import Settings

SITE_BATCHES = Batches(200, 0.2)
"""A record holds several events, half a megabyte of them at the most."""


def run(settings: Settings) -> None:
    """Record what collectors took, and keep dead letters where operators find them."""
    with closing(opened(settings)) as databases, closing(dead_letters(settings)) as letters:
        work = SiteEvents(databases.secret, databases.event_store(), PoisonLetters(letters.put_now))
        kept = DeadLetterRecords(databases.dead_letters)
        search_seldom()
        run_worker(
            "aggregator",
            settings,
            {
                Consuming(SITE_EVENTS, databases.offsets, work): SITE_BATCHES,
                Consuming(DEAD_LETTERS, databases.offsets, kept): SITE_BATCHES,
            },
        )
