"""What the settings must say of all servers before a process of the distributed mode starts: every problem at once."""

from __future__ import annotations

from footfall.distributed.kafka_access import kafka_in_the_clear, kafka_problems
from footfall.distributed.postgres_url import postgres_in_the_clear, postgres_problems
from footfall.distributed.warehouse_address import clickhouse_in_the_clear, clickhouse_problems
from footfall.settings import ConfigurationError, Settings


def require_servers(settings: Settings) -> None:
    """Raise ConfigurationError, naming all that is lacking or wrong, and no value."""
    problems = settings.lacking() + kafka_problems(settings)
    for setting, url in _databases(settings).items():
        problems += postgres_problems(setting, url) if url else []
    problems += clickhouse_problems(settings.clickhouse.get_secret_value()) if settings.clickhouse else []
    if problems:
        raise ConfigurationError(problems)


def in_the_clear(settings: Settings) -> list[str]:
    """Return the settings of those servers to whom what is said can be read on a network."""
    clear = {setting: postgres_in_the_clear(url) for setting, url in _databases(settings).items()}
    clear["FOOTFALL_KAFKA_SECURITY"] = kafka_in_the_clear(settings)
    clear["FOOTFALL_CLICKHOUSE"] = clickhouse_in_the_clear(settings.clickhouse.get_secret_value())
    return [setting for setting, is_clear in clear.items() if is_clear]


def _databases(settings: Settings) -> dict[str, str]:
    return {
        "FOOTFALL_POSTGRES": settings.postgres.get_secret_value(),
        "FOOTFALL_POSTGRES_KEYS": settings.postgres_keys.get_secret_value(),
    }
