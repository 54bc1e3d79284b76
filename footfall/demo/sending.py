"""Sends messages as a shop does: by Segment's own Python client, in gzip batches, its host pointed at the product."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.request import Request, urlopen

from footfall.simulation import SimulatedMessage
from ingest.key_kinds import StoreKeys

try:
    from segment.analytics import Client
except ImportError:  # it is no dependency of the product
    Client = None

MISSING = """\
The demo sends by Segment's own client for Python, which is not installed here.
`make demo` installs it; by hand: pip install segment-analytics-python"""
BATCH, IN_FLIGHT = 100, 500

Told = Callable[[int], None]
_FIELDS = {
    "userId": "user_id",
    "anonymousId": "anonymous_id",
    "messageId": "message_id",
    **{same: same for same in ("event", "properties", "name", "traits", "context", "integrations")},
}
"""What Segment calls a field on the wire, and in its client for Python."""


def installed() -> bool:
    """Say whether Segment's client is there."""
    return Client is not None


class NotSent(Exception):
    """A client gave up on some messages."""


class Sender:
    """A shop's clients: one with the write key, as its pages have, and one with the server key, as its servers have."""

    def __init__(self, address: str, keys: StoreKeys) -> None:
        self._address = address
        self._keys = keys
        self._failures: list[Exception] = []
        self._clients = {"write": self._client(keys.write_key), "server": self._client(keys.server_key)}

    def send(self, messages: Sequence[SimulatedMessage], told: Told) -> None:
        """Send messages in their order; return once all have been answered. Raises NotSent."""
        about_nobody = []
        for number, (_, key_class, message) in enumerate(messages, 1):
            if "userId" in message or "anonymousId" in message:
                self._enqueue(self._clients[key_class], message)
            else:
                about_nobody.append(message)
            if number % IN_FLIGHT == 0:
                self._flush()
                told(number)
        self._flush()
        self._post(about_nobody)
        told(len(messages))

    def close(self) -> None:
        """End the clients' threads."""
        for client in self._clients.values():
            client.join()

    def _client(self, key: str) -> Any:
        options = {"gzip": True, "upload_size": BATCH, "upload_interval": 0.05}
        return Client(key, host=self._address, on_error=self._failed, **options)

    def _failed(self, error: Exception, _: object) -> None:
        self._failures.append(error)

    def _enqueue(self, client: Any, message: dict[str, Any]) -> None:
        said = {_FIELDS[name]: value for name, value in message.items() if name in _FIELDS}
        said["context"] = dict(said.get("context", {}))  # the client writes its own name into it
        call = getattr(client, message["type"])
        call(**said, timestamp=datetime.fromisoformat(message["timestamp"]))

    def _flush(self) -> None:
        for client in self._clients.values():
            client.flush()
        if self._failures:
            raise NotSent(f"Segment's client gave up: {self._failures[0]}")

    def _post(self, messages: Sequence[dict[str, Any]]) -> None:
        """Send what Segment's client refuses to: facts that name an e-mail address only, or nobody (stock, costs)."""
        key = b64encode(f"{self._keys.server_key}:".encode()).decode()
        head = {"Authorization": f"Basic {key}", "Content-Type": "application/json"}
        for first in range(0, len(messages), BATCH):
            body = {"batch": messages[first : first + BATCH], "sentAt": datetime.now(UTC).isoformat()}
            request = Request(f"{self._address}/v1/batch", json.dumps(body).encode(), head)
            with urlopen(request, timeout=30) as answer:
                answer.read()
