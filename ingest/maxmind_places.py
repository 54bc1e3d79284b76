"""Places of addresses, by a database in MaxMind's format that the shop gives (GeoLite2, DB-IP and others have it).

It is read into memory as a whole: a file that is overwritten under a running product must not end it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from time import monotonic
from typing import Any

import maxminddb

from ingest.watched_file import Clock, Unreadable, WatchedFile

log = logging.getLogger(__name__)

LONGEST_NAME = 100


class MaxMindPlaces:
    """`ingest.addresses.Places`."""

    def __init__(self, path: Path, clock: Clock = monotonic) -> None:
        self._file = WatchedFile(path, _opened, clock)
        self._broken: maxminddb.Reader | None = None

    def edition(self) -> object:
        """See the port."""
        return self._file.content()

    def place(self, ip: str) -> Mapping[str, str]:
        """See the port."""
        reader = self._file.content()
        try:
            found = reader.get(ip)
        except (maxminddb.InvalidDatabaseError, ValueError) as error:  # also an IPv6 address in a database for IPv4
            if reader is not self._broken and isinstance(error, maxminddb.InvalidDatabaseError):
                self._broken = reader
                log.error("the database of places is broken: %s", error)
            return {}
        return place_of(found) if isinstance(found, dict) else {}


def _opened(content: bytes) -> maxminddb.Reader:
    try:
        return maxminddb.open_database(BytesIO(content), maxminddb.MODE_FD)
    except (maxminddb.InvalidDatabaseError, ValueError) as error:
        raise Unreadable(f"no database in MaxMind's format: {error}") from None


def place_of(record: Mapping[str, Any]) -> Mapping[str, str]:
    """Return country (its code), region and city of a record, as far as it names them."""
    regions = record.get("subdivisions")
    region = regions[0] if isinstance(regions, list) and regions else record.get("region")
    said = {
        "country": _code(record.get("country")) or _code(record.get("country_code")),
        "region": _name(region),
        "city": _name(record.get("city")),
    }
    return {key: value[:LONGEST_NAME] for key, value in said.items() if value}


def _code(country: Any) -> str:
    if isinstance(country, dict):
        country = country.get("iso_code")
    return country if isinstance(country, str) else ""


def _name(place: Any) -> str:
    if isinstance(place, dict):
        names = place.get("names")
        place = (names.get("en") if isinstance(names, dict) else None) or place.get("iso_code")
    return place if isinstance(place, str) else ""
