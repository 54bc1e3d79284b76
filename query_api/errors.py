"""Errors of the query API, all in the one shape of the contract.

ApiError
├── Unauthorized     401 unauthorized
├── Forbidden        403 forbidden: this token may not
├── NotFound         404 not_found
├── BadRequest       400 bad_request, naming the field
├── NotYetKnown      409 not_yet_known: `known_at` is later than what has been absorbed
└── Overloaded       503 overloaded: nothing more can be recorded for now
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from projections.clickhouse_connection import QueryTooSlow, WarehouseUnavailable
from schemas.errors import InvalidInput

log = logging.getLogger(__name__)


class ApiError(Exception):
    """An answer that is an error; `field` names what it is about."""

    status = 500
    code = "internal"

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class Unauthorized(ApiError):
    status = 401
    code = "unauthorized"


class Forbidden(ApiError):
    status = 403
    code = "forbidden"


class NotFound(ApiError):
    status = 404
    code = "not_found"


class BadRequest(ApiError):
    status = 400
    code = "bad_request"


class NotYetKnown(ApiError):
    status = 409
    code = "not_yet_known"


class Overloaded(ApiError):
    status = 503
    code = "overloaded"

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


def body(code: str, message: str, errors: Sequence[tuple[str, str]] = ()) -> dict[str, Any]:
    """Return the error shape."""
    return {
        "code": code,
        "message": message,
        "errors": [{"field": field, "message": text} for field, text in errors],
        "request_id": secrets.token_hex(8),
    }


def install(app: FastAPI) -> None:
    """Make every error of an app answer in the one shape."""
    app.add_exception_handler(ApiError, _api_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(InvalidInput, _invalid_event)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(QueryTooSlow, _too_slow)
    app.add_exception_handler(WarehouseUnavailable, _unavailable)
    app.add_exception_handler(Exception, _bug)


async def _api_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ApiError)
    fields = [(error.field, error.message)] if error.field else []
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, Overloaded) else None
    return JSONResponse(body(error.code, error.message, fields), error.status, headers)


async def _invalid_event(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, InvalidInput)
    return JSONResponse(body(error.code, error.message, [(error.field, error.message)]), 400)


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    fields = [(".".join(str(part) for part in e["loc"][1:]), str(e["msg"])) for e in error.errors()]
    return JSONResponse(body("bad_request", "the request is not valid", fields), 400)


async def _http_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "error")
    return JSONResponse(body(code, str(error.detail)), error.status_code)


async def _too_slow(_: Request, __: Exception) -> JSONResponse:
    answer = body("too_slow", "the question takes longer than it may (setting query_seconds); ask for less")
    return JSONResponse(answer, 503)


async def _unavailable(_: Request, __: Exception) -> JSONResponse:
    answer = body("unavailable", "the answers cannot be read for the moment; try again")
    return JSONResponse(answer, 503, headers={"Retry-After": "1"})


async def _bug(request: Request, error: Exception) -> JSONResponse:
    log.error("query failed: %s on %s", type(error).__name__, request.url.path, exc_info=error)
    return JSONResponse(body("internal", "this is a fault of the product; the log tells more"), 500)
