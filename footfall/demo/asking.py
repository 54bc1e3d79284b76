"""Asks the product as an analyst does: over HTTP, with a query token."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

Json = dict[str, Any]
SETTLE_SECONDS = 300.0


class NotSettled(Exception):
    """The product did not get everything into its answers in time."""


class Analyst:
    """Reads one store."""

    def __init__(self, address: str, token: str) -> None:
        self._root = f"{address}/api/v1"
        self._token = token

    def get(self, path: str, **parameters: str) -> Json:
        return self._ask(f"{path}?{urlencode(parameters)}" if parameters else path, None)

    def post(self, path: str, body: Json) -> Json:
        return self._ask(path, json.dumps(body).encode())

    def found(self, path: str) -> bool:
        """Say whether there is such a thing."""
        try:
            self.get(path)
        except HTTPError as error:
            if error.code != 404:
                raise
            return False
        return True

    def customers(self) -> list[Json]:
        """Return all customers in short."""
        return [customer for page in self._pages("/customers", limit="1000") for customer in page["items"]]

    def journey(self, customer_id: str) -> Json:
        """Return a whole journey."""
        pages = self._pages(f"/customers/{customer_id}/journey", limit="100")
        parts = ("sessions", "outside_sessions")
        return {part: [each for page in pages for each in page[part]] for part in parts}

    def settled(self) -> Json:
        """Return the status as soon as everything accepted is in the answers."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while not (status := self.get("/status"))["settled"]:
            if time.monotonic() > deadline:
                raise NotSettled(f"not settled after {SETTLE_SECONDS:g} s: {status}")
            time.sleep(0.1)
        return status

    def _pages(self, path: str, **parameters: str) -> list[Json]:
        pages = [self.get(path, **parameters)]
        while cursor := pages[-1]["next_cursor"]:
            pages.append(self.get(path, **parameters, cursor=cursor))
        return pages

    def _ask(self, path: str, body: bytes | None) -> Json:
        head = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        with urlopen(Request(self._root + path, body, head), timeout=60) as answer:
            said: Json = json.load(answer)
        return said
