"""The real product: a process started by its console script, reached over HTTP and by its command line.

Knows routes, keys and process handling. What answers should be belongs in the oracle.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from tests.oracle.deliveries import KeyClass
from tests.properties.driver import Answer, Json, wait_until

FOOTFALL = Path(sys.executable).with_name("footfall")
START_SECONDS, STOP_SECONDS, SETTLE_SECONDS, COMMAND_SECONDS = 60, 30, 30, 120


class Product:
    """`footfall up` on a data folder, with its port kept across restarts."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._names = itertools.count(1)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and return once it can accept."""
        with (self.data.parent / "product.log").open("ab") as log:
            command = [str(FOOTFALL), "up", "--data", str(self.data), "--port", str(self.port)]
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        wait_until(self._accepts, START_SECONDS, "the product's readiness")

    def stop(self) -> None:
        """End it as Ctrl-C does."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """End it as a power cut does."""
        self._end(signal.SIGKILL)

    def close(self) -> None:
        """Leave nothing running, whatever happened."""
        if self._process is not None and self._process.poll() is None:
            self.stop()

    def command(self, *words: str) -> str:
        """Run a command of the product on the same data, and return what it printed."""
        line = [str(FOOTFALL), *words, "--data", str(self.data)]
        done = subprocess.run(line, capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False)
        assert done.returncode == 0, f"footfall {' '.join(words)}: exit {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def new_store(self) -> Json:
        """Return the keys of a store that nobody else uses."""
        name = f"property-{os.getpid()}-{next(self._names)}"
        keys: Json = json.loads(self.command("store", "add", name, "--json"))
        return keys

    def _end(self, how: signal.Signals) -> None:
        assert self._process is not None, "the product was not started"
        self._process.send_signal(how)
        self._process.wait(STOP_SECONDS)

    def _accepts(self) -> bool:
        assert self._process is not None, "the product was not started"
        assert self._process.poll() is None, f"the product ended; see {self.data.parent / 'product.log'}"
        try:
            return httpx.get(f"{self.url}/readyz").status_code == 200
        except httpx.TransportError:
            return False


class HttpDriver:
    """One store of a running product."""

    def __init__(self, product: Product) -> None:
        self._product = product
        self._keys = product.new_store()
        self._accepted = 0
        self._shop = httpx.Client(base_url=product.url, timeout=30)
        token = {"Authorization": f"Bearer {self._keys['query_token']}"}
        self._analyst = httpx.Client(base_url=f"{product.url}/api/v1", headers=token, timeout=30)

    def send(self, key_class: KeyClass, path: str, body: Mapping[str, Any]) -> Answer:
        key = self._keys[f"{key_class}_key"]
        said = self._shop.post(path, content=json.dumps(body), auth=(key, ""))
        assert said.status_code in (200, 400), f"{path}: {said.status_code} {said.text}"
        answer = Answer(said.status_code, said.json())
        if said.status_code == 200:
            self._accepted += len(body.get("batch", [body])) - len(answer.refused)
        return answer

    def settle(self) -> None:
        wait_until(self._is_settled, SETTLE_SECONDS, f"the settling of {self._accepted} accepted events")

    def customers(self) -> list[Json]:
        return self._all_pages("/customers", limit="2")

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

    def restart(self) -> None:
        self._interrupt(self._product.stop)

    def crash(self) -> None:
        self._interrupt(self._product.kill)

    def rebuild(self) -> None:
        self._product.command("rebuild")

    def verify(self) -> None:
        self._product.command("verify")

    def close(self) -> None:
        """Give the connections back."""
        self._shop.close()
        self._analyst.close()

    def _interrupt(self, end: Callable[[], None]) -> None:
        end()
        self._product.start()

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


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
