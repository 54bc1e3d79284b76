"""Where the processes put dead letters."""

from __future__ import annotations

from footfall.distributed.kafka_access import client_options
from footfall.distributed.topics import DEAD_LETTERS
from footfall.settings import Settings
from ingest.kafka_dead_letters import KafkaDeadLetters


def dead_letters(settings: Settings) -> KafkaDeadLetters:
    """Return where dead letters are put."""
    return KafkaDeadLetters(client_options(settings), DEAD_LETTERS)
