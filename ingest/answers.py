"""The collector's answers: ASGI messages, the one error shape (contract.md), and the CORS headers that browsers need.

Which answer is due is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import msgspec

from schemas.errors import FootfallError

AsgiMessage = MutableMapping[str, Any]
Send = Callable[[AsgiMessage], Awaitable[None]]
Receive = Callable[[], Awaitable[AsgiMessage]]
Scope = MutableMapping[str, Any]
Headers = list[tuple[bytes, bytes]]

_encode = msgspec.json.encode
_JSON = (b"content-type", b"application/json")


class Refusal(FootfallError):
    """A request that is answered with an error: its status, and what the error shape says."""

    def __init__(
        self, status: int, code: str, message: str, *, field: str | None = None, headers: Headers | None = None
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
        self.field = field
        self.headers = headers or []


@dataclass(frozen=True, slots=True)
class Answer:
    """A response, ready to be sent."""

    status: int
    body: bytes
    headers: Sequence[tuple[bytes, bytes]] = ()
    is_public: bool = False
    """The same for every page, so that caches may keep one for all: its headers name no origin."""


def json_answer(content: object, status: int = 200) -> Answer:
    return Answer(status, _encode(content), (_JSON,))


ACCEPTED = json_answer({"success": True})


def error_answer(refusal: Refusal) -> Answer:
    request_id = uuid4().hex
    errors = [] if refusal.field is None else [{"field": refusal.field, "message": refusal.message}]
    content = {"code": refusal.code, "message": refusal.message, "errors": errors, "request_id": request_id}
    return Answer(refusal.status, _encode(content), (_JSON, (b"x-request-id", request_id.encode()), *refusal.headers))


def too_busy(message: str, retry_after: int) -> Refusal:
    """503: the client keeps its events and comes again."""
    return Refusal(503, "overloaded", message, headers=[(b"retry-after", str(retry_after).encode())])


def preflight(scope: Scope) -> Answer:
    """Allow what the browser asks for: a header that is not allowed would keep retried events away for ever."""
    asked = b"authorization, content-type, x-retry-count"
    for name, value in scope["headers"]:
        if name == b"access-control-request-headers":
            asked = value
    return Answer(
        204,
        b"",
        (
            (b"access-control-allow-methods", b"GET, POST, OPTIONS"),
            (b"access-control-allow-headers", asked),
            (b"access-control-max-age", b"7200"),
        ),
    )


_ACCEPTED_START: AsgiMessage = {
    "type": "http.response.start",
    "status": 200,
    "headers": [_JSON, (b"content-length", str(len(ACCEPTED.body)).encode())],
}
_ACCEPTED_BODY: AsgiMessage = {"type": "http.response.body", "body": ACCEPTED.body}


async def send_answer(send: Send, answer: Answer, origin: bytes | None, head: bool = False) -> None:
    """Send an answer; `origin` is that of a browser's page, which may then read it."""
    if answer is ACCEPTED and origin is None:  # by far the most frequent
        await send(_ACCEPTED_START)
        await send(_ACCEPTED_BODY)
        return
    headers = list(answer.headers)
    if answer.status != 304:  # it has no body of its own, and does not deny that of the 200
        headers.append((b"content-length", str(len(answer.body)).encode()))
    if origin is not None and not answer.is_public:
        headers += [
            (b"access-control-allow-origin", origin),
            (b"access-control-allow-credentials", b"true"),  # sendBeacon asks for it; there are no cookies to fear for
            (b"access-control-expose-headers", b"retry-after, x-ratelimit-reset, x-request-id"),
            (b"vary", b"origin"),
        ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else answer.body})
