"""The real product, in either run mode, reached over HTTP and by its command line.

Knows routes and keys. How its processes are ended is the product's, and what answers should be the oracle's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import quote

import httpx

from tests.oracle.deliveries import Choice, KeyClass
from tests.product.running import Shop
from tests.properties.driver import Answer, Json, wait_until

SETTLE_SECONDS = 60
ERASE_SECONDS = 120


class Product(Protocol):
    """A running product that a test may end and start as it likes, in either run mode."""

    url: str
    """Where shops send to."""
    api_url: str
    """Where analysts ask."""

    def new_store(self, *, consent: str) -> Shop:
        """Return a store that nobody else uses; `consent` is what it does with events of those who did not consent."""

    def command(self, *words: str) -> str:
        """Run a command that must succeed, and return what it printed."""

    def restart(self) -> None:
        """End it cleanly, and return once it can accept again."""

    def crash(self) -> None:
        """End it as a power cut does, and return once it can accept again."""


class HttpDriver:
    """One store of a running product."""

    def __init__(self, product: Product) -> None:
        self._product = product

    def open(self, choice: Choice) -> None:
        product = self._product
        self._store = product.new_store(consent=choice)
        self._accepted = 0
        self._shop = httpx.Client(base_url=product.url, timeout=30)
        token = {"Authorization": f"Bearer {self._store.query_token}"}
        self._analyst = httpx.Client(base_url=f"{product.api_url}/api/v1", headers=token, timeout=30)
        token = {"Authorization": f"Bearer {self._store.admin_token}"}
        once = httpx.Limits(max_keepalive_connections=0)
        self._owner = httpx.Client(base_url=f"{product.api_url}/api/v1", headers=token, timeout=30, limits=once)
        self._refused_before = self._counted()

    def refused_for_consent(self) -> int:
        return self._counted() - self._refused_before

    def send(self, key_class: KeyClass, path: str, body: Mapping[str, Any]) -> Answer:
        key = self._store.server_key if key_class == "server" else self._store.write_key
        said = self._shop.post(path, content=json.dumps(body), auth=(key, ""))
        assert said.status_code in (200, 400), f"{path}: {said.status_code} {said.text}"
        answer = Answer(said.status_code, said.json())
        if said.status_code == 200:
            self._accepted += len(body.get("batch", [body])) - len(answer.refused)
        return answer

    def settle(self) -> None:
        wait_until(self._is_settled, SETTLE_SECONDS, f"the settling of {self._accepted} accepted events")

    def customers(self, **when: str) -> list[Json]:
        return self._all_pages("/customers", limit="2", **when)

    def rules(self, **when: str) -> Json:
        answer: Json = self._get("/rules", **when)
        return answer

    def profile_by(self, kind: str, value: str, **when: str) -> Json | None:
        return self._get_or_none(f"/customers/by/{kind}_id/{quote(value, safe='')}", **when)

    def found_by(self, kind: str, value: str, **when: str) -> list[Json]:
        found = self._get(f"/customers/by/{kind}/{quote(value, safe='')}", **when)
        items: list[Json] = found["items"] if isinstance(found, dict) else found
        return items

    def profile(self, customer_id: str, **when: str) -> Json | None:
        return self._get_or_none(f"/customers/{customer_id}", **when)

    def journey(self, customer_id: str, limit: int, **when: str) -> Json:
        pages = self._pages(f"/customers/{customer_id}/journey", limit=str(limit), **when)
        parts = ("sessions", "outside_sessions")
        return {**pages[-1], **{part: [one for page in pages for one in page[part]] for part in parts}}

    def events(self, customer_id: str, **when: str) -> list[Json]:
        return self._all_pages(f"/customers/{customer_id}/events", limit="3", **when)

    def funnel(self, body: Mapping[str, Any], **when: str) -> Json:
        said = self._analyst.post("/questions/funnel", json=body, params=when)
        assert said.status_code == 200, f"funnel {body}: {said.status_code} {said.text}"
        answer: Json = said.json()
        return answer

    def erase(self, customer_id: str) -> str:
        asked = self._owner.post(f"/customers/{customer_id}/erase")
        assert asked.status_code == 202, f"erase: {asked.status_code} {asked.text}"
        path = f"/erasures/{asked.json()['erasure_id']}"
        wait_until(lambda: self._owner.get(path).json()["state"] == "done", ERASE_SECONDS, "the end of an erasure")
        return str(self._owner.get(path).json()["erased_up_to"])

    def restart(self) -> None:
        self._product.restart()

    def crash(self) -> None:
        self._product.crash()

    def rebuild(self) -> None:
        self._product.command("rebuild")

    def verify(self) -> None:
        self._product.command("verify")

    def close(self) -> None:
        """Give the connections back."""
        self._shop.close()
        self._analyst.close()
        self._owner.close()

    def _counted(self) -> int:
        """Of all stores of the product; only this one is sent to."""
        return int(self._get("/status")["refused_for_consent"])

    def _is_settled(self) -> bool:
        status = self._get("/status")
        return bool(status["settled"]) and status["accepted"] >= self._accepted

    def _get_or_none(self, path: str, **params: str) -> Json | None:
        said = self._request(path, **params)
        return None if said.status_code == 404 else self._read(path, said)

    def _get(self, path: str, **params: str) -> Any:
        return self._read(path, self._request(path, **params))

    def _request(self, path: str, **params: str) -> httpx.Response:
        """Read once more where a restart closed the kept connection."""
        try:
            return self._analyst.get(path, params=params)
        except (httpx.RemoteProtocolError, httpx.ReadError):
            return self._analyst.get(path, params=params)

    def _read(self, path: str, said: httpx.Response) -> Any:
        assert said.status_code == 200, f"{path}: {said.status_code} {said.text}"
        return said.json()

    def _pages(self, path: str, **params: str) -> list[Json]:
        pages: list[Json] = [self._get(path, **params)]
        while cursor := pages[-1]["next_cursor"]:
            pages.append(self._get(path, **params, cursor=cursor))
        return pages

    def _all_pages(self, path: str, **params: str) -> list[Json]:
        return [one for page in self._pages(path, **params) for one in page["items"]]
