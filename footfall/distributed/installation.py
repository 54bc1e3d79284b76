"""A distributed installation as commands see it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from footfall.distributed.kafka_access import client_options
from footfall.distributed.postgres_databases import Databases
from footfall.distributed.read_side import ReadSide
from footfall.distributed.topics import DEAD_LETTERS
from footfall.poison import PoisonLetters
from footfall.settings import Settings
from ingest.kafka_dead_letters import KafkaDeadLetters
from ingest.postgres_keys import PostgresKeys


class Installation:
    """What commands work on."""

    def __init__(self, settings: Settings, databases: Databases, letters: KafkaDeadLetters) -> None:
        self._settings = settings
        self._databases = databases
        self._letters = letters

    @property
    def stores(self) -> PostgresKeys:
        """The stores and their keys."""
        return self._databases.keys

    def read_side(self) -> ReadSide:
        """Return the projections."""
        self._databases.keys.stores()
        return ReadSide(self._settings, self._databases, PoisonLetters(self._letters.put_now).of_projector)


def dead_letters(settings: Settings) -> KafkaDeadLetters:
    """Return where dead letters are put."""
    return KafkaDeadLetters(client_options(settings), DEAD_LETTERS)


@contextmanager
def opened(settings: Settings) -> Iterator[Installation]:
    """Give the installation of the settings, its databases made where they are not."""
    with closing(Databases(settings)) as databases, closing(dead_letters(settings)) as letters:
        databases.prepare()
        yield Installation(settings, databases, letters)
