"""The sample shop (`examples/shop`): its pages with the address and the write key filled in, and its back office.

The back office takes orders and reports them with the server key, and lends the page "What Footfall knows of your
visit" its query token. HTTP belongs in `storefront_server.py`, what an order is in `ordering.py`.
"""

from __future__ import annotations

import json
import queue
import secrets
import time
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import quote
from urllib.request import Request, urlopen

from footfall.demo.asking import Analyst
from footfall.demo.ordering import catalogue, customer_id, order, reports, traits
from ingest.key_kinds import StoreKeys

Json = dict[str, Any]
FOLDER = Path(__file__).resolve().parents[2] / "examples" / "shop"
STEPS = "50"
AGAIN_SECONDS = 1.0

PAGES: Mapping[str, tuple[str, str]] = {
    "/": ("index", "Tea, coffee and a warm table"),
    "/cart": ("cart", "Your cart"),
    "/checkout": ("checkout", "Checkout"),
    "/thanks": ("thanks", "Thank you"),
    "/account": ("account", "Your account"),
    "/journey": ("journey", "What Footfall knows"),
}
"""The one list of pages: path, file, title."""
PRODUCT, MISSING = "/p/", ("missing", "Not here")


@dataclass
class Shop:
    """The shop's pages and its back office."""

    footfall: str
    answers: str
    keys: StoreKeys
    folder: Path = FOLDER
    told: queue.SimpleQueue[list[Json]] = field(default_factory=queue.SimpleQueue)

    def __post_init__(self) -> None:
        self.products = catalogue(self.folder)
        self._layout = Template((self.folder / "layout.html").read_text(encoding="utf-8"))
        self._analyst = Analyst(self.answers, self.keys.query_token)

    @property
    def policy(self) -> str:
        """Return the content security policy: nothing inline, nothing from elsewhere but the snippet."""
        return (
            f"default-src 'none'; script-src 'self' {self.footfall}; connect-src 'self' {self.footfall}; "
            "style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
            "require-trusted-types-for 'script'"
        )

    def page(self, path: str) -> tuple[int, str]:
        """Return status and text of a page."""
        name, title = PAGES.get(path, MISSING)
        product = self.products.get(path.removeprefix(PRODUCT)) if path.startswith(PRODUCT) else None
        if product is not None:
            name, title = "product", product["name"]
        main = (self.folder / "pages" / f"{name}.html").read_text(encoding="utf-8")
        text = self._layout.substitute(
            title=title, page=name, main=main, footfall=self.footfall, write_key=self.keys.write_key
        )
        return (404 if name == MISSING[0] else 200), text

    def take(self, said: Json, visitor: str | None) -> Json:
        """Take an order; the back office reports it."""
        placed = order(said, self.products, f"WT-{secrets.token_hex(4)}", visitor)
        self.told.put(list(reports(placed)))
        return {"order_id": placed.order_id, "customer_id": placed.customer_id, "cents": placed.total}

    def log_in(self, said: Json, _: str | None) -> Json:
        """Return who somebody is: a sample shop asks for no password."""
        return {"customer_id": customer_id(traits(said)["email"])}

    def visit(self, customer: str | None, visitor: str | None) -> Json:
        """Return what Footfall knows of a customer, else of an anonymous visitor."""
        kind, known = ("user_id", customer) if customer else ("anonymous_id", visitor or "")
        profile = self._analyst.get(f"/customers/by/{kind}/{quote(known, safe='')}")
        journey = self._analyst.get(f"/customers/{profile['customer_id']}/journey", limit=STEPS)
        return {"profile": profile, "journey": journey}

    def report(self) -> None:
        """Send what the back office has to say, until it is taken; an order waits for no analyst."""
        while True:
            batch = self.told.get()
            while not self._sent(batch):
                time.sleep(AGAIN_SECONDS)

    def _sent(self, batch: list[Json]) -> bool:
        head = {"Authorization": f"Basic {b64encode(f'{self.keys.server_key}:'.encode()).decode()}"}
        body = json.dumps({"batch": batch}).encode()
        try:
            with urlopen(Request(f"{self.footfall}/v1/batch", body, head), timeout=10) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False
