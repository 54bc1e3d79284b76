"""What must be said of PostgreSQL in the settings, so that nobody else can pose as the server."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from footfall.distributed.authorities import fault_of
from footfall.loopback import is_here

SHAPE = "must be postgresql://user:password@host:5432/database?sslmode=verify-full&sslrootcert=FILE"
VERIFIED, CLEAR = "verify-full", "disable"
SYSTEM = "system"
"""Instead of a file: who this machine trusts."""

_UNSAID = (
    f"sslmode must be {VERIFIED} for another machine, else anybody may pose as it; "
    f"where the network is yours alone, say sslmode={CLEAR}"
)


def postgres_problems(setting: str, url: str) -> list[str]:
    """Return what is wrong with a URL, never quoting it."""
    said = _parsed(url)
    if said is None:
        return [f"{setting}: {SHAPE}"]
    mode, authority = said.get("sslmode"), said.get("sslrootcert")
    if mode == VERIFIED:
        fault = fault_of(Path(authority)) if authority and authority != SYSTEM else None
        return [f"{setting}: sslrootcert: {fault}"] if fault else []
    if authority:
        return [f"{setting}: sslrootcert: the server is fully verified by sslmode={VERIFIED} only"]
    if mode == CLEAR or _here(said):
        return []
    return [f"{setting}: {_UNSAID}"]


def postgres_in_the_clear(url: str) -> bool:
    """Tell whether what is said to the server can be read on a network."""
    said = _parsed(url)
    return said is not None and said.get("sslmode") == CLEAR and not _here(said)


def _parsed(url: str) -> Mapping[str, str] | None:
    """Return what libpq makes of it; None where it does not understand it, and then its error would quote it."""
    if not url.startswith(("postgresql://", "postgres://")):
        return None
    try:
        said = {name: str(value) for name, value in conninfo_to_dict(url).items() if value is not None}
    except psycopg.ProgrammingError:
        return None
    ports = said.get("port", "").split(",")  # with an unescaped / a part of the password would be one
    return said if all(not port or port.isdigit() for port in ports) else None


def _here(said: Mapping[str, str]) -> bool:
    """Without a host libpq takes a socket of this machine; a path is one, too."""
    hosts = (said.get("hostaddr") or said.get("host") or "").split(",")
    return all(not host or host.startswith(("/", "@")) or is_here(host) for host in hosts)
