"""The ClickHouse of the settings: a URL, as an address, and what is wrong with it."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from footfall.distributed.authorities import fault_of
from footfall.loopback import is_here
from footfall.settings import ConfigurationError, Settings
from projections.clickhouse_connection import Address

PORTS = {"clickhouse": 9000, "clickhouses": 9440}
SETTING = "FOOTFALL_CLICKHOUSE"
SHAPE = (
    "must be clickhouse://user:password@host:9000/database, or clickhouses://user:password@host:9440/database?ca=FILE"
)


def address_of(settings: Settings) -> Address:
    """Return where ClickHouse listens; raises ConfigurationError, which never quotes the URL."""
    text = settings.clickhouse.get_secret_value()
    url = _parsed(text)
    problems = clickhouse_problems(text)
    if url is None or problems:
        raise ConfigurationError(problems)
    return Address(
        url.hostname or "",
        url.port or PORTS[url.scheme],
        unquote(url.username or "default"),
        unquote(url.password or ""),
        url.path.strip("/") or "footfall",
        _encrypted(url),
        parse_qs(url.query).get("ca", [None])[0],
    )


def clickhouse_problems(text: str) -> list[str]:
    """Return what is wrong with a URL, never quoting it."""
    url = _parsed(text)
    if url is None:
        return [f"{SETTING}: {SHAPE}"]
    said = parse_qs(url.query, keep_blank_values=True)
    if said.keys() - {"ca"}:
        return [f"{SETTING}: nothing but ?ca=FILE can be said behind the database"]
    if "ca" not in said:
        return []
    if not _encrypted(url):
        return [f"{SETTING}: ca verifies nothing unless it is clickhouses://"]
    fault = fault_of(Path(said["ca"][0]))
    return [f"{SETTING}: ca: {fault}"] if fault else []


def clickhouse_in_the_clear(text: str) -> bool:
    """Tell whether what is said to the server can be read on a network."""
    url = _parsed(text)
    return url is not None and not _encrypted(url) and not is_here(url.hostname or "")


def _encrypted(url: SplitResult) -> bool:
    return url.scheme == "clickhouses"


def _parsed(text: str) -> SplitResult | None:
    """Return the URL; None where it is none. A password with an unescaped / or @ would pass for a port."""
    try:
        url = urlsplit(text)
        return url if url.scheme in PORTS and url.hostname and (url.port is None or url.port) else None
    except ValueError:
        return None
