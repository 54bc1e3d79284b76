"""The route of an export, by an admin token, and what the command makes the same of."""

from __future__ import annotations

import time
from collections.abc import Iterator

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from query_api.access import Owner, known
from query_api.errors import NotFound
from query_api.exporting.contents import contents
from query_api.exporting.person import Person, person
from query_api.exporting.zipstream_archive import archive
from query_api.links import LinksOf
from query_api.ports import Held
from query_api.reading import Sources

router = APIRouter(tags=["exports"])


def exported(sources: Sources, held: Held, store: str, stream: str) -> tuple[Person, Iterator[bytes]] | None:
    """Return the person of a stream and the bytes of the archive; None where nothing is held."""
    found = person(sources, store, stream, time.time_ns() // 1000)
    return None if found is None else (found, archive(contents(found, held, LinksOf(sources))))


@router.post("/customers/{customer_id}/export", response_class=StreamingResponse)
def export(request: Request, who: Owner, customer_id: str) -> StreamingResponse:
    """Return all that is held on the person that an id belongs to, as a zip archive."""
    state = request.app.state
    found = exported(state.sources, state.held, who.store, known(customer_id))
    if found is None:
        raise NotFound("no such customer")
    about, content = found
    headers = {"Content-Disposition": f'attachment; filename="{about.customer}.zip"', "Cache-Control": "no-store"}
    return StreamingResponse(content, media_type="application/zip", headers=headers)
