"""The port of a process: collector, query API or both, and the operator's routes beside them."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import closing, contextmanager
from typing import Any

import uvicorn
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector as MetricsCollector

from footfall.connections import Watch, bounded
from footfall.settings import ConfigurationError, Settings
from ingest.collector import Collector
from ingest.forwarded import Forwarded
from query_api.ports import Pipeline

Scope = MutableMapping[str, Any]
Asgi = Callable[[Scope, Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]]


class FrontDoor:
    """An ASGI app that sends each request to whom it is for.

    `ready` says whether `/readyz` is; beside a collector the API is sent what begins with one of `roots`.
    """

    def __init__(
        self,
        *,
        ready: Callable[[], bool],
        collector: Collector | None = None,
        api: Asgi | None = None,
        roots: tuple[str, ...] = (),
        pipeline: Pipeline | None = None,
    ) -> None:
        self._ready = ready
        self._collector = collector
        self._api = api
        self._roots = roots
        self._registry = CollectorRegistry()
        self._registry.register(_Metrics(collector, pipeline))

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        path = scope.get("path", "")
        if path == "/readyz":
            ready = self._ready()
            await _answer(send, 200 if ready else 503, {"status": "ready" if ready else "not ready"})
        elif path == "/metrics":
            await _send(send, 200, b"text/plain; version=0.0.4; charset=utf-8", generate_latest(self._registry))
        elif self._api is not None and (self._collector is None or path.startswith(self._roots)):
            await self._serve_api(self._api, path, scope, receive, send)
        elif self._collector is not None:
            await self._collector(scope, receive, send)

    async def _serve_api(self, api: Asgi, path: str, scope: Scope, receive: Any, send: Any) -> None:
        if path == "/healthz":
            await _answer(send, 200, {"status": "ok"})
        else:
            await api(scope, receive, send)


class _Metrics(MetricsCollector):
    """What an operator watches; names are promises like the contract's."""

    def __init__(self, collector: Collector | None, pipeline: Pipeline | None) -> None:
        self._collector = collector
        self._pipeline = pipeline

    def collect(self) -> Any:
        if self._pipeline is not None:
            yield from _of_pipeline(self._pipeline)
        if self._collector is not None:
            yield from _of_collector(self._collector)


def _of_pipeline(pipeline: Pipeline) -> Any:
    progress = pipeline.progress("")
    yield _counter("footfall_accepted_events", "events ever accepted", progress.accepted)
    yield _counter("footfall_recorded_facts", "facts in the event store", progress.recorded)
    yield _counter("footfall_projected_facts", "facts in the answers", progress.projected)
    erased, unconsented = progress.refused_for_erasure, progress.refused_for_consent
    yield _counter("footfall_refused_for_erasure_events", "accepted events of persons that were erased since", erased)
    yield _counter("footfall_refused_for_consent_events", "events refused since they say no consent", unconsented)
    yield GaugeMetricFamily("footfall_lag_seconds", "age of what is not yet in the answers", progress.lag_seconds)


def _of_collector(collector: Collector) -> Any:
    yield _counter("footfall_collected_events", "events accepted since the start", collector.accepted)
    refused = CounterMetricFamily("footfall_refused_events", "events refused since the start", labels=["code"])
    for code, count in sorted(collector.refused.items()):
        refused.add_metric([code], count)
    yield refused


def _counter(name: str, text: str, value: float) -> CounterMetricFamily:
    return CounterMetricFamily(name, text, value=value)


async def _answer(send: Any, status: int, body: Any) -> None:
    await _send(send, status, b"application/json", json.dumps(body).encode())


async def _send(send: Any, status: int, kind: bytes, body: bytes) -> None:
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 is any free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(2048)
    listener.set_inheritable(False)
    return listener


@contextmanager
def bound(settings: Settings) -> Iterator[socket.socket]:
    """Give a socket that listens where the settings say; raises ConfigurationError."""
    try:
        listener = listen(settings.host, settings.port)
    except OSError as error:
        raise ConfigurationError(
            [f"port: cannot listen on {settings.host}:{settings.port}: {error.strerror}"]
        ) from error
    with closing(listener):
        yield listener


def serve(door: Asgi, listener: socket.socket, settings: Settings, started: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM; requests under way are finished."""
    app = Forwarded(door, settings.trusted_proxies) if settings.trusted_proxies else door

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            self.watching = asyncio.create_task(Watch().watch(self.server_state.connections))
            started()

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            self.watching.cancel()
            await super().shutdown(sockets)

    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=bounded(settings.max_connections),
        ws="none",
        proxy_headers=False,
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=10,
        timeout_keep_alive=75,
    )
    Server(config).run(sockets=[listener])
