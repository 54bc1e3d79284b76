"""The ClickHouse of the settings: a URL, as an address."""

from __future__ import annotations

from urllib.parse import parse_qs, unquote, urlsplit

from footfall.settings import ConfigurationError, Settings
from projections.clickhouse_connection import Address

PORTS = {"clickhouse": 9000, "clickhouses": 9440}


def address_of(settings: Settings) -> Address:
    """Return where ClickHouse listens; raises ConfigurationError, which never quotes the URL."""
    url = urlsplit(settings.clickhouse.get_secret_value())
    if url.scheme not in PORTS or not url.hostname:
        raise ConfigurationError(["FOOTFALL_CLICKHOUSE: must be clickhouse://user:password@host:9000/database"])
    authority = parse_qs(url.query).get("ca", [None])[0]
    return Address(
        url.hostname,
        url.port or PORTS[url.scheme],
        unquote(url.username or "default"),
        unquote(url.password or ""),
        url.path.strip("/") or "footfall",
        url.scheme == "clickhouses",
        authority,
    )
