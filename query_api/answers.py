"""JSON answers that keep every digit of what was said."""

from __future__ import annotations

from typing import Any

from fastapi.responses import JSONResponse

from schemas import json


class ExactJSON(JSONResponse):
    """An answer whose decimals are written as they were said; the framework's would make floats of them."""

    def render(self, content: Any) -> bytes:
        """Return the bytes of the answer."""
        return json.encode(content)
