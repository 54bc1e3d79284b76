"""What all processes begin with."""

from __future__ import annotations

from footfall.distributed.kafka_topics import check_topics
from footfall.distributed.postgres_databases import Databases
from footfall.distributed.server_settings import in_the_clear, require_servers
from footfall.logs import logger
from footfall.memory import share_one_arena
from footfall.settings import Settings

log = logger(__name__)


def opened(settings: Settings) -> Databases:
    """Refuse to start on settings or topics that break a promise, or on another installation's databases."""
    require_servers(settings)
    for setting in in_the_clear(settings):
        log.warning("server.in_the_clear", setting=setting)
    share_one_arena()
    databases = Databases(settings)
    check_topics(settings)
    databases.prepare()
    return databases


def say_listening(process: str, settings: Settings, port: int) -> None:
    """Log where a process listens."""
    log.info("process.listening", process=process, host=settings.host, port=port)
