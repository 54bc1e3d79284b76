"""Segment's tracking API: what all other formats are turned into."""

from __future__ import annotations

import re
from typing import Any

from ingest.formats.route import BrowserSettings, Route
from schemas.messages import MESSAGE_TYPES

ROUTES = {
    "/v1/batch": Route(),
    "/v1/b": Route(),
    "/v1/import": Route(is_import=True),
    **{f"/v1/{type_}": Route(type_) for type_ in MESSAGE_TYPES},
    **{f"/v1/{type_[0]}": Route(type_) for type_ in MESSAGE_TYPES},
}


def _document(key: str, host: str, scheme: str) -> Any:
    return {
        "integrations": {"Segment.io": {"apiKey": key, "apiHost": f"{host}/v1", "protocol": scheme}},
        "metrics": {"sampleRate": 0},  # of the SDK itself: else it sends them to its vendor, where a page names no host
    }


SETTINGS: BrowserSettings | None = BrowserSettings(re.compile(r"/v1/projects/(?P<key>[^/]{1,200})/settings"), _document)
