"""The collector: the routes of all wire formats as a plain ASGI application; 200 only once durable.

It reads, asks admission, appends, answers. What a body says (`ingest/formats`), what a message means, and how a log
keeps it, does not belong here.
"""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from ingest.addresses import NOWHERE
from ingest.admission import Arrival, Rules, admit, counted
from ingest.answers import (
    ACCEPTED,
    Answer,
    Receive,
    Refusal,
    Scope,
    Send,
    error_answer,
    json_answer,
    preflight,
    send_answer,
    too_busy,
)
from ingest.batches import decode_body
from ingest.formats import ROUTES, SETTINGS
from ingest.formats.route import BrowserSettings, Route, key_in_url
from ingest.ports import ADMISSION, Caller, DeadLetter, DeadLetters, Keys, Log, Overloaded
from ingest.rate_limits import RateLimits
from ingest.redaction import without_addresses
from ingest.requests import (
    BodyBudget,
    Disconnected,
    Head,
    key_in_head,
    key_in_text,
    read_body,
    read_head,
    unpacked,
    without_keys,
)
from ingest.salvage import Item
from ingest.snippet_files import snippet_answer, version_at
from ingest.sorting import Refused, Sorted, sort
from schemas.errors import InvalidInput, Unconsented
from schemas.facts import KeyClass, Microseconds

log = logging.getLogger(__name__)


METRICS = "/v1/m"
HEALTH = "/healthz"
_GPC = (b"sec-gpc", b"1")
"""The header of Global Privacy Control."""
_UNAUTHORIZED = "a valid key is needed"


def now() -> Microseconds:
    return time.time_ns() // 1000


class Collector:
    """The ASGI application. `accepted` and `refused` count events since the start, `refused` by code."""

    def __init__(
        self,
        keys: Keys,
        log: Log,
        dead_letters: DeadLetters,
        *,
        rules: Rules | None = None,
        clock: Callable[[], Microseconds] = now,
        limits: RateLimits | None = None,
        public_host: str | None = None,
    ) -> None:
        self._keys = keys
        self._log = log
        self._dead_letters = dead_letters
        self._rules = rules or Rules()
        self._clock = clock
        self._limits = limits
        self._public_host = public_host
        self._budget = BodyBudget()
        self.accepted = 0
        self.refused: dict[str, int] = {}

    def ready(self) -> bool:
        """Say whether events would be taken now."""
        return self._log.ready()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        head = read_head(scope)
        try:
            route = ROUTES.get(scope["path"])
            if route is not None and scope["method"] == "POST":
                if self._limits is not None:
                    self._limits.request_of(_address(scope))
                answer = await self._take(route, scope, head, await read_body(receive, head, self._budget))
            else:
                answer = self._other(scope, route, head.origin)
        except Refusal as refusal:
            answer = error_answer(refusal)
        except Overloaded as overloaded:
            answer = error_answer(too_busy(overloaded.reason, overloaded.retry_after))
        except Disconnected:
            return
        except Exception as error:  # noqa: BLE001 - a bug; nothing was acknowledged, and the sender may try again
            _report(error)
            answer = error_answer(Refusal(500, "internal", "something went wrong here"))
        await send_answer(send, answer, head.origin, scope["method"] == "HEAD")

    def _other(self, scope: Scope, route: Route | None, origin: bytes | None) -> Answer:
        """Answer what sends no events."""
        path, method = scope["path"], scope["method"]
        settings = next((each for each in SETTINGS if each.path.fullmatch(path)), None)
        version = version_at(path)
        if not (route or settings or version or path in (METRICS, HEALTH)):
            raise Refusal(404, "not_found", "there is no such route")
        if method == "OPTIONS":
            return self._preflight(scope, settings.key(scope) if settings else key_in_url(route, scope), origin)
        if path == METRICS and method == "POST":
            return ACCEPTED
        if path == HEALTH and method in ("GET", "HEAD"):
            return json_answer({"status": "ok"})
        if settings and method in ("GET", "HEAD"):
            return self._settings(settings, scope, origin)
        if version and method in ("GET", "HEAD"):
            return snippet_answer(version, scope)
        allow = b"POST, OPTIONS" if route or path == METRICS else b"GET, HEAD, OPTIONS"
        raise Refusal(405, "method_not_allowed", f"{method} is not for this route", headers=[(b"allow", allow)])

    def _preflight(self, scope: Scope, key: str, origin: bytes | None) -> Answer:
        """Allow what is asked for. Whose store it is, a pre-flight says only where the key is in the URL."""
        caller = self._keys.lookup(key) if key else None
        if caller is not None:
            _check_origin(caller, origin)
        return preflight(scope)

    def _settings(self, settings: BrowserSettings, scope: Scope, origin: bytes | None) -> Answer:
        """Answer with what a browser SDK loads before it sends anything."""
        if self._limits is not None:
            self._limits.request_of(_address(scope))
        key = settings.key(scope)
        caller = self._keys.lookup(key)
        if caller is None or caller.key_class is not KeyClass.WRITE:
            raise Refusal(401, "unauthorized", _UNAUTHORIZED)
        _check_origin(caller, origin)
        host = self._public_host or dict(scope["headers"]).get(b"host", b"").decode("latin-1")
        secure = origin is not None and origin.startswith(b"https:")  # such a page sends to no other scheme
        return json_answer(settings.document(key, host, "https" if secure else scope.get("scheme", "http")))

    async def _take(self, route: Route, scope: Scope, head: Head, sent: bytes) -> Answer:
        arrived = self._clock()
        caller = self._caller_in_head(route, scope, head)
        body = sent
        try:
            body = unpacked(sent, head.encoding)
            value = decode_body(body, route.type is None)
        except InvalidInput as fault:
            caller = _known(caller or self._keys.lookup(key_in_text(body)), head)
            await self._refuse_whole(route, self._arrival(caller, arrived, route, scope), body, fault)
        if caller is None and value.__class__ is dict and (key := value.get("writeKey")).__class__ is str:
            caller = self._keys.lookup(key)
        arrival = self._arrival(_known(caller, head), arrived, route, scope)
        try:
            if route.type is None:
                batch = route.read(value, body, arrived)
                arrival = arrival._replace(sent_at=batch.sent_at, sent_at_said=batch.sent_at_said)
                found = sort(batch, arrival, self._rules)
            else:
                found = Sorted([admit(value, route.type, arrival, self._rules)], [], b"")
        except InvalidInput as fault:
            await self._refuse_whole(route, arrival, body, fault)
        if self._limits is not None:
            self._limit(arrival.caller, len(found.accepted) + len(found.refused))
        return json_answer(route.judged(found)) if route.judged else await self._answered(found, arrival)

    def _caller_in_head(self, route: Route, scope: Scope, head: Head) -> Caller | None:
        """Return the caller that headers (or a beacon's query) name; None where the body may still name one."""
        caller = None
        if head.authorization is not None:
            key, decisive = key_in_head(head.authorization)
            caller = self._keys.lookup(key) if key else None
            if caller is None and decisive:
                raise Refusal(401, "unauthorized", _UNAUTHORIZED)
        if caller is None and (key := key_in_url(route, scope)):
            caller = self._keys.lookup(key)
        return caller

    def _arrival(self, caller: Caller, arrived: Microseconds, route: Route, scope: Scope) -> Arrival:
        client = scope.get("client") if caller.key_class is KeyClass.WRITE else None
        connection = self._rules.addresses.origin(client[0]) if client else NOWHERE
        return Arrival(
            caller,
            arrived,
            connection=connection,
            is_import=route.is_import,
            refuses_all=caller.key_class is KeyClass.WRITE and _GPC in scope["headers"],
        )

    async def _answered(self, found: Sorted, arrival: Arrival) -> Answer:
        """Make all durable, the events first: after a 503 the client sends them again, and nothing is there twice."""
        counts = [counted(each.fault, arrival) for each in found.refused if isinstance(each.fault, Unconsented)]
        if found.accepted or counts:
            await self._log.append([*found.accepted, *counts])
            self.accepted += len(found.accepted)
        if not found.refused:
            return ACCEPTED
        envelope = without_keys(found.envelope)
        await self._keep(
            [
                _letter(each.raw, arrival, each.fault, envelope=envelope)
                for each in found.refused
                if not isinstance(each.fault, Unconsented)
            ]
        )
        self._count(each.fault for each in found.refused)
        return json_answer({"success": True, "refused": [_refused_item(each) for each in found.refused]})

    async def _refuse_whole(self, route: Route, arrival: Arrival, raw: bytes, fault: InvalidInput) -> NoReturn:
        self._limit(arrival.caller, 1)
        if not route.judged:
            if isinstance(fault, Unconsented):
                await self._log.append([counted(fault, arrival)])
            else:
                await self._keep([_letter(raw, arrival, fault, type_=route.type or route.format)])
            self._count([fault])
        status = 413 if fault.code == "body_too_large" else 400
        raise Refusal(status, fault.code, fault.message, field=fault.field)

    def _limit(self, caller: Caller, events: int) -> None:
        """Count events by a key, the refused ones too: they are kept as dead letters."""
        if self._limits is not None:
            self._limits.events_of((caller.store, caller.key_class), events)

    async def _keep(self, letters: list[DeadLetter]) -> None:
        addresses = self._rules.addresses
        await self._dead_letters.put(
            [
                each._replace(
                    raw=without_addresses(each.raw, addresses), envelope=without_addresses(each.envelope, addresses)
                )
                for each in letters
            ]
        )

    def _count(self, faults: Iterable[InvalidInput]) -> None:
        for fault in faults:
            self.refused[fault.code] = self.refused.get(fault.code, 0) + 1


def _known(caller: Caller | None, head: Head) -> Caller:
    if caller is None:
        raise Refusal(401, "unauthorized", _UNAUTHORIZED)
    _check_origin(caller, head.origin)
    return caller


def _check_origin(caller: Caller, origin: bytes | None) -> None:
    if caller.origins and origin is not None and origin.decode("latin-1") not in caller.origins:
        raise Refusal(403, "origin_not_allowed", "this store takes no events from pages of this origin")


def _address(scope: Scope) -> str:
    return scope["client"][0] if scope.get("client") else ""


def _letter(raw: bytes, arrival: Arrival, fault: InvalidInput, type_: str = "", envelope: bytes = b"") -> DeadLetter:
    return DeadLetter(
        arrival.caller.store,
        ADMISSION,
        fault.code,
        fault.field,
        fault.message,
        without_keys(raw),
        arrival.received_at,
        key_class=arrival.caller.key_class.value,
        type=type_,
        is_import=arrival.is_import,
        envelope=envelope,
        ip=arrival.connection.ip or "",
    )


def _refused_item(refused: Refused) -> dict[str, Any]:
    said = refused.item.value if isinstance(refused.item, Item) else refused.item
    message_id = said.get("messageId") if isinstance(said, dict) else None
    return {
        "index": refused.place,
        "messageId": message_id if isinstance(message_id, str) else None,
        "code": refused.fault.code,
        "field": refused.fault.field,
        "message": refused.fault.message,
    }


def _report(error: Exception) -> None:
    """Log where it happened and what kind it was; never its text, which may quote the payload."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    log.error("a request failed: %s at %s:%s", type(error).__name__, last.filename, last.lineno)
