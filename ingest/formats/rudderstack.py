"""RudderStack's additions to Segment's protocol, which its SDKs speak else: the beacon, and the source's settings."""

from __future__ import annotations

import re
from typing import Any

from ingest.formats.route import BrowserSettings, Route

ROUTES = {"/beacon/v1/batch": Route(key_parameter="writeKey")}


def _document(key: str, host: str, scheme: str) -> Any:
    """The least that the browser SDK starts with: a source without destinations."""
    source = {
        "id": key,
        "name": "footfall",
        "writeKey": key,
        "workspaceId": "footfall",
        "enabled": True,
        "config": {},
        "destinations": [],
        "dataplanes": {},
    }
    return {"source": source}


SETTINGS: BrowserSettings | None = BrowserSettings(re.compile(r"/sourceConfig/?"), _document)
