"""The rules of an installation, from its settings: what is admitted, and what the answers depend on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from footfall.settings import ConfigurationError, Settings
from ingest.addresses import Addresses
from ingest.admission import Rules as Admission
from ingest.maxmind_places import MaxMindPlaces
from ingest.network_list import NetworkList
from ingest.rate_limits import RateLimits
from ingest.redaction import ALLOWED_PARAMETERS
from ingest.watched_file import Unreadable
from schemas.clock import DAY
from schemas.rules import Rules

File = TypeVar("File")


def admission_rules(settings: Settings) -> Admission:
    """Return the rules of admission; raises ConfigurationError where a file that they name cannot be read."""
    return Admission(
        write_key_max_age=settings.backdate_days * DAY,
        allowed_parameters=ALLOWED_PARAMETERS | settings.query_parameters,
        addresses=_addresses(settings),
    )


def _addresses(settings: Settings) -> Addresses:
    problems: list[str] = []
    places = _opened(MaxMindPlaces, "places", settings.places, problems)
    networks = _opened(NetworkList, "bot_networks", settings.bot_networks, problems)
    if problems:
        raise ConfigurationError(problems)
    return Addresses(dropped=settings.ip == "drop", places=places, networks=networks)


def _opened(kind: Callable[[Path], File], name: str, path: Path | None, problems: list[str]) -> File | None:
    if path is None:
        return None
    try:
        return kind(path)
    except OSError as error:
        problems.append(f"{name}: {path}: cannot be read: {error.strerror}")
    except Unreadable as error:
        problems.append(f"{name}: {path}: {error}")
    return None


def rate_limits(settings: Settings) -> RateLimits | None:
    """Return the limits of what a key or an address may send; None where there are none."""
    if settings.events_per_key or settings.requests_per_address:
        return RateLimits(settings.events_per_key, settings.requests_per_address)
    return None


def import_rules(settings: Settings) -> Admission:
    """Return the rules of admission of an import, which may be as old as it likes."""
    return replace(admission_rules(settings), write_key_max_age=None)


def rules_of(settings: Settings) -> Rules:
    """Return the rules of the answers, of a store that never changed them."""
    return Rules(session_timeout_seconds=settings.session_timeout.total_seconds())
