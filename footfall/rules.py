"""The rules of an installation, from its settings: what is admitted, and what the answers depend on."""

from __future__ import annotations

from dataclasses import replace

from footfall.settings import Settings
from ingest.admission import Rules as Admission
from ingest.rate_limits import RateLimits
from ingest.redaction import ALLOWED_PARAMETERS
from schemas.clock import DAY
from schemas.rules import Rules


def admission_rules(settings: Settings) -> Admission:
    """Return the rules of admission."""
    return Admission(
        write_key_max_age=settings.backdate_days * DAY,
        allowed_parameters=ALLOWED_PARAMETERS | settings.query_parameters,
    )


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
