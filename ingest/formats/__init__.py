"""The wire formats that are understood. To add one, write its file here and add it to `FORMATS`.

A format has `ROUTES`, by path, and may have `SETTINGS`, what its browser SDK loads first. It turns bodies into Segment
messages (`ingest/batches.py`); whether these are taken is decided in `ingest/admission.py`.
"""

from __future__ import annotations

from typing import Protocol

from ingest.formats import ga4, rudderstack, segment
from ingest.formats.route import BrowserSettings, Route


class Format(Protocol):
    """What the module of a format holds."""

    @property
    def ROUTES(self) -> dict[str, Route]: ...  # noqa: N802 - a module's constant
    @property
    def SETTINGS(self) -> BrowserSettings | None: ...  # noqa: N802


FORMATS: tuple[Format, ...] = (segment, rudderstack, ga4)

ROUTES: dict[str, Route] = {path: route for each in FORMATS for path, route in each.ROUTES.items()}
SETTINGS: tuple[BrowserSettings, ...] = tuple(each.SETTINGS for each in FORMATS if each.SETTINGS is not None)
READERS = {route.format: route.read for route in ROUTES.values() if route.format}
"""How the body of a dead letter is read that names its format."""
