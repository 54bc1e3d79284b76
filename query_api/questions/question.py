"""What a question is: a typed body, one SQL text, and how its rows become an answer and a table.

The two routes of every question, the times it takes and the formats it answers in are settled here, once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from projections import sql
from projections.channels import by_channels
from query_api.access import AsksFor, checked_times
from query_api.errors import BadRequest
from query_api.everybody import put_customer_documents
from query_api.reading import Sources
from query_api.tables import FORMATS, Rows
from schemas.rules import Rules


class Asked(BaseModel):
    """The base of all bodies: unknown fields are refused, so that a misspelt one is noticed."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    as_of: str | None = None
    known_at: str | None = None
    """As on every route these may also be query parameters; a body that is kept and sent again says them itself."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question across customers; its SQL is `questions/<name>.sql`."""

    name: str
    body: type[Asked]
    example: Mapping[str, Any]
    parameters: Callable[[Any, Rules], Mapping[str, Any]]
    """Query parameters of a body."""
    answer: Callable[[Any, Rows], Mapping[str, Any]]
    """JSON answer of the rows; the rules that it follows are told beside it."""
    about_customers: Callable[[Any], bool]
    """Whether a body asks for what customers are: then the table `customer_documents` holds everybody, else nobody."""
    table: Callable[[Mapping[str, Any]], Rows]
    """Flat rows of the answer, for the table formats."""


def add_routes(router: APIRouter, question: Question) -> None:
    """Add POST (ask) and GET (the body's schema) of a question."""
    body_type = question.body

    def ask(
        request: Request,
        who: AsksFor,
        body: Annotated[Any, Body(openapi_examples={"example": {"value": dict(question.example)}})],
        accept: Annotated[str, Header()] = "application/json",
        as_of: str | None = None,
        known_at: str | None = None,
    ) -> Response:
        times = checked_times(request.app.state.pipeline.absorbed(), body.as_of or as_of, body.known_at or known_at)
        sources: Sources = request.app.state.sources
        perspective = sources.perspective(who.store, times)
        left = sources.links.of_answers(perspective)
        parameters = {
            **perspective.parameters(),
            **left.parameters,
            **question.parameters(body, perspective.rules),
        }
        with sources.warehouse.session(request.app.state.query_seconds) as session:
            put_customer_documents(session, sources.scope, perspective, wanted=question.about_customers(body))
            query = by_channels(sql.text("query_api", "questions", question.name), perspective.rules)
            rows = session.select_with_names(left.query(query), parameters, left.tables)
        return _response(question, {**question.answer(body, rows), "rules": perspective.told()}, accept)

    ask.__annotations__["body"] = Annotated[
        body_type, Body(openapi_examples={"example": {"value": dict(question.example)}})
    ]
    ask.__doc__ = body_type.__doc__

    def schema(_: AsksFor) -> dict[str, Any]:
        return {"schema": body_type.model_json_schema(by_alias=True), "example": dict(question.example)}

    router.add_api_route(f"/{question.name}", ask, methods=["POST"], name=question.name)
    router.add_api_route(f"/{question.name}", schema, methods=["GET"], name=f"{question.name}_schema")


def _response(question: Question, answer: Mapping[str, Any], accept: str) -> Response:
    kind = next((kind for kind in _kinds(accept) if kind in FORMATS), None)
    if kind is None:
        if any(said in ("application/json", "*/*", "application/*") for said in _kinds(accept)):
            return JSONResponse(dict(answer))
        raise BadRequest(f"can answer application/json, {', '.join(FORMATS)}", "Accept")
    return Response(FORMATS[kind](question.table(answer)), media_type=kind)


def _kinds(accept: str) -> list[str]:
    return [part.partition(";")[0].strip().lower() for part in accept.split(",")]
