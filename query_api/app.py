"""The query API as an ASGI app: routes, headers and errors put together."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, FastAPI, Request, Response

from projections.clickhouse_connection import Warehouse
from projections.links import Links
from query_api import customers, erasures, errors, exports, identity, published, questions, rules
from query_api.access import AsksFor, moment_of
from query_api.errors import BadRequest
from query_api.links import LinksOf
from query_api.ports import Erasures, Hashing, Held, Pipeline, Recorder, Tokens
from query_api.reading import sources_of
from schemas.clock import to_datetime
from schemas.rules import Rules

PREFIX = "/api/v1"
ROOTS = ("/api/", *published.ROOTS)
"""What the paths begin with that are for this app."""

status_router = APIRouter(tags=["status"])


@status_router.get("/status")
async def status(request: Request, who: AsksFor) -> dict[str, Any]:
    """Tell how far the pipeline is; `settled` when every accepted event is in the answers."""
    pipeline: Pipeline = request.app.state.pipeline
    threads: CapacityLimiter = request.app.state.status_threads
    progress = await to_thread.run_sync(pipeline.progress, who.store, limiter=threads)
    return progress._asdict()


def build(
    warehouse: Warehouse,
    default_rules: Rules,
    tokens: Tokens,
    pipeline: Pipeline,
    hashing: Hashing,
    *,
    recorder: Recorder,
    query_seconds: int = 30,
    erased: Erasures | None = None,
) -> FastAPI:
    """Return the app; a question that takes longer than `query_seconds` is given up.

    `default_rules` are those of a store that never changed them.
    """
    app = FastAPI(title="Footfall", version="1", openapi_url=f"{PREFIX}/openapi.json", docs_url=None, redoc_url=None)
    app.state.query_seconds = query_seconds
    app.state.status_threads = CapacityLimiter(2)  # of its own: questions may hang on ClickHouse, the status may not
    app.state.tokens = tokens
    app.state.pipeline = pipeline
    app.state.hashing = hashing
    app.state.recorder = recorder
    app.state.sources = sources = sources_of(warehouse, Links(warehouse, hashing), default_rules)
    app.state.links_of = LinksOf(sources)
    for router in (status_router, customers.router, identity.router, questions.router, rules.router):
        app.include_router(router, prefix=PREFIX)
    if erased is not None:
        app.state.erasures = erased
        app.include_router(erasures.router, prefix=PREFIX)
    app.include_router(published.router)
    errors.install(app)
    app.middleware("http")(_headers)
    return app


def with_exports(app: FastAPI, held: Held) -> FastAPI:
    """Return the app with the route of exports, which reads more than the answers."""
    app.state.held = held
    app.include_router(exports.router, prefix=PREFIX)
    return app


async def _headers(request: Request, proceed: Callable[[Request], Awaitable[Response]]) -> Response:
    """Say what the answer has absorbed, read before the answer is: it holds at least that."""
    absorbed = request.app.state.pipeline.absorbed()
    response = await proceed(request)
    response.headers["X-Footfall-Position"] = ",".join(f"{shard}:{at[0]}" for shard, at in sorted(absorbed.items()))
    moment = min((at for _, at in absorbed.values()), default=0)
    response.headers["X-Footfall-As-Of"] = _as_of(request) or to_datetime(moment).isoformat()
    return response


def _as_of(request: Request) -> str:
    """Return the time that was asked for, written anew: no text of a request belongs in a header."""
    try:
        asked = moment_of(request.query_params.get("as_of"), "as_of")
    except BadRequest:  # the answer says so
        return ""
    return "" if asked is None else to_datetime(asked).isoformat()
