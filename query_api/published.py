"""The documents for those who subscribe to the topics, by the addresses that the facts themselves name. No token."""

from __future__ import annotations

from fastapi import APIRouter, Response

from query_api.errors import NotFound
from schemas.published import PUBLISHED, text

ROOTS = ("/schemas/", "/asyncapi.json")
"""What the addresses begin with: a front door sends these here, beside the API's own."""

router = APIRouter(tags=["documents"])


@router.get("/asyncapi.json", response_class=Response)
async def asyncapi() -> Response:
    """Tell the topics, their keys and their messages (AsyncAPI 3.0)."""
    return Response(text("/asyncapi.json"), media_type="application/json")


@router.get("/schemas/{name}/{version}.json", response_class=Response)
async def schema(name: str, version: str) -> Response:
    """Tell what the data of a fact holds (JSON Schema 2020-12); `CloudEvent` is the document around every fact."""
    address = f"/schemas/{name}/{version}.json"
    if address not in PUBLISHED:
        raise NotFound("no such fact, or no such version of it")
    return Response(text(address), media_type="application/schema+json")
