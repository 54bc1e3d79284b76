"""The schema of `data` of what `footfall.erasures` says."""

from __future__ import annotations

from schemas.erasure_events import ADDRESS, NAME, ErasedData
from schemas.published.dialect import Json, document, of_struct


def erased_schema() -> Json:
    """Return the schema of the member `data`."""
    return document(ADDRESS, NAME, of_struct(ErasedData))
