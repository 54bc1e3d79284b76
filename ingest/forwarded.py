"""Behind proxies: who the client is, by the headers that trusted proxies add. Nobody is believed by default.

Each proxy appends to `X-Forwarded-For` the address that it saw. With so many proxies that are trusted, so many of the
last addresses are true; what stands before these, anybody may have written.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from typing import Any

from ingest.answers import Receive, Scope, Send

Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]


class Forwarded:
    """An ASGI app before another one, which then sees the client that the proxies saw."""

    def __init__(self, app: Asgi, proxies: int) -> None:
        self._app = app
        self._proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        believe(scope, self._proxies)
        await self._app(scope, receive, send)


def believe(scope: Scope, proxies: int) -> None:
    """Put what the last `proxies` proxies said in the place of the connection's address and scheme."""
    chain = _values(scope, b"x-forwarded-for")
    if chain and (address := _address(chain[max(len(chain) - proxies, 0)])):
        scope["client"] = (address, 0)
    schemes = _values(scope, b"x-forwarded-proto")
    if schemes and schemes[-1].lower() in ("http", "https"):
        scope["scheme"] = schemes[-1].lower()


def _values(scope: Any, wanted: bytes) -> list[str]:
    text = b",".join(value for name, value in scope.get("headers", ()) if name == wanted).decode("latin-1")
    return [part.strip() for part in text.split(",") if part.strip()]


def _address(text: str) -> str | None:
    """Return an address without brackets and port; None where it is none."""
    bare = text[1:].partition("]")[0] if text[0] == "[" else text.partition(":")[0] if text.count(":") == 1 else text
    try:
        return str(ip_address(bare))
    except ValueError:
        return None
